package mvt

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// field is one field of a protocol buffer message. Fixed-width numbers are in
// varint too.
type field struct {
	number int
	wire   int
	varint uint64
	bytes  []byte
}

func (f field) uint64(name string) (uint64, error) {
	if f.wire != wireVarint {
		return 0, fault("%s is not a varint", name)
	}
	return f.varint, nil
}

func (f field) uint32(name string) (uint32, error) {
	v, err := f.uint64(name)
	if err == nil && v > math.MaxUint32 {
		err = fault("%s is beyond 32 bits", name)
	}
	return uint32(v), err
}

func (f field) text(name string) (string, error) {
	if f.wire != wireBytes {
		return "", fault("%s is not a text", name)
	}
	if !utf8.Valid(f.bytes) {
		return "", fault("%s is not UTF-8", name)
	}
	return string(f.bytes), nil
}

// eachField calls yield for every field of a message in turn.
func eachField(data []byte, yield func(field) error) error {
	for len(data) > 0 {
		head, n := binary.Uvarint(data)
		if n <= 0 || head>>3 == 0 || head>>3 > 1<<29-1 {
			return fault("no field where one should start")
		}
		data = data[n:]
		f := field{number: int(head >> 3), wire: int(head & 7)}
		switch f.wire {
		case wireVarint:
			if f.varint, n = binary.Uvarint(data); n <= 0 {
				return fault("varint is cut off")
			}
		case wireFixed64:
			if n = 8; len(data) < n {
				return fault("number is cut off")
			}
			f.varint = binary.LittleEndian.Uint64(data)
		case wireFixed32:
			if n = 4; len(data) < n {
				return fault("number is cut off")
			}
			f.varint = uint64(binary.LittleEndian.Uint32(data))
		case wireBytes:
			size, m := binary.Uvarint(data)
			if m <= 0 || size > uint64(len(data)-m) {
				return fault("field %d is longer than its message", f.number)
			}
			n = m + int(size)
			f.bytes = data[m:n:n]
		default:
			return fault("wire type %d", f.wire)
		}
		data = data[n:]
		if err := yield(f); err != nil {
			return err
		}
	}
	return nil
}

// readUint32 reads one varint of at most 32 bits.
func readUint32(data []byte) (uint32, []byte, bool) {
	v, n := binary.Uvarint(data)
	if n <= 0 || v > math.MaxUint32 {
		return 0, nil, false
	}
	return uint32(v), data[n:], true
}
