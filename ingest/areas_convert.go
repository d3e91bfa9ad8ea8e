package ingest

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"reli/geo/area"
	"reli/schemas"
)

// MapAreas turns stored areas into those that trees and indexes are made of.
// The error is that of a geometry that is no WKB MultiPolygon or Polygon.
func MapAreas(rows []schemas.Area) ([]area.Area, error) {
	out := make([]area.Area, len(rows))
	for i, r := range rows {
		out[i] = area.Area{Code: r.Code, Parent: r.Parent, Name: r.Name, Level: area.Level(r.Level), Population: r.Population}
		if len(r.Geometry) == 0 {
			continue
		}
		g, err := wkb.Unmarshal(r.Geometry)
		if err != nil {
			return nil, fmt.Errorf("area %s: %w", r.Code, err)
		}
		switch g := g.(type) {
		case orb.MultiPolygon:
			out[i].Geometry = g
		case orb.Polygon:
			out[i].Geometry = orb.MultiPolygon{g}
		default:
			return nil, fmt.Errorf("area %s: geometry is a %s", r.Code, g.GeoJSONType())
		}
	}
	return out, nil
}

// StoreAreas is the inverse of MapAreas, for the areas of the division tree.
func StoreAreas(areas []area.Area) ([]schemas.Area, error) {
	out := make([]schemas.Area, len(areas))
	for i, a := range areas {
		out[i] = schemas.Area{Set: schemas.DivisionSet, Code: a.Code, Parent: a.Parent, Level: schemas.Level(a.Level), Name: a.Name, Population: a.Population}
		if len(a.Geometry) == 0 {
			continue
		}
		var err error
		if out[i].Geometry, err = wkb.Marshal(a.Geometry); err != nil {
			return nil, fmt.Errorf("area %s: %w", a.Code, err)
		}
	}
	return out, nil
}
