package area

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// EncodeGeometry writes a shape as WKB (OGC 06-103r4, little endian), the form
// in which areas are stored; nil for an empty shape.
func EncodeGeometry(shape orb.MultiPolygon) ([]byte, error) {
	if len(shape) == 0 {
		return nil, nil
	}
	return wkb.Marshal(shape)
}

// DecodeGeometry is the inverse of EncodeGeometry; it takes a Polygon too.
func DecodeGeometry(data []byte) (orb.MultiPolygon, error) {
	if len(data) == 0 {
		return nil, nil
	}
	g, err := wkb.Unmarshal(data)
	if err != nil {
		return nil, fmt.Errorf("geometry: %w", err)
	}
	switch g := g.(type) {
	case orb.MultiPolygon:
		return g, nil
	case orb.Polygon:
		return orb.MultiPolygon{g}, nil
	}
	return nil, fmt.Errorf("geometry: want a MultiPolygon, have a %s", g.GeoJSONType())
}
