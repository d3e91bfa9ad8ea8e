package crs

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
)

// Values on which gcoord 1.0.7 and coordtransform 2.1.2 agree to the last digit.
var reference = []struct {
	name         string
	wgs, gcj, bd [2]float64
}{
	{"Beijing", [2]float64{116.404, 39.915}, [2]float64{116.41024449916938, 39.91640428150164}, [2]float64{116.41662724378733, 39.922699552216216}},
	{"Jixian", [2]float64{131.141311, 46.728412}, [2]float64{131.14947391372695, 46.73069794344076}, [2]float64{131.15586329752335, 46.73703627394585}},
	{"Shanghai", [2]float64{121.4737, 31.2304}, [2]float64{121.47822305927693, 31.22845773757727}, [2]float64{121.484781468503, 31.234310593689997}},
	{"Lincang", [2]float64{100.0869, 23.8866}, [2]float64{100.08815094494966, 23.884010802892316}, [2]float64{100.0945897749923, 23.890285101992607}},
	{"Dengkou", [2]float64{107.0084, 40.3307}, [2]float64{107.01348771363848, 40.331773424117614}, [2]float64{107.01997656049952, 40.337835803901896}},
	{"Erdao", [2]float64{125.3741, 43.8652}, [2]float64{125.3807338891508, 43.86770962376575}, [2]float64{125.38715634232007, 43.87390747579896}},
	{"Qujing", [2]float64{103.7962, 25.4897}, [2]float64{103.79822309318352, 25.486698513192046}, [2]float64{103.80465942337685, 25.4930116204681}},
	{"Lhasa", [2]float64{91.1175, 29.6475}, [2]float64{91.11906009694992, 29.64479201322293}, [2]float64{91.12560544344596, 29.650668682114276}},
}

const (
	referenceTolerance = 1e-9  // degrees
	inverseError       = 1e-10 // degrees
)

func requireXY(t require.TestingT, want [2]float64, x, y, tolerance float64) {
	require.InDelta(t, want[0], x, tolerance)
	require.InDelta(t, want[1], y, tolerance)
}

func TestReferenceTableHoldsInBothDirections(t *testing.T) {
	for _, row := range reference {
		t.Run(row.name, func(t *testing.T) {
			p := geo.Must(row.wgs[0], row.wgs[1])
			for system, want := range map[System][2]float64{WGS84: row.wgs, CGCS2000: row.wgs, GCJ02: row.gcj, BD09: row.bd} {
				x, y, err := FromWGS84(system, p)
				require.NoError(t, err)
				requireXY(t, want, x, y, referenceTolerance)
				back, err := ToWGS84(system, want[0], want[1])
				require.NoError(t, err)
				requireXY(t, row.wgs, back.Lng, back.Lat, referenceTolerance)
			}
		})
	}
}

func TestSingleReferenceValues(t *testing.T) {
	b := gcjToBD(geo.Must(116.404, 39.915))
	requireXY(t, [2]float64{116.41036949371029, 39.92133699351022}, b.Lng, b.Lat, referenceTolerance)
	g := bdToGCJTextbook(geo.Must(116.404, 39.915))
	requireXY(t, [2]float64{116.39762729119315, 39.90865673957631}, g.Lng, g.Lat, referenceTolerance)
	x, y, err := FromWGS84(BD09, geo.Must(116.403988, 39.914266))
	require.NoError(t, err)
	requireXY(t, [2]float64{116.41661560068297, 39.92196580126834}, x, y, referenceTolerance)
	x, y, err = FromWGS84(WebMercator, geo.Must(131.141311, 46.728412))
	require.NoError(t, err)
	requireXY(t, [2]float64{14598583.962482328, 5897856.120965527}, x, y, 1e-6)
	p, err := ToWGS84(WebMercator, 14598583.962482328, 5897856.120965527)
	require.NoError(t, err)
	requireXY(t, [2]float64{131.141311, 46.728412}, p.Lng, p.Lat, referenceTolerance)
}

// gcoord stops its iteration at 1e-6°, so its published inverse is itself 3 cm
// off. Stopping there as well gives its digits; going on gives the position
// whose shift is the one asked for.
func TestInverseOfGCJIsBetterThanTheReferenceLibrary(t *testing.T) {
	target := geo.Must(116.404, 39.915)
	published := [2]float64{116.39775550083061, 39.91359571849836}
	p := target
	for {
		q := wgsToGCJ(p)
		dLng, dLat := q.Lng-target.Lng, q.Lat-target.Lat
		if math.Abs(dLng) <= 1e-6 && math.Abs(dLat) <= 1e-6 {
			break
		}
		p = geo.LngLat{Lng: p.Lng - dLng, Lat: p.Lat - dLat}
	}
	requireXY(t, published, p.Lng, p.Lat, referenceTolerance)

	p, err := ToWGS84(GCJ02, target.Lng, target.Lat)
	require.NoError(t, err)
	requireXY(t, published, p.Lng, p.Lat, 1e-6)
	q := wgsToGCJ(p)
	requireXY(t, [2]float64{target.Lng, target.Lat}, q.Lng, q.Lat, inverseError)
}

func TestGCJStopsAtTheDocumentedRectangle(t *testing.T) {
	x, y, err := FromWGS84(GCJ02, geo.Must(139.6917, 35.6895))
	require.NoError(t, err)
	require.Equal(t, [2]float64{139.6917, 35.6895}, [2]float64{x, y}, "Tokyo is outside")
	x, y, err = FromWGS84(GCJ02, geo.Must(126.978, 37.5665))
	require.NoError(t, err)
	requireXY(t, [2]float64{126.98308273578246, 37.56740211249437}, x, y, referenceTolerance)
	p, err := ToWGS84(GCJ02, 139.6917, 35.6895)
	require.NoError(t, err)
	require.Equal(t, geo.LngLat{Lng: 139.6917, Lat: 35.6895}, p)
}

func TestTextbookInverseOfBaiduIsNotGoodEnough(t *testing.T) {
	var worst float64
	for i := range 2000 {
		g := geo.LngLat{Lng: 74 + 0.03*float64(i), Lat: 18 + 0.0175*float64(i)}
		q := bdToGCJTextbook(gcjToBD(g))
		worst = math.Max(worst, math.Hypot(q.Lng-g.Lng, q.Lat-g.Lat))
	}
	require.Greater(t, worst, 1e-7, "else the iteration could go")
}

func TestInversesReturnToTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := geo.LngLat{
			Lng: rapid.Float64Range(chinaBox.West, chinaBox.East).Draw(t, "lng"),
			Lat: rapid.Float64Range(chinaBox.South, chinaBox.North).Draw(t, "lat"),
		}
		for _, s := range Systems() {
			x, y, err := FromWGS84(s, p)
			require.NoError(t, err)
			q, err := ToWGS84(s, x, y)
			require.NoError(t, err)
			requireXY(t, [2]float64{p.Lng, p.Lat}, q.Lng, q.Lat, inverseError)
		}
	})
}

func TestShiftIsNeverLargerThanKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := geo.LngLat{Lng: rapid.Float64Range(74, 134).Draw(t, "lng"), Lat: rapid.Float64Range(18, 53).Draw(t, "lat")}
		q := wgsToGCJ(p)
		mx, my := geo.MetresPerDegree(p.Lat)
		require.Less(t, math.Hypot((q.Lng-p.Lng)*mx, (q.Lat-p.Lat)*my), 705.0)
	})
}

func TestUndeclaredAndUnknownSystemsAreNamedErrors(t *testing.T) {
	for _, blank := range []string{"", "  ", "\t"} {
		_, err := Parse(blank)
		require.ErrorIs(t, err, ErrUndeclared)
	}
	_, err := Parse("EPSG:2154")
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorContains(t, err, "EPSG:2154")
	_, err = ToWGS84("", 116, 39)
	require.ErrorIs(t, err, ErrUndeclared)
	_, err = ToWGS84("EPSG:2154", 116, 39)
	require.ErrorIs(t, err, ErrUnknown)
	_, _, err = FromWGS84("", geo.Must(116, 39))
	require.ErrorIs(t, err, ErrUndeclared)
	_, _, err = FromWGS84("mars", geo.Must(116, 39))
	require.ErrorIs(t, err, ErrUnknown)
	for name, want := range map[string]System{
		"wgs-84": WGS84, "WGS 84": WGS84, "EPSG:4326": WGS84, "cgcs2000": CGCS2000, "epsg:4490": CGCS2000,
		"GCJ-02": GCJ02, "gcj02": GCJ02, "bd_09": BD09, "BD09LL": BD09, "EPSG:3857": WebMercator,
	} {
		got, err := Parse(name)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
	for _, s := range Systems() {
		got, err := Parse(string(s))
		require.NoError(t, err)
		require.Equal(t, s, got)
	}
}

func TestImpossibleCoordinatesCarryTheirCodeAndNumbers(t *testing.T) {
	for _, s := range Systems() {
		for _, bad := range []struct {
			x, y float64
			code string
		}{
			{math.NaN(), 1, geo.CodeNotFinite},
			{1, math.Inf(1), geo.CodeNotFinite},
			{3e7, 1, geo.CodeOutOfRange},
			{1, -3e7, geo.CodeOutOfRange},
			{0, 0, geo.CodeNullIsland},
		} {
			_, err := ToWGS84(s, bad.x, bad.y)
			var ce *geo.CoordinateError
			require.ErrorAs(t, err, &ce, s)
			require.Equal(t, bad.code, ce.Code, s)
			if !math.IsNaN(bad.x) {
				require.Equal(t, [2]float64{bad.x, bad.y}, [2]float64{ce.Lng, ce.Lat})
			}
		}
		_, _, err := FromWGS84(s, geo.LngLat{})
		require.Error(t, err)
	}
}

func TestMercatorEndsAtItsEdge(t *testing.T) {
	var ce *geo.CoordinateError
	_, _, err := FromWGS84(WebMercator, geo.Must(10, 85.06))
	require.ErrorAs(t, err, &ce)
	require.Equal(t, geo.CodeOutOfRange, ce.Code)
	p, err := ToWGS84(WebMercator, 20037508.3428, 20037508.3428)
	require.NoError(t, err)
	requireXY(t, [2]float64{180, geo.MaxMercatorLat}, p.Lng, p.Lat, 1e-9)
	require.LessOrEqual(t, p.Lng, 180.0)
}

func FuzzToWGS84(f *testing.F) {
	f.Add("GCJ02", 116.404, 39.915)
	f.Add("BD09", 72.004, 0.8293)
	f.Add("BD09", -179.999, 89.999)
	f.Add("EPSG:3857", 2.0037508342789244e7, -2.0037508342789244e7)
	f.Add("", math.NaN(), math.Inf(1))
	f.Fuzz(func(t *testing.T, name string, x, y float64) {
		s, err := Parse(name)
		if err != nil {
			return
		}
		p, err := ToWGS84(s, x, y)
		if err != nil {
			require.NotErrorIs(t, err, ErrNoConvergence)
			require.Zero(t, p)
			return
		}
		require.NoError(t, p.Check())
	})
}

func BenchmarkBD09ToWGS84(b *testing.B) {
	for b.Loop() {
		if _, err := ToWGS84(BD09, 131.15586329752335, 46.73703627394585); err != nil {
			b.Fatal(err)
		}
	}
}
