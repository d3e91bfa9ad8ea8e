package area_test

import (
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/stretchr/testify/require"

	"reli/geo/area"
)

func TestGeometryComesBackFromItsStoredForm(t *testing.T) {
	square := orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}}
	for _, shape := range []orb.MultiPolygon{nil, {square}, {square, {{{5, 5}, {6, 5}, {6, 6}, {5, 5}}}}} {
		data, err := area.EncodeGeometry(shape)
		require.NoError(t, err)
		back, err := area.DecodeGeometry(data)
		require.NoError(t, err)
		require.Equal(t, shape, back)
	}
	polygon, err := wkb.Marshal(square)
	require.NoError(t, err)
	back, err := area.DecodeGeometry(polygon)
	require.NoError(t, err)
	require.Equal(t, orb.MultiPolygon{square}, back)
}

func TestWhatIsNoAreaIsRefused(t *testing.T) {
	point, err := wkb.Marshal(orb.Point{1, 2})
	require.NoError(t, err)
	for _, data := range [][]byte{point, {1, 2, 3}, []byte("not wkb at all")} {
		_, err := area.DecodeGeometry(data)
		require.Error(t, err)
	}
}
