package mvt

// Builder puts one tile together and is then reset for the next. It is for one
// goroutine. Equal calls in equal order give equal bytes.
type Builder struct {
	origin Point
	layers []*Layer // layers[:used] belong to the current tile
	used   int
}

// NewBuilder returns a builder for the tile in column 0, row 0.
func NewBuilder() *Builder { return &Builder{} }

// Reset empties the builder and starts the tile in column x, row y of the zoom
// that its geometries are prepared for. Layers and keys taken before are void.
func (b *Builder) Reset(x, y uint32) {
	b.origin = Point{X: int32(x * Extent), Y: int32(y * Extent)}
	b.used = 0
}

// Layer returns the tile's layer of that name and starts it if it is new. A
// layer that gets no feature is left out of the tile.
func (b *Builder) Layer(name string) *Layer {
	for _, l := range b.layers[:b.used] {
		if l.name == name {
			return l
		}
	}
	if b.used == len(b.layers) {
		b.layers = append(b.layers, &Layer{dict: newDictionary()})
	}
	l := b.layers[b.used]
	b.used++
	l.reset(name, b.origin)
	return l
}

// Features returns how many features the tile has so far.
func (b *Builder) Features() int {
	n := 0
	for _, l := range b.layers[:b.used] {
		n += l.count
	}
	return n
}

// AppendTile appends the finished tile to dst. A tile without features has no
// bytes, which the format allows.
func (b *Builder) AppendTile(dst []byte) []byte {
	for _, l := range b.layers[:b.used] {
		if l.count > 0 {
			dst = l.appendTo(dst)
		}
	}
	return dst
}

// Key is a property's name in one layer of the current tile.
type Key uint32

// Layer collects features: set the properties of one, then [Layer.Add] it.
type Layer struct {
	name     string
	origin   Point
	count    int
	features []byte // framed feature messages
	tags     []byte // of the feature being made
	names    []layerKeyName
	keys     []byte // framed names of the keys in use
	keyCount uint32
	dict     dictionary
}

// layerKeyName is a name asked for; slot is its place among the keys written
// plus one, or 0 while no feature has it.
type layerKeyName struct {
	name string
	slot uint32
}

func (l *Layer) reset(name string, origin Point) {
	l.name, l.origin, l.count, l.keyCount = name, origin, 0, 0
	l.features, l.tags, l.keys, l.names = l.features[:0], l.tags[:0], l.keys[:0], l.names[:0]
	l.dict.reset()
}

// Key returns the handle for a property name. Ask once a layer, not once a
// feature. Names that no feature uses are not written.
func (l *Layer) Key(name string) Key {
	for i := range l.names {
		if l.names[i].name == name {
			return Key(i)
		}
	}
	l.names = append(l.names, layerKeyName{name: name})
	return Key(len(l.names) - 1)
}

// String sets a text property of the next feature. A key is set once a feature.
func (l *Layer) String(k Key, v string) { l.set(k, l.dict.text(v)) }

// UniqueString is String for a text that no other property value of this layer
// equals, such as an identifier: it is not looked up among the values.
func (l *Layer) UniqueString(k Key, v string) { l.set(k, l.dict.uniqueText(v)) }

// Uint sets a property of the next feature to a whole number from 0.
func (l *Layer) Uint(k Key, v uint64) { l.set(k, l.dict.uint(v)) }

// Int sets a property of the next feature to a whole number.
func (l *Layer) Int(k Key, v int64) { l.set(k, l.dict.int(v)) }

// Number sets a property of the next feature to v in the shortest of the
// format's number types that holds it exactly; readers see one number type.
// NaN and infinities have no meaning to a map style: the property is left out.
func (l *Layer) Number(k Key, v float64) {
	if slot, ok := l.dict.number(v); ok {
		l.set(k, slot)
	}
}

// Bool sets a property of the next feature to true or false.
func (l *Layer) Bool(k Key, v bool) { l.set(k, l.dict.bool(v)) }

func (l *Layer) set(k Key, value uint32) {
	key := &l.names[k]
	if key.slot == 0 {
		l.keyCount++
		key.slot = l.keyCount
		l.keys = appendString(l.keys, layerKey, key.name)
	}
	l.tags = appendVarint(l.tags, uint64(key.slot-1))
	l.tags = appendVarint(l.tags, uint64(value))
}

// Add ends the feature: its geometry and the properties set since the last one.
// With an empty geometry the feature is not written; its properties are dropped,
// though values first seen with it stay in the layer's table, so ask
// [Geometry.Empty] before setting properties.
func (l *Layer) Add(g Geometry) {
	l.add(nil, g)
}

// AddID is Add with a number as the feature's id. Browsers read ids as floating
// point: beyond 2^53 they are not told apart, so such ids belong in a property.
func (l *Layer) AddID(id uint64, g Geometry) {
	var field [11]byte
	l.add(appendVarint(append(field[:0], tag(featureID, wireVarint)), id), g)
}

func (l *Layer) add(id []byte, g Geometry) {
	tags := l.tags
	l.tags = l.tags[:0]
	if g.Empty() {
		return
	}
	x, y := zigzag(g.first.X-l.origin.X), zigzag(g.first.Y-l.origin.Y)
	moves := uint64(g.moves)
	geometry := varintLen(moves) + varintLen(x) + varintLen(y) + len(g.tail)
	size := len(id) + 2 + 1 + varintLen(uint64(geometry)) + geometry
	if len(tags) > 0 {
		size += 1 + varintLen(uint64(len(tags))) + len(tags)
	}

	b := append(l.features, tag(layerFeature, wireBytes))
	b = appendVarint(b, uint64(size))
	b = append(b, id...)
	if len(tags) > 0 {
		b = append(b, tag(featureTags, wireBytes))
		b = appendVarint(b, uint64(len(tags)))
		b = append(b, tags...)
	}
	b = append(b, tag(featureType, wireVarint), byte(g.kind), tag(featureGeometry, wireBytes))
	b = appendVarint(b, uint64(geometry))
	b = appendVarint(b, moves)
	b = appendVarint(b, x)
	b = appendVarint(b, y)
	l.features = append(b, g.tail...)
	l.count++
}

// appendTo appends the framed layer message.
func (l *Layer) appendTo(dst []byte) []byte {
	size := 2 + stringLen(l.name) + 1 + varintLen(Extent) + len(l.keys) + len(l.dict.encoded) + len(l.features)
	dst = append(dst, tag(tileLayer, wireBytes))
	dst = appendVarint(dst, uint64(size))
	dst = append(dst, tag(layerVersion, wireVarint), 2)
	dst = appendString(dst, layerName, l.name)
	dst = append(dst, tag(layerExtent, wireVarint))
	dst = appendVarint(dst, Extent)
	dst = append(dst, l.keys...)
	dst = append(dst, l.dict.encoded...)
	return append(dst, l.features...)
}
