package ingest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/crs"
	"reli/schemas"
)

// ReadAreas reads a map: a GeoJSON FeatureCollection, a Shapefile in a ZIP, or
// CSV with geometries as WKT. Each area has a code; parent and level may be
// left out where the code has 6, 9, 12, 15 or 20 digits and tells them. Besides
// there may be name, population, valid_from and valid_to (YYYY-MM-DD, the
// first day on which it no longer holds).
//
// declared is the reference system of the coordinates. Without it a GeoJSON is
// in lng/lat of WGS-84 unless it names another, a Shapefile in that of its
// .prj, and CSV is refused with the code undeclared_crs.
//
// The areas come back in the order of the file, as set schemas.DivisionSet
// with WKB geometries in WGS-84. The errors are *schemas.Problem with the
// number of the area and its code; area.BuildTree checks how the areas hang
// together.
func ReadAreas(r io.Reader, declared ...crs.System) ([]schemas.Area, error) {
	in := areaInput{body: bufio.NewReaderSize(r, charsetSample), set: schemas.DivisionSet}
	if len(declared) > 0 {
		in.system = declared[0]
	}
	return in.read()
}

// ReadAreaSet reads the areas of another set (片区) as ReadAreas does: a code
// and a geometry each, a name besides. They have no level and no parent.
func ReadAreaSet(r io.Reader, set string, declared crs.System) ([]schemas.Area, error) {
	in := areaInput{body: bufio.NewReaderSize(r, charsetSample), set: set, system: declared}
	return in.read()
}

func (in *areaInput) read() ([]schemas.Area, error) {
	start, err := in.body.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, inputError(err)
	}
	read := in.csv
	switch {
	case string(start) == "PK\x03\x04":
		read = in.shapefile
	case len(start) == 0 || isJSON(in.body):
		read = in.geoJSON
	}
	if err := read(); err != nil {
		return nil, err
	}
	if in.set == schemas.DivisionSet {
		in.inferParents()
	}
	return in.areas, nil
}

// DeclaredSystem is the system that a caller names, "" for none. The error is a
// *schemas.Problem with the code undeclared_crs.
func DeclaredSystem(name string) (crs.System, error) {
	if name == "" {
		return "", nil
	}
	system, err := crs.Parse(name)
	if err != nil {
		return "", undeclaredAreas("the reference system is not known here; want CGCS2000, WGS84, GCJ02, BD09, EPSG:3857 or EPSG:4491 to EPSG:4554")
	}
	return system, nil
}

// areaInput is a map that is being read.
type areaInput struct {
	body   *bufio.Reader
	set    string
	system crs.System // "" while undeclared
	areas  []schemas.Area
}

func isJSON(r *bufio.Reader) bool {
	head, _ := r.Peek(charsetSample)
	for i, b := range head {
		switch b {
		case ' ', '\t', '\r', '\n', 0xef, 0xbb, 0xbf:
			continue
		}
		return head[i] == '{' || head[i] == '['
	}
	return false
}

// rawArea is an area as it is written.
type rawArea struct {
	code, parent, level, name, population, from, to string
	shape                                           orb.MultiPolygon // in the system of the input
}

// add takes an area; n is its number in the file, from 1, and at says where
// else it stands.
func (in *areaInput) add(n int, raw rawArea, at string) error {
	if n > MaxAreas {
		return badInput("the file has more than %d areas", MaxAreas)
	}
	a, err := raw.area(in.set, in.system)
	if err != nil {
		return badInput("feature %d (code %q)%s: %v", n, cut(raw.code, MaxTextBytes), at, err)
	}
	in.areas = append(in.areas, a)
	return nil
}

func (raw rawArea) area(set string, system crs.System) (a schemas.Area, err error) {
	for _, s := range []string{raw.code, raw.parent, raw.name} {
		if textFault(s) != "" {
			return a, fmt.Errorf("code, parent or name is longer than %d bytes or no text", MaxTextBytes)
		}
	}
	level := area.LevelOf(raw.code)
	if raw.level != "" {
		level, _ = area.ParseLevel(raw.level)
	}
	switch {
	case raw.code == "":
		return a, errors.New("no code")
	case set != schemas.DivisionSet:
		level, raw.parent, raw.population = area.Unknown, "", ""
	case level == area.Unknown:
		return a, errors.New("level must be county, township, village or grid")
	}
	a = schemas.Area{Set: set, Code: raw.code, Parent: raw.parent, Level: schemas.Level(level), Name: raw.name}
	if raw.population != "" {
		n, err := strconv.ParseFloat(raw.population, 64) // a Shapefile writes numbers with a point
		if err != nil || n < 0 || n > math.MaxUint32 || n != math.Trunc(n) {
			return a, errors.New("population is no whole number")
		}
		a.Population = uint32(n)
	}
	if a.ValidFrom, err = areaDay(raw.from); err != nil {
		return a, errors.New("valid_from is no day (YYYY-MM-DD)")
	}
	if a.ValidTo, err = areaDay(raw.to); err != nil || !a.ValidTo.IsZero() && !a.ValidFrom.Before(a.ValidTo) {
		return a, errors.New("valid_to is no day (YYYY-MM-DD) after valid_from")
	}
	if len(raw.shape) == 0 {
		return a, nil
	}
	shape, err := inWGS84(raw.shape, system)
	if err != nil {
		return a, err
	}
	a.Geometry, err = wkb.Marshal(shape)
	return a, err
}

func areaDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, text)
}

// inWGS84 converts a shape and checks its rings.
func inWGS84(shape orb.MultiPolygon, system crs.System) (orb.MultiPolygon, error) {
	plain := system == crs.WGS84 || system == crs.CGCS2000
	for i, polygon := range shape {
		for j, ring := range polygon {
			at := func(err error) error { return fmt.Errorf("polygon %d, ring %d: %w", i+1, j+1, err) }
			if len(ring) < 4 {
				return nil, at(fmt.Errorf("%d positions, a ring has at least 4", len(ring)))
			}
			if ring[0] != ring[len(ring)-1] {
				return nil, at(errors.New("the ring is not closed"))
			}
			for k, p := range ring {
				if !plain {
					q, err := crs.ToWGS84(system, p[0], p[1])
					if err != nil {
						return nil, at(fmt.Errorf("position %d is no place in %s", k+1, system))
					}
					ring[k] = orb.Point{q.Lng, q.Lat}
				} else if !(math.Abs(p[0]) <= geo.MaxLng && math.Abs(p[1]) <= geo.MaxLat) {
					return nil, at(fmt.Errorf("position %d is no lng/lat", k+1))
				}
			}
		}
	}
	return shape, nil
}

// inferParents gives areas whose code tells it their parent, where the map has
// it.
func (in *areaInput) inferParents() {
	there := make(map[string]bool, len(in.areas))
	for i := range in.areas {
		there[in.areas[i].Code] = true
	}
	for i := range in.areas {
		a := &in.areas[i]
		for _, parent := range area.ParentsOf(a.Code) {
			if a.Parent == "" && there[parent] && area.Level(a.Level) != area.County {
				a.Parent = parent
			}
		}
	}
}

func undeclaredAreas(detail string) error {
	return &schemas.Problem{Code: schemas.CodeUndeclaredCRS, Status: 400, Field: "crs", Detail: detail}
}
