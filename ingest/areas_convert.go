package ingest

import (
	"fmt"

	"reli/geo/area"
	"reli/schemas"
)

// MapAreas turns stored areas into those that trees and indexes are made of.
// The error is that of a geometry that is no WKB MultiPolygon or Polygon.
func MapAreas(rows []schemas.Area) ([]area.Area, error) {
	out := make([]area.Area, len(rows))
	for i, r := range rows {
		out[i] = area.Area{Code: r.Code, Parent: r.Parent, Name: r.Name, Level: area.Level(r.Level), Population: r.Population}
		var err error
		if out[i].Geometry, err = area.DecodeGeometry(r.Geometry); err != nil {
			return nil, fmt.Errorf("area %s: %w", r.Code, err)
		}
	}
	return out, nil
}

// StoreAreas is the inverse of MapAreas, for the areas of the division tree.
func StoreAreas(areas []area.Area) ([]schemas.Area, error) {
	out := make([]schemas.Area, len(areas))
	for i, a := range areas {
		out[i] = schemas.Area{Set: schemas.DivisionSet, Code: a.Code, Parent: a.Parent, Level: schemas.Level(a.Level), Name: a.Name, Population: a.Population}
		var err error
		if out[i].Geometry, err = area.EncodeGeometry(a.Geometry); err != nil {
			return nil, fmt.Errorf("area %s: %w", a.Code, err)
		}
	}
	return out, nil
}
