package search_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/web/search"
)

func tree(t testing.TB, areas ...area.Area) *area.Tree {
	t.Helper()
	built, err := area.BuildTree(areas)
	require.NoError(t, err)
	return built
}

func town(t testing.TB) *area.Tree {
	return tree(t,
		area.Area{Code: "990101000000", Name: "明禾县", Level: area.County},
		area.Area{Code: "990101100000", Parent: "990101000000", Name: "前进镇", Level: area.Township},
		area.Area{Code: "990101101000", Parent: "990101000000", Name: "长发乡", Level: area.Township},
		area.Area{Code: "990101100101", Parent: "990101100000", Name: "团结村", Level: area.Village},
		area.Area{Code: "990101100201", Parent: "990101100000", Name: "前进村", Level: area.Village},
		area.Area{Code: "990101100202", Parent: "990101100000", Name: "新前进村", Level: area.Village},
		area.Area{Code: "990101101201", Parent: "990101101000", Name: "双绿村", Level: area.Village},
		area.Area{Code: "990101101202", Parent: "990101101000", Name: "Ōsaka-Süd 3", Level: area.Village},
	)
}

func names(areas []area.Area) string {
	var out []string
	for _, a := range areas {
		out = append(out, a.Name)
	}
	return strings.Join(out, " ")
}

func TestAreasAreFoundByNamePinyinInitialsAndCode(t *testing.T) {
	all := town(t)
	ix := search.New(all)
	for text, want := range map[string]string{
		"前进":         "前进镇 前进村 新前进村",
		"qj":         "前进镇 前进村 新前进村 团结村", // 团 is qiu too, rarely
		"QianJin":    "前进镇 前进村 新前进村",
		"qian jin c": "前进村 新前进村",
		"qianj":      "前进镇 前进村 新前进村",
		"前j":         "前进镇 前进村 新前进村",
		"xqj":        "新前进村",
		"qjz":        "前进镇",
		"qjzhen":     "前进镇",
		"changfa":    "长发乡",
		"zhangfa":    "长发乡", // 长 has two readings
		"zf":         "长发乡",
		"zhf":        "长发乡",
		"shlvc":      "双绿村",
		"shuanglü":   "双绿村",
		"osaka":      "",
		"sud":        "",
		"süd":        "Ōsaka-Süd 3",
		"9901011002": "前进村 新前进村",
		"９９０１０１１００２": "前进村 新前进村",
		"tj":         "团结村",
		"ianjin":     "",
		"前村":         "",
		" -· ":       "",
	} {
		require.Equal(t, want, names(ix.Find(text, all.All(), 10)), text)
	}
	require.Equal(t, "前进镇", names(ix.Find("qj", all.All(), 1)))
	require.Equal(t, "前进村 新前进村", names(ix.Find("qj", all.AtLevel(area.Village), 2)))
	require.Equal(t, "新前进村", names(ix.Find("新前进村", all.All(), 9)))
}

func TestAnIndexWithoutAreasFindsNothing(t *testing.T) {
	require.Empty(t, search.New(nil).Find("qj", nil, 5))
}

func TestTheCacheMakesAnIndexOncePerTree(t *testing.T) {
	var c search.Cache
	a, b := town(t), town(t)
	first := c.Of(a)
	require.Same(t, first, c.Of(a))
	require.NotSame(t, first, c.Of(b))
}

func FuzzFind(f *testing.F) {
	for _, text := range []string{"qj", "前进", "９９", "zzzz", "\xff", "qianjinqianjin"} {
		f.Add(text)
	}
	all := town(f)
	ix := search.New(all)
	f.Fuzz(func(t *testing.T, text string) {
		for _, a := range ix.Find(text, all.All(), 3) {
			require.NotEmpty(t, a.Code)
		}
	})
}

func BenchmarkFindAmong14216(b *testing.B) {
	areas := []area.Area{{Code: "99", Name: "明禾县", Level: area.County}, {Code: "99x", Parent: "99", Name: "前进镇", Level: area.Township},
		{Code: "99xy", Parent: "99x", Name: "前进村", Level: area.Village}}
	for i := range 14_216 {
		areas = append(areas, area.Area{Code: fmt.Sprintf("g%d", i), Parent: "99xy", Name: fmt.Sprintf("永丰村第%d网格", i), Level: area.Grid})
	}
	all := tree(b, areas...)
	ix := search.New(all)
	for b.Loop() {
		ix.Find("yfcwg", all.All(), 50)
	}
}
