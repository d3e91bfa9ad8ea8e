package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"reli/geo/crs"
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
		ValidFrom  string `json:"valid_from"`
		ValidTo    string `json:"valid_to"`
	} `json:"properties"`
	Geometry *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// geoJSON reads a FeatureCollection (RFC 7946).
func (in *areaInput) geoJSON() error {
	d := areaReader{json: json.NewDecoder(in.body), in: in, declared: in.system}
	if in.system == "" {
		in.system = crs.WGS84 // RFC 7946 knows no other
	}
	return d.collection()
}

type areaReader struct {
	json     *json.Decoder
	in       *areaInput
	declared crs.System
	begun    bool // features were read
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

// crs reads the member by which programs before RFC 7946 named a system.
func (d *areaReader) crs() error {
	var c struct {
		Properties struct {
			Name string `json:"name"`
		} `json:"properties"`
	}
	if err := d.decode(&c); err != nil {
		return err
	}
	name := c.Properties.Name
	if name == "" || name == "urn:ogc:def:crs:OGC:1.3:CRS84" {
		return nil
	}
	if code, ok := strings.CutPrefix(name, "urn:ogc:def:crs:EPSG::"); ok {
		name = "EPSG:" + code
	}
	system, err := crs.Parse(name)
	switch {
	case err != nil:
		return undeclaredAreas("the reference system that the file names is not known here; declare one of the known ones")
	case d.declared != "" && d.declared != system:
		return undeclaredAreas(fmt.Sprintf("the file names %s and %s is declared", system, d.declared))
	case d.begun && system != d.in.system:
		return undeclaredAreas("the file names its reference system after its features; declare it")
	}
	d.in.system = system
	return nil
}

func (d *areaReader) features() error {
	if err := d.expect(json.Delim('[')); err != nil {
		return err
	}
	d.begun = true
	for n := 1; d.json.More(); n++ {
		at := d.json.InputOffset()
		var f feature
		if err := d.decode(&f); err != nil {
			return fmt.Errorf("feature %d: %w", n, err)
		}
		raw, err := f.area()
		if err != nil {
			return badInput("feature %d (code %q) at byte %d: %v", n, cut(f.Properties.Code, MaxTextBytes), at, err)
		}
		if err := d.in.add(n, raw, fmt.Sprintf(" at byte %d", at)); err != nil {
			return err
		}
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

func (f *feature) area() (raw rawArea, err error) {
	p := f.Properties
	if f.Type != "Feature" {
		return raw, errors.New("not a Feature")
	}
	raw = rawArea{code: p.Code, parent: p.Parent, level: p.Level, name: p.Name, from: p.ValidFrom, to: p.ValidTo}
	if p.Population > 0 {
		raw.population = strconv.FormatUint(uint64(p.Population), 10)
	}
	raw.shape, err = f.shape()
	return raw, err
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
	ring := make(orb.Ring, len(positions))
	for i, p := range positions {
		if len(p) < 2 {
			return nil, fmt.Errorf("position %d is no lng/lat", i+1)
		}
		ring[i] = orb.Point{p[0], p[1]}
	}
	return ring, nil
}
