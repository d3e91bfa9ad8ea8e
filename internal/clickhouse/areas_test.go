package clickhouse_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/internal/engine"
	"reli/schemas"
	"reli/test/database"
)

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

// A Date is read as midnight in the store's zone; a server may have any.
func TestDaysComeBackWhateverTheZoneOfTheStoreIs(t *testing.T) {
	database.Engine(t) // skips where there is none
	for _, zone := range []string{"Asia/Shanghai", "America/St_Johns"} {
		e, err := engine.Start(t.Context(), engine.Config{DataDir: t.TempDir(), Args: []string{database.ChildWord}, Env: append(os.Environ(), "TZ="+zone)})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, e.Close(context.Background())) })
		db := database.Open(t, database.ConfigOf(e, clickhouse.DefaultDatabase))
		_, err = clickhouse.Migrate(t.Context(), db, schemas.Migrations(), clock)
		require.NoError(t, err)
		require.Equal(t, zone, one[string](t, db, "SELECT timezone()"))
		open := schemas.Area{Set: schemas.DivisionSet, Code: "330100000000", Level: schemas.LevelCounty, Name: "县", Geometry: []byte{}, ValidFrom: day("2024-03-01")}
		shut := schemas.Area{Set: schemas.DivisionSet, Code: "330100000001", Level: schemas.LevelCounty, Name: "旧", Geometry: []byte{}, ValidTo: day("2024-03-01")}
		require.NoError(t, db.ReplaceAreas(t.Context(), schemas.DivisionSet, []schemas.Area{open, shut}, nil, 1))
		stored, err := db.Areas(t.Context(), schemas.DivisionSet)
		require.NoError(t, err)
		require.Equal(t, []schemas.Area{open, shut}, stored, zone)
		require.NoError(t, db.StampResults(t.Context(), 1, clickhouse.Result{Kind: "forecast", MadeAt: now, ReadTo: day("2025-06-09")}))
		results, err := db.Results(t.Context())
		require.NoError(t, err)
		require.Equal(t, day("2025-06-09"), results[0].ReadTo, zone)
	}
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
