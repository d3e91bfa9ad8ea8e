package privacy

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWhatPointsAtAPersonIsMasked(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		require.Equal(t, want, Mask(text))
	}
	// Numbers made for this test: invented, with a right checksum.
	f("11010519491231002X", "〔证件号〕") // the example of GB 11643
	f("当事人身份证11010519491231002x，男", "当事人身份证〔证件号〕，男")
	f("110105 19491231 002X", "〔证件号〕")
	f("１１０１０５１９４９１２３１００２Ｘ", "〔证件号〕")
	f("电话13800138000", "电话〔电话〕")
	f("+8613800138000", "+〔电话〕")
	f("138-0013-8000 138 0013 8000", "〔电话〕 〔电话〕")
	f("0454-4661234转8", "〔电话〕转8")
	f("01062341234", "〔电话〕")
	f("车牌黑D·12345与京A12345D", "车牌〔车牌〕与〔车牌〕")
	f("鲁B1234警", "〔车牌〕")
	f("卡号6222021234567890128", "卡号〔卡号〕")
	f("6222 0212 3456 7890 128", "〔卡号〕")
	f("a.b@example.cn来信", "〔邮箱〕来信")
	f("投诉人：张三丰反映", "投诉人：〔姓名〕反映")
	f("联系人 李四", "联系人 〔姓名〕")
	f("王某与李先生", "〔姓名〕与〔姓名〕")
	f("王某某", "〔姓名〕")
}

func TestCodesAndUnitsStayAsTheyAre(t *testing.T) {
	for _, text := range []string{
		"", "东兴村调委会", "第一司法所", "王家屯村委会", "990001001001001", "9900010010012", "202401010000012345", "GD20240101123456",
		"12345-2024-000123", "110105194912310021", "a@b", "2024年3月5日 08:30", "12800138000", "粤港澳大湾区", "新A区", "某地", "先生",
		"投诉人", "当事人不详", "信访-2024-0001-0002-0003", "1380013800", "138001380001", "东风A12345",
	} {
		require.Empty(t, Scan(text), text)
	}
}

// card makes an identity card number with a right checksum.
func card(t *rapid.T) string {
	body := fmt.Sprintf("23%04d19%02d%02d%02d%03d", rapid.IntRange(0, 9999).Draw(t, "place"), rapid.IntRange(0, 99).Draw(t, "year"),
		rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 999).Draw(t, "order"))
	for _, check := range "0123456789X" {
		if identityCard(body + string(check)) {
			return body + string(check)
		}
	}
	t.Fatal("no check digit fits")
	return ""
}

func TestPlantedNumbersAreFoundInAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		around := rapid.StringOfN(rapid.RuneFrom([]rune("村调解室与、，(/ ABx.\t")), 0, 12, -1)
		secret := card(t)
		if rapid.Bool().Draw(t, "phone") {
			secret = fmt.Sprintf("1%d%09d", rapid.IntRange(3, 9).Draw(t, "second"), rapid.IntRange(0, 999_999_999).Draw(t, "rest"))
		}
		text := around.Draw(t, "before") + secret + around.Draw(t, "after")
		require.NotContains(t, Mask(text), secret)
		require.Equal(t, Mask(text), Mask(Mask(text)))
	})
}

func FuzzScan(f *testing.F) {
	f.Add("当事人：张三，11010519491231002X，黑D·12345，a@b.cn")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, found := range Scan(text) {
			if found.Start < last || found.End <= found.Start || found.End > len(text) {
				t.Fatalf("%+v in %q", found, text)
			}
			last = found.End
		}
		if utf8.ValidString(text) && !utf8.ValidString(Mask(text)) {
			t.Fatal("a character was cut")
		}
	})
}

func BenchmarkScan(b *testing.B) {
	for _, text := range []string{"GD20240101123456", "东兴村人民调解委员会", strings.Repeat("反映邻居占用宅基地的问题", 20)} {
		b.Run(fmt.Sprint(len(text)), func(b *testing.B) {
			for b.Loop() {
				Scan(text)
			}
		})
	}
}

// What a text is not looked through for, it does not hold.
func TestTheQuickLookMissesNothing(t *testing.T) {
	for _, mark := range append(append([]string{}, nameLabels...), addresses...) {
		names, _ := markers("一" + mark)
		require.True(t, names, mark)
	}
	alphabet := []rune("王李张姓名联系人投诉当事先生女士某大爷黑京A1Z5：· 村委会调解\xff")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom(alphabet), 0, 24, -1).Draw(t, "text")
		names, plates := markers(text)
		require.True(t, names || len(scanNames(text, nil)) == 0, "a name in %q", text)
		require.True(t, plates || len(scanPlates(text, nil)) == 0, "a plate in %q", text)
	})
}

func TestFullWidthNumbersInGroupsAreFound(t *testing.T) {
	require.Equal(t, "〔电话〕", Mask("１３８ 0013 8000"))
	require.Equal(t, "〔证件号〕", Mask("11010519491231002ｘ"))
	require.Equal(t, "〔证件号〕", Mask("110105 19491231 002x"))
}
