package ingest

import (
	"encoding/binary"
	"errors"
)

// The library takes the lengths in a message's description as they are and
// makes room for them, which ends the process where they lie. So the part that
// it makes room for, the fields of a schema, is looked through before: a
// Message table of FlatBuffers with a Schema in it
// (https://arrow.apache.org/docs/format/Columnar.html, Message.fbs, Schema.fbs).

// Places of members in the tables of Message.fbs and Schema.fbs.
const (
	messageKind   = 1
	messageHeader = 2
	kindSchema    = 1 // Message.header is a Schema
	schemaFields  = 1
	fieldChildren = 5
	// maxNesting is how deep the type of a column may be nested.
	maxNesting = 16
)

var errBadMessage = errors.New("the description of a message is broken")

// checkMessage refuses a description whose fields cannot be there.
func checkMessage(header []byte) error {
	f := flatBuffer{data: header}
	root := f.offset(0)
	kind := f.member(root, messageKind)
	if kind == 0 || f.failed || f.byteAt(kind) != kindSchema {
		return f.err()
	}
	at := f.member(root, messageHeader)
	if at == 0 {
		return errBadMessage
	}
	fields := 0
	f.fields(f.offset(at), schemaFields, 0, &fields)
	return f.err()
}

// flatBuffer reads a FlatBuffers buffer without trusting it.
type flatBuffer struct {
	data   []byte
	failed bool
}

func (f *flatBuffer) err() error {
	if f.failed {
		return errBadMessage
	}
	return nil
}

func (f *flatBuffer) word(at int) uint32 {
	if at < 0 || at > len(f.data)-4 {
		f.failed = true
		return 0
	}
	return binary.LittleEndian.Uint32(f.data[at:])
}

func (f *flatBuffer) byteAt(at int) byte {
	if at < 0 || at >= len(f.data) {
		f.failed = true
		return 0
	}
	return f.data[at]
}

// offset follows a reference; references only point forward.
func (f *flatBuffer) offset(at int) int { return at + int(f.word(at)) }

// member gives where a table's member is, 0 where it is left out.
func (f *flatBuffer) member(table, member int) int {
	directory := table - int(int32(f.word(table)))
	entry := directory + 4 + 2*member
	if f.failed || directory < 0 || entry > len(f.data)-2 || directory > len(f.data)-2 {
		f.failed = true
		return 0
	}
	if 4+2*member >= int(binary.LittleEndian.Uint16(f.data[directory:])) {
		return 0
	}
	shift := int(binary.LittleEndian.Uint16(f.data[entry:]))
	if shift == 0 {
		return 0
	}
	return table + shift
}

// fields walks over a vector of fields and their children. seen counts them
// all, so that fields that share their children do not multiply.
func (f *flatBuffer) fields(table, member, depth int, seen *int) {
	at := f.member(table, member)
	if at == 0 || f.failed {
		return
	}
	vector := f.offset(at)
	n := int(f.word(vector))
	if *seen += n; depth > maxNesting || *seen > MaxColumns || n > len(f.data)/4 {
		f.failed = true
	}
	for i := 0; i < n && !f.failed; i++ {
		f.fields(f.offset(vector+4+4*i), fieldChildren, depth+1, seen)
	}
}
