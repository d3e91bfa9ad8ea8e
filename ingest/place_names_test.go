package ingest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/schemas"
)

// namedCounty is a county whose names are not all clear.
func namedCounty() []area.Area {
	return []area.Area{
		{Code: "990101", Name: "东风县", Level: area.County},
		{Code: "990101001000", Parent: "990101", Name: "红旗街道", Level: area.Township},
		{Code: "990101100000", Parent: "990101", Name: "永安镇", Level: area.Township},
		{Code: "990101001001", Parent: "990101001000", Name: "红旗社区", Level: area.Village},
		{Code: "990101001002", Parent: "990101001000", Name: "前进社区", Level: area.Village},
		{Code: "990101100200", Parent: "990101100000", Name: "前进村", Level: area.Village},
		{Code: "990101100201", Parent: "990101100000", Name: "新兴村", Level: area.Village},
		{Code: "990101001001001", Parent: "990101001001", Name: "第一网格", Level: area.Grid},
		{Code: "990101001002001", Parent: "990101001002", Name: "第一网格", Level: area.Grid},
		{Code: "990101100200001", Parent: "990101100200", Name: "前进村第一网格", Level: area.Grid},
	}
}

func TestNamesStandForCodes(t *testing.T) {
	p := newTestPlaces(t, namedCounty())
	f := func(c claim, want string, quality schemas.LocationQuality) {
		t.Helper()
		got, err := p.locate(c)
		require.NoError(t, err)
		require.Equal(t, want, got.area, "%+v", c)
		require.Equal(t, quality, got.quality, "%+v", c)
	}
	const town, village, grid, nowhere = schemas.LocationTownship, schemas.LocationVillage, schemas.LocationGrid, schemas.LocationUnlocated
	f(claim{township: "红旗街道"}, "990101001000", town)
	f(claim{township: "红旗"}, "990101001000", town)
	f(claim{township: " 永安 镇"}, "990101100000", town)
	f(claim{township: "永安镇", village: "前进村"}, "990101100200", village)
	f(claim{township: "红旗", village: "前进"}, "990101001002", village)
	f(claim{village: "前进"}, "", nowhere) // two have it
	f(claim{village: "前进村"}, "990101100200", village)
	f(claim{village: "新兴村村民委员会"}, "990101100201", village)
	f(claim{village: "新兴村委会"}, "990101100201", village)
	f(claim{township: "红旗", village: "新兴村"}, "990101001000", town) // not in this township
	f(claim{township: "红旗街道", village: "红旗社区", grid: "第一网格"}, "990101001001001", grid)
	f(claim{grid: "第一网格"}, "", nowhere)
	f(claim{township: "永安镇", grid: "前进村第一网格"}, "990101100200001", grid)
	f(claim{grid: "东风县/红旗街道/前进社区/第一网格"}, "990101001002001", grid)
	f(claim{village: "永安镇 > 新兴村"}, "990101100201", village)
	f(claim{township: "红旗"}, "990101001000", town) // and not the village of that name
	f(claim{township: "光明乡", village: "x"}, "", nowhere)
	f(claim{township: "光明乡", village: "990101100201"}, "990101100201", village)
}
