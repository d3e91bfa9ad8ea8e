package ingest

import (
	"errors"
	"strconv"
	"strings"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/crs"
	"reli/geo/hex"
	"reli/schemas"
)

// claim is where a row says it is. Codes may be empty or unknown, and names may
// stand in their place.
type claim struct {
	point                   geo.LngLat // zero: none
	grid, village, township string
}

// location is where a row is.
type location struct {
	cell    hex.Cell // 0 where no hexagon can be told
	grid    string
	area    string
	quality schemas.LocationQuality
}

// locate walks down the location ladder: point → grid code → village code →
// township code → unlocated.
//
//   - A point gives a hexagon and, where areas are loaded, the area it is in. A
//     point outside all of them falls to the codes of its row; without a known
//     code it keeps its hexagon and is marked as outside.
//   - A grid code gives the grid and the hexagon of a point inside the grid, so
//     that the sum over hexagons is the sum over grids.
//   - A village or township code gives the area and no hexagon: one hexagon out
//     of hundreds would be an invented hot spot. Such a record is located at
//     its own level and above, and unlocated below.
//   - A name stands for the code of the one area that has it (placeNames). A code
//     or name that the map does not know is as good as none.
//
// So at every level, hexagons included, located + unlocated = total.
func (p *places) locate(c claim) (location, error) {
	var cell hex.Cell
	if c.point != (geo.LngLat{}) {
		var err error
		if cell, err = hex.FromLngLat(c.point, p.resolution); err != nil {
			return location{}, err
		}
		if p.index == nil {
			return location{cell: cell, quality: schemas.LocationPoint}, nil
		}
		if n, ok := p.index.Find(c.point); ok {
			return location{cell: cell, grid: p.leaves[n].grid, area: p.leaves[n].code, quality: schemas.LocationPoint}, nil
		}
	}
	if p.tree != nil {
		c = p.named(c)
	}
	switch {
	case p.known(c.grid, area.Grid):
		return location{cell: p.cells[c.grid], grid: c.grid, area: c.grid, quality: schemas.LocationGrid}, nil
	case p.known(c.village, area.Village):
		return location{area: c.village, quality: schemas.LocationVillage}, nil
	case p.known(c.township, area.Township):
		return location{area: c.township, quality: schemas.LocationTownship}, nil
	case cell != 0:
		return location{cell: cell, quality: schemas.LocationOutside}, nil
	}
	return location{quality: schemas.LocationUnlocated}, nil
}

// point reads the coordinates of a row. Both empty, or 0 and 0, is no point
// and no fault; one of the two, something that is no number, or no place on
// Earth is a fault.
func (r *row) point() geo.LngLat {
	x, y, ok := r.coordinates()
	if !ok {
		return geo.LngLat{}
	}
	system, ok := r.system()
	if !ok {
		return geo.LngLat{}
	}
	p, err := crs.ToWGS84(system, x, y)
	switch {
	case err == nil:
		return p
	case notFinite(err):
		r.refuse(fLng, FaultNotFinite, "a coordinate is not a finite number")
	default:
		r.refuse(fLng, FaultOutOfRange, "the coordinates are no place on Earth in the declared system")
	}
	return geo.LngLat{}
}

func notFinite(err error) bool {
	var bad *geo.CoordinateError
	return errors.As(err, &bad) && bad.Code == geo.CodeNotFinite
}

func (r *row) coordinates() (x, y float64, ok bool) {
	had := len(r.faults)
	lng, lat := r.text(fLng), r.text(fLat)
	switch {
	case len(r.faults) > had, lng == "" && lat == "":
		return 0, 0, false
	case lng == "":
		r.refuse(fLng, FaultHalfPoint, "there is a latitude and no longitude")
		return 0, 0, false
	case lat == "":
		r.refuse(fLat, FaultHalfPoint, "there is a longitude and no latitude")
		return 0, 0, false
	}
	x, okX := r.decimal(fLng, lng)
	y, okY := r.decimal(fLat, lat)
	if !okX || !okY || x == 0 && y == 0 {
		return 0, 0, false
	}
	return x, y, true
}

func (r *row) decimal(field int, s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		r.refuse(field, FaultBadNumber, "the coordinate is not a number")
		return 0, false
	}
	return v, true // too large a number is an infinity, and refused as one
}

// system is the reference system of the row: that of its column, else that of
// the profile. There is no default beyond these.
func (r *row) system() (crs.System, bool) {
	name := r.text(fCRS)
	if name == "" && r.profile.crs != "" {
		return r.profile.crs, true
	}
	if name != "" && name == r.lastSystemName {
		return r.lastSystem, true
	}
	system, err := crs.Parse(name)
	switch {
	case err == nil:
		r.lastSystemName, r.lastSystem = strings.Clone(name), system
	case errors.Is(err, crs.ErrUndeclared):
		r.refuse(fCRS, FaultNoCRS, "there are coordinates and no coordinate reference system")
	default:
		r.refuse(fCRS, FaultUnknownCRS, "the coordinate reference system is not known")
	}
	return system, err == nil
}
