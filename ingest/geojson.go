package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"reli/geo"
	"reli/geo/area"
	"reli/schemas"
)

// MaxAreas is how many areas one file may have: a province has about 150,000
// grids.
const MaxAreas = 500_000

// feature is what is read of a GeoJSON feature (RFC 7946). Other properties
// are skipped; those here must have the type that is meant.
type feature struct {
	Type       string `json:"type"`
	Properties struct {
		Code       string `json:"code"`
		Parent     string `json:"parent"`
		Level      string `json:"level"`
		Name       string `json:"name"`
		Population uint32 `json:"population"`
	} `json:"properties"`
	Geometry *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// ReadAreas reads the areas of a GeoJSON FeatureCollection: properties code,
// parent, level (county, township, village, grid), name, population; geometry
// Polygon, MultiPolygon or null, in lng/lat of WGS-84 or CGCS2000. They come
// back in the order of the file, as set schemas.DivisionSet with WKB
// geometries. The errors are *schemas.Problem with the number of the feature,
// its code and the position in the file; area.BuildTree checks how the areas
// hang together.
func ReadAreas(r io.Reader) ([]schemas.Area, error) {
	d := areaReader{json: json.NewDecoder(r)}
	if err := d.collection(); err != nil {
		return nil, err
	}
	return d.areas, nil
}

type areaReader struct {
	json  *json.Decoder
	areas []schemas.Area
}

func (d *areaReader) collection() error {
	if err := d.expect(json.Delim('{')); err != nil {
		return err
	}
	found := false
	for d.json.More() {
		key, err := d.json.Token()
		if err != nil {
			return d.broken(err)
		}
		switch key {
		case "type":
			err = d.collectionType()
		case "crs":
			err = d.crs()
		case "features":
			found = true
			err = d.features()
		default:
			var skipped json.RawMessage
			err = d.decode(&skipped)
		}
		if err != nil {
			return err
		}
	}
	if err := d.expect(json.Delim('}')); err != nil {
		return err
	}
	if !found {
		return badInput("the file is no GeoJSON FeatureCollection: it has no features")
	}
	return nil
}

func (d *areaReader) collectionType() error {
	var t string
	if err := d.decode(&t); err != nil {
		return err
	}
	if t != "FeatureCollection" {
		return badInput("the file is no GeoJSON FeatureCollection")
	}
	return nil
}

// crs accepts the names that older programs write for plain lng/lat, and
// refuses every other system rather than move the map by hundreds of metres.
func (d *areaReader) crs() error {
	var c struct {
		Properties struct {
			Name string `json:"name"`
		} `json:"properties"`
	}
	if err := d.decode(&c); err != nil {
		return err
	}
	if slices.Contains([]string{"", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:EPSG::4490",
		"EPSG:4326", "EPSG:4490"}, c.Properties.Name) {
		return nil
	}
	return &schemas.Problem{Code: schemas.CodeUndeclaredCRS, Status: 400, Field: "crs",
		Detail: "the areas are not in lng/lat of WGS-84 or CGCS2000"}
}

func (d *areaReader) features() error {
	if err := d.expect(json.Delim('[')); err != nil {
		return err
	}
	for n := 1; d.json.More(); n++ {
		if n > MaxAreas {
			return badInput("the file has more than %d areas", MaxAreas)
		}
		at := d.json.InputOffset()
		var f feature
		if err := d.decode(&f); err != nil {
			return fmt.Errorf("feature %d: %w", n, err)
		}
		a, err := f.area()
		if err != nil {
			return badInput("feature %d (code %q) at byte %d: %v", n, cut(f.Properties.Code, MaxTextBytes), at, err)
		}
		d.areas = append(d.areas, a)
	}
	return d.expect(json.Delim(']'))
}

func (d *areaReader) expect(want json.Delim) error {
	t, err := d.json.Token()
	if err != nil {
		return d.broken(err)
	}
	if t != want {
		return badInput("at byte %d: want %s", d.json.InputOffset(), want)
	}
	return nil
}

func (d *areaReader) decode(v any) error {
	if err := d.json.Decode(v); err != nil {
		return d.broken(err)
	}
	return nil
}

// broken says where the JSON is wrong.
func (d *areaReader) broken(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return badInput("at byte %d: %v", syntax.Offset, syntax)
	case errors.As(err, &kind):
		return badInput("near byte %d: %s cannot be a %s", d.json.InputOffset(), kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return badInput("at byte %d: the file ends in the middle", d.json.InputOffset())
	}
	return fmt.Errorf("read areas: %w", err)
}

func (f *feature) area() (schemas.Area, error) {
	p := f.Properties
	level, err := area.ParseLevel(p.Level)
	switch {
	case f.Type != "Feature":
		return schemas.Area{}, errors.New("not a Feature")
	case p.Code == "":
		return schemas.Area{}, errors.New("no code")
	case err != nil:
		return schemas.Area{}, errors.New("level must be county, township, village or grid")
	}
	for _, s := range []string{p.Code, p.Parent, p.Name} {
		if textFault(s) != "" {
			return schemas.Area{}, fmt.Errorf("code, parent or name is longer than %d bytes or no text", MaxTextBytes)
		}
	}
	a := schemas.Area{Set: schemas.DivisionSet, Code: p.Code, Parent: p.Parent, Level: schemas.Level(level), Name: p.Name, Population: p.Population}
	mp, err := f.shape()
	if err != nil || len(mp) == 0 {
		return a, err
	}
	a.Geometry, err = wkb.Marshal(mp)
	return a, err
}

func (f *feature) shape() (orb.MultiPolygon, error) {
	if f.Geometry == nil {
		return nil, nil
	}
	var polygons [][][][]float64
	var err error
	switch f.Geometry.Type {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		err = json.Unmarshal(f.Geometry.Coordinates, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
	default:
		return nil, errors.New("the geometry is no Polygon or MultiPolygon")
	}
	if err != nil {
		return nil, errors.New("the coordinates cannot be read")
	}
	var mp orb.MultiPolygon
	for i, rings := range polygons {
		var polygon orb.Polygon
		for j, positions := range rings {
			ring, err := readRing(positions)
			if err != nil {
				return nil, fmt.Errorf("polygon %d, ring %d: %w", i+1, j+1, err)
			}
			polygon = append(polygon, ring)
		}
		if len(polygon) == 0 {
			return nil, fmt.Errorf("polygon %d has no ring", i+1)
		}
		mp = append(mp, polygon)
	}
	return mp, nil
}

func readRing(positions [][]float64) (orb.Ring, error) {
	if len(positions) < 4 {
		return nil, fmt.Errorf("%d positions, a ring has at least 4", len(positions))
	}
	ring := make(orb.Ring, len(positions))
	for i, p := range positions {
		if len(p) < 2 || math.Abs(p[0]) > geo.MaxLng || math.Abs(p[1]) > geo.MaxLat {
			return nil, fmt.Errorf("position %d is no lng/lat", i+1)
		}
		ring[i] = orb.Point{p[0], p[1]}
	}
	if ring[0] != ring[len(ring)-1] {
		return nil, errors.New("the ring is not closed")
	}
	return ring, nil
}
