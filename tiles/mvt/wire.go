package mvt

// Protocol buffer wire types, https://protobuf.dev/programming-guides/encoding/.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// Field numbers of vector_tile.proto.
const (
	tileLayer = 3

	layerName    = 1
	layerFeature = 2
	layerKey     = 3
	layerValue   = 4
	layerExtent  = 5
	layerVersion = 15

	featureID       = 1
	featureTags     = 2
	featureType     = 3
	featureGeometry = 4

	valueString = 1
	valueFloat  = 2
	valueDouble = 3
	valueInt    = 4
	valueUint   = 5
	valueSint   = 6
	valueBool   = 7
)

// Geometry commands, section 4.3.1 of the specification.
const (
	commandMoveTo    = 1
	commandLineTo    = 2
	commandClosePath = 7
)

func tag(field, wire int) byte { return byte(field<<3 | wire) }

func command(id, count int) uint64 { return uint64(count)<<3 | uint64(id) }

func zigzag(v int32) uint64 { return uint64(uint32(v<<1) ^ uint32(v>>31)) }

func zigzag64(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(v uint32) int32 { return int32(v>>1) ^ -int32(v&1) }

func unzigzag64(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func varintLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}

func appendString(b []byte, field int, s string) []byte {
	b = append(b, tag(field, wireBytes))
	b = appendVarint(b, uint64(len(s)))
	return append(b, s...)
}

func stringLen(s string) int { return 1 + varintLen(uint64(len(s))) + len(s) }
