package privacy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesThatStandAlone(t *testing.T) {
	for _, text := range []string{"王芳", "李小明", "欧阳明月", " 张伟 ", "司马光", "金融"} {
		require.True(t, LikeName(text), text)
	}
	for _, text := range []string{"", "王", "邻里", "婚姻家庭", "王家屯村委会", "A楼", "噪音扰民", "万家灯火"} {
		require.False(t, LikeName(text), text)
	}
}
