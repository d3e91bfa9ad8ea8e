package clickhouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
)

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestReplacedAreasComeBackAndRemovedOnesVanish(t *testing.T) {
	db := migrated(t)
	all := func(set string) []schemas.Area {
		areas, err := db.Areas(t.Context(), set)
		require.NoError(t, err)
		return areas
	}
	county := schemas.Area{Set: schemas.DivisionSet, Code: "330100000000", Level: schemas.LevelCounty, Name: "it's \\ 县",
		Population: 1<<32 - 1, Geometry: []byte{0, 1, 255, '\'', '\n'}, ValidFrom: day("2020-02-29"), ValidTo: day("2149-06-06")}
	town := schemas.Area{Set: schemas.DivisionSet, Code: "330101000000", Parent: county.Code, Level: schemas.LevelTownship, Name: "a", Geometry: []byte{}}
	path := clickhouse.AreaPath{Code: town.Code, County: county.Code, Township: town.Code}
	root := clickhouse.AreaPath{Code: county.Code, County: county.Code}
	paths := func() []clickhouse.AreaPath {
		var out []clickhouse.AreaPath
		require.NoError(t, db.Each(t.Context(), "SELECT code, county, township, village, grid FROM area_paths FINAL WHERE removed = 0 ORDER BY code",
			func(scan func(...any) error) error {
				var p clickhouse.AreaPath
				err := scan(&p.Code, &p.County, &p.Township, &p.Village, &p.Grid)
				out = append(out, p)
				return err
			}))
		return out
	}
	require.NoError(t, db.ReplaceAreas(t.Context(), schemas.DivisionSet, []schemas.Area{town, county}, []clickhouse.AreaPath{root, path}, 1))
	require.Equal(t, []schemas.Area{county, town}, all(schemas.DivisionSet))
	require.Equal(t, []clickhouse.AreaPath{root, path}, paths())

	other := schemas.Area{Set: "片区", Code: town.Code, Name: "another set", Geometry: []byte{7}}
	require.NoError(t, db.ReplaceAreas(t.Context(), "片区", []schemas.Area{other}, nil, 2))
	require.Len(t, all(schemas.DivisionSet), 2, "another set leaves the division alone")
	require.Len(t, paths(), 2)

	county.Name, county.ValidFrom = "renamed", day("2024-01-01")
	require.NoError(t, db.ReplaceAreas(t.Context(), schemas.DivisionSet, []schemas.Area{county}, []clickhouse.AreaPath{root}, 3))
	require.Equal(t, []schemas.Area{county}, all(schemas.DivisionSet), "the town and the county's earlier term are gone")
	require.Equal(t, []clickhouse.AreaPath{root}, paths())
	require.Equal(t, []schemas.Area{other}, all("片区"))

	require.NoError(t, db.ReplaceAreas(t.Context(), schemas.DivisionSet, []schemas.Area{county, town}, []clickhouse.AreaPath{root, path}, 4))
	require.Len(t, all(schemas.DivisionSet), 2, "a removed area may come back")
	require.NoError(t, db.ReplaceAreas(t.Context(), schemas.DivisionSet, nil, nil, 5))
	require.Empty(t, all(schemas.DivisionSet))
	require.Empty(t, paths())
}

// A reader sees the old set or the new one, never both.
func TestAreasAreReplacedAtOnce(t *testing.T) {
	db := migrated(t)
	set := func(prefix string) []schemas.Area {
		var rows []schemas.Area
		for _, c := range "abcdefgh" {
			rows = append(rows, schemas.Area{Code: prefix + string(c)})
		}
		return rows
	}
	require.NoError(t, db.ReplaceAreas(t.Context(), "s", set("x"), nil, 1))
	done := make(chan error, 1)
	go func() {
		for i := range uint64(20) {
			if err := db.ReplaceAreas(t.Context(), "s", set([]string{"x", "y"}[i%2]), nil, i+2); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		areas, err := db.Areas(t.Context(), "s")
		require.NoError(t, err)
		require.Len(t, areas, 8)
		select {
		case err := <-done:
			require.NoError(t, err)
			return
		default:
		}
	}
}

func TestDictionaryEntriesAreReplacedByNewerOnes(t *testing.T) {
	db := migrated(t)
	require.NoError(t, db.SaveDictionary(t.Context(), "category", []schemas.Entry{{Code: "it's", Zh: "旧", En: "old"}, {Code: "a", Zh: "甲", En: "A"}}, 1))
	require.NoError(t, db.SaveDictionary(t.Context(), "category", []schemas.Entry{{Code: "it's", Zh: "新", En: "new"}}, 2))
	require.NoError(t, db.SaveDictionary(t.Context(), "source", []schemas.Entry{{Code: "z"}}, 1))
	got, err := db.Dictionary(t.Context(), "category")
	require.NoError(t, err)
	require.Equal(t, []schemas.Entry{{Code: "a", Zh: "甲", En: "A"}, {Code: "it's", Zh: "新", En: "new"}}, got)
}
