package mvt

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Tile is a decoded tile.
type Tile struct{ Layers []TileLayer }

// TileLayer is one layer of a decoded tile.
type TileLayer struct {
	Name     string
	Version  uint32 // always 2
	Extent   uint32 // units along an edge; 4096 where the tile says nothing
	Keys     []string
	Values   []Value
	Features []Feature
}

// Value is a property value. Field is its field number in the Value message,
// which tells the number types apart; V is a string, float32, float64, int64
// (for the int and sint types), uint64 or bool.
type Value struct {
	Field int
	V     any
}

// Feature is one feature of a decoded layer. Positions are tile units, relative
// to the tile's north-west corner. Of the geometry fields the one of Type is set.
type Feature struct {
	ID       uint64
	HasID    bool
	Tags     []uint32 // pairs of places in Keys and Values
	Type     GeomType
	Points   []Point
	Lines    []Ring // open or closed lines, as written
	Polygons []Polygon
}

// Properties returns the feature's properties by name.
func (l *TileLayer) Properties(f *Feature) map[string]any {
	m := make(map[string]any, len(f.Tags)/2)
	for i := 0; i+1 < len(f.Tags); i += 2 {
		m[l.Keys[f.Tags[i]]] = l.Values[f.Tags[i+1]].V
	}
	return m
}

// DecodeError says what in a tile breaks the specification, and where.
type DecodeError struct {
	Layer   int // place of the layer, -1 outside of layers
	Feature int // place of the feature in it, -1 outside of features
	Fault   string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("mvt: layer %d, feature %d: %s", e.Layer, e.Feature, e.Fault)
}

// Decode reads an uncompressed tile. It refuses everything the specification
// forbids (MUST, MUST NOT) as far as one feature's bytes tell, and positions
// beyond int32; the crossing of rings is looked for by [Tile.Check] alone. The
// error is a *[DecodeError]. It takes memory in proportion to the data, whatever
// the counts in it claim.
func Decode(data []byte) (*Tile, error) {
	t := &Tile{}
	err := eachField(data, func(f field) error {
		if f.number != tileLayer {
			return nil // room for extensions
		}
		if f.wire != wireBytes {
			return fault("layer is not a message")
		}
		l, err := decodeLayer(f.bytes)
		if err != nil {
			return at(err, len(t.Layers), -1)
		}
		for i := range t.Layers {
			if t.Layers[i].Name == l.Name {
				return at(fault("two layers are named %q", l.Name), len(t.Layers), -1)
			}
		}
		t.Layers = append(t.Layers, l)
		return nil
	})
	if err != nil {
		return nil, at(err, -1, -1)
	}
	return t, nil
}

// fault is a fault whose place is not known yet.
func fault(format string, args ...any) error {
	return &DecodeError{Layer: -1, Feature: -1, Fault: fmt.Sprintf(format, args...)}
}

// at fills in the place of a fault where it is not known yet.
func at(err error, layer, feature int) error {
	if e, ok := err.(*DecodeError); ok {
		if e.Layer < 0 {
			e.Layer = layer
		}
		if e.Feature < 0 {
			e.Feature = feature
		}
	}
	return err
}

func decodeLayer(data []byte) (TileLayer, error) {
	l := TileLayer{Extent: Extent}
	var features [][]byte
	seen := map[int]bool{}
	err := eachField(data, func(f field) error {
		switch f.number {
		case layerVersion, layerExtent, layerName:
			if seen[f.number] {
				return fault("layer field %d is there twice", f.number)
			}
			seen[f.number] = true
		}
		return l.read(f, &features)
	})
	switch {
	case err != nil:
		return l, err
	case !seen[layerVersion]:
		return l, fault("layer without a version")
	case l.Version != 2:
		return l, fault("layer of version %d", l.Version)
	case l.Name == "":
		return l, fault("layer without a name")
	case l.Extent == 0:
		return l, fault("layer of extent 0")
	}
	for i, b := range features {
		f, err := decodeFeature(b, len(l.Keys), len(l.Values))
		if err != nil {
			return l, at(err, -1, i)
		}
		l.Features = append(l.Features, f)
	}
	return l, nil
}

func (l *TileLayer) read(f field, features *[][]byte) error {
	var err error
	switch f.number {
	case layerVersion:
		l.Version, err = f.uint32("version")
	case layerExtent:
		l.Extent, err = f.uint32("extent")
	case layerName:
		l.Name, err = f.text("layer name")
	case layerKey:
		var key string
		key, err = f.text("key")
		l.Keys = append(l.Keys, key)
	case layerValue:
		var v Value
		v, err = decodeValue(f)
		l.Values = append(l.Values, v)
	case layerFeature:
		if f.wire != wireBytes {
			return fault("feature is not a message")
		}
		*features = append(*features, f.bytes)
	default:
		if f.number <= layerVersion {
			return fault("unknown layer field %d", f.number)
		}
	}
	return err
}

func decodeValue(message field) (Value, error) {
	var v Value
	if message.wire != wireBytes {
		return v, fault("value is not a message")
	}
	err := eachField(message.bytes, func(f field) error {
		if v.Field != 0 {
			return fault("value of two types")
		}
		if f.number < valueString || f.number > valueBool {
			return fault("value of unknown type %d", f.number)
		}
		want := [...]int{valueString: wireBytes, valueFloat: wireFixed32, valueDouble: wireFixed64,
			valueInt: wireVarint, valueUint: wireVarint, valueSint: wireVarint, valueBool: wireVarint}
		if f.wire != want[f.number] {
			return fault("value of type %d in wire type %d", f.number, f.wire)
		}
		v.Field = f.number
		switch f.number {
		case valueString:
			if !utf8.Valid(f.bytes) {
				return fault("text value is not UTF-8")
			}
			v.V = string(f.bytes)
		case valueFloat:
			v.V = math.Float32frombits(uint32(f.varint))
		case valueDouble:
			v.V = math.Float64frombits(f.varint)
		case valueInt:
			v.V = int64(f.varint)
		case valueUint:
			v.V = f.varint
		case valueSint:
			v.V = unzigzag64(f.varint)
		case valueBool:
			v.V = f.varint != 0
		}
		return nil
	})
	if err == nil && v.Field == 0 {
		err = fault("value without a type")
	}
	return v, err
}

func decodeFeature(data []byte, keys, values int) (Feature, error) {
	var f Feature
	var commands []byte
	seen := map[int]bool{}
	err := eachField(data, func(p field) error {
		if seen[p.number] {
			return fault("feature field %d is there twice", p.number)
		}
		seen[p.number] = true
		var err error
		switch p.number {
		case featureID:
			f.ID, err = p.uint64("id")
			f.HasID = true
		case featureTags:
			if p.wire != wireBytes {
				return fault("tags are not packed")
			}
			f.Tags, err = decodeTags(p.bytes, keys, values)
		case featureType:
			var kind uint32
			kind, err = p.uint32("type")
			if kind > uint32(Polygons) {
				return fault("geometry type %d", kind)
			}
			f.Type = GeomType(kind)
		case featureGeometry:
			if p.wire != wireBytes {
				return fault("geometry is not packed")
			}
			commands = p.bytes
		default:
			return fault("unknown feature field %d", p.number)
		}
		return err
	})
	switch {
	case err != nil:
		return f, err
	case !seen[featureType]:
		return f, fault("feature without a type")
	case len(commands) == 0:
		return f, fault("feature without a geometry")
	}
	return f, f.decodeGeometry(commands)
}

func decodeTags(data []byte, keys, values int) ([]uint32, error) {
	var tags []uint32
	used := map[uint32]bool{}
	for len(data) > 0 {
		v, rest, ok := readUint32(data)
		if !ok {
			return nil, fault("tags are cut off or beyond 32 bits")
		}
		data = rest
		if len(tags)%2 == 0 {
			if int64(v) >= int64(keys) {
				return nil, fault("tag for key %d of %d", v, keys)
			}
			if used[v] {
				return nil, fault("key %d is set twice", v)
			}
			used[v] = true
		} else if int64(v) >= int64(values) {
			return nil, fault("tag for value %d of %d", v, values)
		}
		tags = append(tags, v)
	}
	if len(tags)%2 != 0 {
		return nil, fault("tag without a value")
	}
	return tags, nil
}
