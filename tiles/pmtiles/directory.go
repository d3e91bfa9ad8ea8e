package pmtiles

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/gzip"
)

// entry is one line of a directory: a run of tiles with the same contents, or,
// with run 0, a leaf directory.
type entry struct {
	id     uint64
	offset uint64 // from the start of the tile data, or of the leaf directories
	length uint32
	run    uint32
}

// maxRoot is how long the compressed root directory may be: header and root
// are within the first 16 KiB, so that readers get both in one request.
const maxRoot = 16<<10 - headerSize

// firstLeaf is the number of entries a leaf directory has if that makes the
// root small enough, else leaves grow.
const firstLeaf = 4096

// appendEntries appends a directory, column by column, as the format has it.
func appendEntries(b []byte, entries []entry) []byte {
	b = binary.AppendUvarint(b, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			b = append(b, 0) // right behind the one before
			continue
		}
		b = binary.AppendUvarint(b, e.offset+1)
	}
	return b
}

// directories returns the compressed root directory and leaf directories.
func directories(entries []entry) (root, leaves []byte, err error) {
	if root, err = compressed(appendEntries(nil, entries)); err != nil || len(root) <= maxRoot {
		return root, nil, err
	}
	for size := firstLeaf; ; size *= 2 {
		var top []entry
		leaves = leaves[:0]
		for from := 0; from < len(entries); from += size {
			leaf, err := compressed(appendEntries(nil, entries[from:min(from+size, len(entries))]))
			if err != nil {
				return nil, nil, err
			}
			top = append(top, entry{id: entries[from].id, offset: uint64(len(leaves)), length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root, err = compressed(appendEntries(nil, top)); err != nil || len(root) <= maxRoot {
			return root, leaves, err
		}
	}
}

// compressed gzips b.
func compressed(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pmtiles: %w", err)
	}
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("pmtiles: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pmtiles: %w", err)
	}
	return out.Bytes(), nil
}
