package mvt

import "math"

// smallUints is the number of whole numbers, from 0, whose place among a
// layer's values is found in an array and not in a map: counts are mostly small.
const smallUints = 1024

// maxExact is the largest whole number up to which float64 knows every one.
const maxExact = 1 << 53

// scalar is a number as it is written; kind is its field in the Value message.
type scalar struct {
	bits uint64
	kind uint8
}

// dictionary is a layer's table of property values: every value is written once.
type dictionary struct {
	encoded []byte // framed Value messages
	count   uint32
	small   [smallUints]uint32 // place plus one; 0: not seen
	bools   [2]uint32          // place plus one
	scalars map[scalar]uint32
	texts   map[string]uint32
}

func newDictionary() dictionary {
	return dictionary{scalars: map[scalar]uint32{}, texts: map[string]uint32{}}
}

func (d *dictionary) reset() {
	d.encoded, d.count = d.encoded[:0], 0
	clear(d.small[:])
	clear(d.bools[:])
	clear(d.scalars)
	clear(d.texts)
}

// open starts a Value message of size bytes and returns its place.
func (d *dictionary) open(size int) uint32 {
	d.encoded = append(d.encoded, tag(layerValue, wireBytes))
	d.encoded = appendVarint(d.encoded, uint64(size))
	d.count++
	return d.count - 1
}

func (d *dictionary) text(v string) uint32 {
	if place, ok := d.texts[v]; ok {
		return place
	}
	place := d.uniqueText(v)
	d.texts[v] = place
	return place
}

func (d *dictionary) uniqueText(v string) uint32 {
	place := d.open(stringLen(v))
	d.encoded = appendString(d.encoded, valueString, v)
	return place
}

func (d *dictionary) uint(v uint64) uint32 {
	if v >= smallUints {
		return d.scalar(scalar{kind: valueUint, bits: v})
	}
	if d.small[v] == 0 {
		d.small[v] = d.varint(valueUint, v) + 1
	}
	return d.small[v] - 1
}

func (d *dictionary) int(v int64) uint32 {
	if v >= 0 {
		return d.uint(uint64(v))
	}
	return d.scalar(scalar{kind: valueSint, bits: zigzag64(v)})
}

func (d *dictionary) number(v float64) (uint32, bool) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, false
	case v == math.Trunc(v) && math.Abs(v) <= maxExact:
		return d.int(int64(v)), true
	case float64(float32(v)) == v:
		return d.scalar(scalar{kind: valueFloat, bits: uint64(math.Float32bits(float32(v)))}), true
	}
	return d.scalar(scalar{kind: valueDouble, bits: math.Float64bits(v)}), true
}

func (d *dictionary) bool(v bool) uint32 {
	at := 0
	if v {
		at = 1
	}
	if d.bools[at] == 0 {
		d.bools[at] = d.varint(valueBool, uint64(at)) + 1
	}
	return d.bools[at] - 1
}

func (d *dictionary) scalar(v scalar) uint32 {
	if place, ok := d.scalars[v]; ok {
		return place
	}
	var place uint32
	switch v.kind {
	case valueFloat:
		place = d.fixed(valueFloat, wireFixed32, 4, v.bits)
	case valueDouble:
		place = d.fixed(valueDouble, wireFixed64, 8, v.bits)
	default:
		place = d.varint(int(v.kind), v.bits)
	}
	d.scalars[v] = place
	return place
}

func (d *dictionary) varint(field int, v uint64) uint32 {
	place := d.open(1 + varintLen(v))
	d.encoded = append(d.encoded, tag(field, wireVarint))
	d.encoded = appendVarint(d.encoded, v)
	return place
}

// fixed writes the low bytes of v, little-endian.
func (d *dictionary) fixed(field, wire, bytes int, v uint64) uint32 {
	place := d.open(1 + bytes)
	d.encoded = append(d.encoded, tag(field, wire))
	for range bytes {
		d.encoded = append(d.encoded, byte(v))
		v >>= 8
	}
	return place
}
