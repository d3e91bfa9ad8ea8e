package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/test/county"
)

// TestAreasAreFoundAsPeopleTypeThem holds that a name, its pinyin and its
// initials lead to the same place, which comes with its path.
func TestAreasAreFoundAsPeopleTypeThem(t *testing.T) {
	s := newSite(t, county.Shared(t))
	type found struct {
		Areas []struct {
			Code, Name, Level string
			Path              []struct{ Code, Name string }
		}
	}
	search := func(text string) found {
		var f found
		s.json(t, "/v1/areas?q="+url.QueryEscape(text), &f)
		return f
	}
	byName := search("前进")
	require.NotEmpty(t, byName.Areas)
	for _, text := range []string{"qj", "qianjin", "QIAN JIN", "ｑｊ"} {
		got := search(text)
		require.NotEmpty(t, got.Areas, text)
		require.Equal(t, byName.Areas[0], got.Areas[0], text)
		require.True(t, strings.HasPrefix(got.Areas[0].Name, "前进"), text)
		require.Equal(t, got.Areas[0].Code, got.Areas[0].Path[len(got.Areas[0].Path)-1].Code)
	}
	require.Equal(t, byName.Areas[0].Code, search(byName.Areas[0].Code).Areas[0].Code)
	require.LessOrEqual(t, len(search("c").Areas), 50)
	require.Empty(t, search("没有这个地方").Areas)
	requireProblem(t, s.get(t, "/v1/areas?q=a&q=b"), http.StatusBadRequest, schemas.CodeBadParameter)
}
