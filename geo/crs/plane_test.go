package crs

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/geo"
)

// planeReference was computed with PROJ 9.1.1 (EPSG 10 definitions).
var planeReference = []struct {
	code        int
	degrees, xy [2]float64
}{
	{4491, [2]float64{74.2, 39.1}, [2]float64{13430796.066483, 4329910.340535}},
	{4501, [2]float64{134.9, 48.0}, [2]float64{23492537.465035, 5318432.434945}},
	{4505, [2]float64{93.3, 43.2}, [2]float64{524382.806814, 4784982.518509}},
	{4509, [2]float64{116.404, 39.915}, [2]float64{449042.047441, 4420261.219997}},
	{4512, [2]float64{131.141311, 46.728412}, [2]float64{205053.034552, 5184291.918039}},
	{4513, [2]float64{75.9, 38.2}, [2]float64{25578834.817987, 4230080.609003}},
	{4524, [2]float64{107.0084, 40.3307}, [2]float64{36415732.656841, 4466721.193706}},
	{4533, [2]float64{133.6, 47.3}, [2]float64{45394119.899652, 5241549.893218}},
	{4534, [2]float64{76.4, 39.9}, [2]float64{619727.747365, 4419364.046146}},
	{4544, [2]float64{103.7962, 25.4897}, [2]float64{378956.722456, 2820848.720170}},
	{4548, [2]float64{116.404, 39.915}, [2]float64{449042.047441, 4420261.219997}},
	{4552, [2]float64{130.2, 46.7}, [2]float64{591776.402362, 5174596.132240}},
	{4554, [2]float64{134.2, 48.3}, [2]float64{440646.881629, 5352094.955902}},
	{2913, [2]float64{-122.6765, 45.5231}, [2]float64{7644336.589320, 684322.809279}},
	{2913, [2]float64{-122.4, 45.65}, [2]float64{7716268.193732, 728791.923751}},
	{2913, [2]float64{-122.85, 45.43}, [2]float64{7598899.279292, 651638.166948}},
	{2913, [2]float64{-120.5, 43.6666666667}, [2]float64{8202099.738, 0.000012}},
}

const planeTolerance = 2e-6 // of the printed metres and feet

func TestPlaneSystemsMatchPROJ(t *testing.T) {
	for _, row := range planeReference {
		s, err := Parse(fmt.Sprintf("epsg:%d", row.code))
		require.NoError(t, err)
		x, y, err := FromWGS84(s, geo.Must(row.degrees[0], row.degrees[1]))
		require.NoError(t, err, s)
		requireXY(t, row.xy, x, y, planeTolerance)
		p, err := ToWGS84(s, row.xy[0], row.xy[1])
		require.NoError(t, err, s)
		requireXY(t, row.degrees, p.Lng, p.Lat, 2e-11)
	}
}

func TestEveryGaussZoneGoesThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := System(fmt.Sprintf("EPSG:%d", rapid.IntRange(firstSixWithNumber, lastGauss).Draw(t, "code")))
		zone, ok := planeOf(s)
		require.True(t, ok)
		want := geo.Must(zone.(gauss).meridian+rapid.Float64Range(-3, 3).Draw(t, "lng"), rapid.Float64Range(1, 54).Draw(t, "lat"))
		x, y, err := FromWGS84(s, want)
		require.NoError(t, err)
		got, err := ToWGS84(s, x, y)
		require.NoError(t, err)
		requireXY(t, [2]float64{want.Lng, want.Lat}, got.Lng, got.Lat, 1e-12*math.Abs(want.Lng))
	})
}

func TestPlaneSystemsRefuseWhatLiesElsewhere(t *testing.T) {
	refused := func(s System, x, y float64, code string) {
		t.Helper()
		_, err := ToWGS84(s, x, y)
		var c *geo.CoordinateError
		require.ErrorAs(t, err, &c)
		require.Equal(t, code, c.Code)
	}
	refused("EPSG:4509", 4420261, 449042, geo.CodeOutOfRange)   // northing and easting exchanged
	refused("EPSG:4509", 39449042, 4420261, geo.CodeOutOfRange) // a zone's number where there is none
	refused("EPSG:4491", 449042, 4420261, geo.CodeOutOfRange)   // none where there is one
	refused("EPSG:4509", math.NaN(), 4420261, geo.CodeNotFinite)
	refused("EPSG:4509", 0, 0, geo.CodeNullIsland)
	refused("EPSG:2913", 1, 1, geo.CodeOutOfRange)
	refused("EPSG:2913", math.Inf(1), 1, geo.CodeNotFinite)
	_, _, err := FromWGS84("EPSG:4509", geo.Must(87, 40))
	require.Error(t, err)
	for _, name := range []string{"EPSG:4490.5", "EPSG:4555", "EPSG:04509", "EPSG:", "EPSG:2914"} {
		_, err := Parse(name)
		require.ErrorIs(t, err, ErrUnknown, name)
	}
}
