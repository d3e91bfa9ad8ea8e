package ingest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/crs"
	"reli/geo/hex"
	"reli/schemas"
)

func newTestPlaces(t testing.TB, areas []area.Area) *places {
	t.Helper()
	p, err := newPlaces(areas, 10)
	require.NoError(t, err)
	return p
}

func TestLadder(t *testing.T) {
	p := newTestPlaces(t, squareCounty(3))
	inside, outside := geo.LngLat{Lng: 131.015, Lat: 46.025}, geo.LngLat{Lng: 130, Lat: 46}
	cellOf := func(at geo.LngLat) hex.Cell {
		c, err := hex.FromLngLat(at, 10)
		require.NoError(t, err)
		return c
	}
	const grid, village, township = "990101003001002", "990101003001", "990101003000"
	f := func(name string, c claim, want location) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			got, err := p.locate(c)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	f("point", claim{point: inside}, location{cellOf(inside), grid, grid, schemas.LocationPoint})
	f("point before codes", claim{point: inside, grid: "990101001001001"}, location{cellOf(inside), grid, grid, schemas.LocationPoint})
	f("grid", claim{grid: grid}, location{p.cells[grid], grid, grid, schemas.LocationGrid})
	f("grid before village", claim{grid: grid, village: "990101001001"}, location{p.cells[grid], grid, grid, schemas.LocationGrid})
	f("village", claim{village: village}, location{area: village, quality: schemas.LocationVillage})
	f("unknown grid falls to the village", claim{grid: "990101003001999", village: village}, location{area: village, quality: schemas.LocationVillage})
	f("a village code is no grid code", claim{grid: village}, location{quality: schemas.LocationUnlocated})
	f("township", claim{village: "x", township: township}, location{area: township, quality: schemas.LocationTownship})
	f("nothing", claim{}, location{quality: schemas.LocationUnlocated})
	f("outside", claim{point: outside}, location{cell: cellOf(outside), quality: schemas.LocationOutside})
	f("outside with a code", claim{point: outside, grid: grid}, location{p.cells[grid], grid, grid, schemas.LocationGrid})
}

func TestWithoutAreasAPointHasItsCell(t *testing.T) {
	p := newTestPlaces(t, nil)
	got, err := p.locate(claim{point: geo.LngLat{Lng: 9.18, Lat: 48.77}, grid: "990101003001002"})
	require.NoError(t, err)
	require.NotZero(t, got.cell)
	require.Equal(t, location{cell: got.cell, quality: schemas.LocationPoint}, got)
	got, err = p.locate(claim{grid: "990101003001002"})
	require.NoError(t, err)
	require.Equal(t, location{quality: schemas.LocationUnlocated}, got)
}

func TestFinestAreasMayBeVillages(t *testing.T) {
	var areas []area.Area
	for _, a := range squareCounty(2) {
		if a.Level != area.Grid {
			areas = append(areas, a)
		}
	}
	got, err := newTestPlaces(t, areas).locate(claim{point: geo.LngLat{Lng: 131.005, Lat: 46.015}})
	require.NoError(t, err)
	require.Equal(t, []any{"", "990101002001", schemas.LocationPoint}, []any{got.grid, got.area, got.quality})
}

// A record that has only a grid falls inside that grid's own polygon.
func TestInteriorPointsAreInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A star around a centre, radii from thin to wide, with a hole around
		// the centre.
		n := rapid.IntRange(3, 12).Draw(t, "corners")
		var ring, hole orb.Ring
		for i := range n {
			r := rapid.Float64Range(0.002, 0.05).Draw(t, "radius")
			x, y := unit(float64(i) / float64(n))
			ring = append(ring, orb.Point{131 + r*x, 46 + r*y})
			hole = append(hole, orb.Point{131 + 0.0003*x, 46 + 0.0003*y})
		}
		ring, hole = append(ring, ring[0]), append(hole, hole[0])
		mp := orb.MultiPolygon{{ring}}
		if n > 4 {
			mp = orb.MultiPolygon{{ring, hole}}
		}
		p, ok := interiorPoint(mp)
		index := area.NewIndex([]area.Area{{Code: "a", Level: area.Grid, Geometry: mp}})
		if code, found := index.Locate(p); !ok || !found || code != "a" {
			t.Fatalf("%v is not inside %v", p, mp)
		}
	})
	_, ok := interiorPoint(orb.MultiPolygon{{{{1, 1}, {2, 1}, {1, 1}}}})
	require.False(t, ok, "a line has no inside")
}

// unit is a point on a circle, by its part of a turn, without trigonometry.
func unit(turn float64) (x, y float64) {
	quarter := int(turn * 4)
	s := turn*4 - float64(quarter)
	x, y = 1-s, s
	for range quarter {
		x, y = -y, x
	}
	return x, y
}

func TestEveryGridHasAHexagonOfItsOwnPlace(t *testing.T) {
	p := newTestPlaces(t, squareCounty(5))
	require.Len(t, p.cells, 25)
	for code := range p.cells {
		a, ok := p.tree.Get(code)
		require.True(t, ok)
		point, ok := interiorPoint(a.Geometry)
		require.True(t, ok)
		got, _ := p.index.Locate(point)
		require.Equal(t, code, got)
	}
}

// Located + unlocated = total, at every level and on hexagons, however rows
// say where they are.
func TestLocatedAndUnlocatedAreAll(t *testing.T) {
	areas := squareCounty(4)
	p := newTestPlaces(t, areas)
	rng := rand.New(rand.NewPCG(3, 4))
	var file strings.Builder
	file.WriteString("source,source_id,occurred_at,lng,lat,crs,grid,village,township\n")
	want := map[string]int{}
	const rows = 2000
	for i := range rows {
		var lng, lat, system, grid, village, township string
		switch kind := rng.IntN(7); kind {
		case 0:
			lng, lat, system = fmt.Sprint(131+0.04*rng.Float64()), fmt.Sprint(46+0.04*rng.Float64()), "WGS84"
			want["point"]++
		case 1:
			grid = areas[len(areas)-1-rng.IntN(4)].Code
			want["grid"]++
		case 2:
			village = "990101002001"
			want["village"]++
		case 3:
			township, grid = "990101002000", "unknown"
			want["township"]++
		case 4:
			lng, lat, system = "0", "0", "WGS84"
			want["unlocated"]++
		case 5:
			lng, lat, system = "100.5", "23.5", "GCJ02"
			want["outside"]++
		case 6:
			want["unlocated"]++
		}
		fmt.Fprintf(&file, "grid,%d,2025-01-01,%s,%s,%s,%s,%s,%s\n", i, lng, lat, system, grid, village, township)
	}
	store := newMemory()
	rep := run1(t, newIngester(t, store, areas, 300), "generic", "a.csv", strings.NewReader(file.String()))
	require.Equal(t, int64(rows), rep.Accepted, "%v", rep.Errors)
	got, hexed, gridded := map[string]int{}, 0, 0
	names := map[schemas.LocationQuality]string{1: "point", 2: "grid", 3: "village", 4: "township", 5: "unlocated", 6: "outside"}
	for _, r := range store.rows() {
		got[names[r.LocationQuality]]++
		if r.Cell != 0 {
			hexed++
		}
		if r.Grid != "" {
			gridded++
			require.Equal(t, r.Grid, r.Area)
		}
		if r.LocationQuality == schemas.LocationGrid {
			require.Equal(t, p.cells[r.Grid], hex.Cell(r.Cell))
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, want["point"]+want["grid"]+want["outside"], hexed)
	require.Equal(t, want["point"]+want["grid"], gridded)
}

// The same place in four systems is the same cell.
func TestSystemsGiveOnePlace(t *testing.T) {
	var file strings.Builder
	file.WriteString("source,source_id,occurred_at,lng,lat,crs\n")
	at := geo.Must(131.141311, 46.728412)
	systems := []crs.System{crs.WGS84, crs.CGCS2000, crs.GCJ02, crs.BD09, crs.WebMercator}
	for i, s := range systems {
		x, y, err := crs.FromWGS84(s, at)
		require.NoError(t, err)
		fmt.Fprintf(&file, "grid,%d,2025-01-01,%.9f,%.9f,%s\n", i, x, y, s)
	}
	store := newMemory()
	run1(t, newIngester(t, store, nil, 0), "generic", "a.csv", strings.NewReader(file.String()))
	want, err := hex.FromLngLat(at, 10)
	require.NoError(t, err)
	require.Len(t, store.incidents, len(systems))
	for _, r := range store.incidents {
		require.Equal(t, uint64(want), r.Cell, r.SourceID)
	}
}

func TestAMapThatIsWrongIsRefused(t *testing.T) {
	in := newIngester(t, newMemory(), squareCounty(2), 0)
	var fault *area.TreeError
	require.ErrorAs(t, in.SetAreas([]area.Area{{Code: "1", Parent: "2", Level: area.Grid}}), &fault)
	require.NotNil(t, in.places.Load().tree, "the old map stays")
}
