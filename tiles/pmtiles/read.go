package pmtiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"

	"reli/geo/tile"
)

// Content types of the tiles of an archive, by the number in its header.
var contentTypes = map[byte]string{tileTypeMVT: "application/vnd.mapbox-vector-tile", 2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif"}

const (
	compressionNone = 1
	// maxDirectory bounds a directory, uncompressed: a leaf of the usual size
	// has some thousand lines of ten bytes.
	maxDirectory = 16 << 20
	// maxContent bounds a tile.
	maxContent = 4 << 20
	// maxDepth is how deep leaf directories may lie in each other; the
	// specification asks for no more.
	maxDepth = 3
	// leavesKept is the number of leaf directories kept in memory: a screen of
	// tiles is in one or two.
	leavesKept = 64
)

// ErrFormat is in the error of [Open] and [Archive.Tile] for what is no whole
// PMTiles archive of version 3.
var ErrFormat = errors.New("no whole PMTiles archive of version 3")

// Archive reads an archive that somebody else may have made. It is safe for
// concurrent use.
type Archive struct {
	file                io.ReaderAt
	leaves, tiles       section
	inside, compression byte // of directories and of tiles
	contentType         string
	root                []entry

	mu   sync.Mutex
	kept map[section][]entry
}

// Open reads the header and the root directory of an archive of size bytes.
func Open(file io.ReaderAt, size int64) (*Archive, error) {
	var head [headerSize]byte
	if _, err := file.ReadAt(head[:], 0); err != nil {
		return nil, wrong(err)
	}
	kind, known := contentTypes[head[99]]
	if string(head[:8]) != "PMTiles\x03" || !known {
		return nil, ErrFormat
	}
	at := func(i int) section {
		return section{binary.LittleEndian.Uint64(head[i:]), binary.LittleEndian.Uint64(head[i+8:])}
	}
	root, leaves, tiles := at(8), at(40), at(56)
	for _, s := range []section{root, leaves, tiles} {
		if s.offset > uint64(size) || s.length > uint64(size)-s.offset {
			return nil, ErrFormat
		}
	}
	a := &Archive{file: file, leaves: leaves, tiles: tiles, inside: head[97], compression: head[98], contentType: kind, kept: map[section][]entry{}}
	var err error
	a.root, err = a.directory(root)
	return a, err
}

// ContentType is that of all tiles.
func (a *Archive) ContentType() string { return a.contentType }

// Tile gives the contents of a tile, uncompressed; ok is false where the
// archive has none.
func (a *Archive) Tile(id tile.ID) (body []byte, ok bool, err error) {
	want, lines := TileID(id), a.root
	for range maxDepth {
		i, exact := slices.BinarySearchFunc(lines, want, func(e entry, id uint64) int {
			switch {
			case e.id < id:
				return -1
			case e.id > id:
				return 1
			}
			return 0
		})
		if !exact {
			i--
		}
		switch {
		case i < 0:
			return nil, false, nil
		case lines[i].run > 0 && want-lines[i].id >= uint64(lines[i].run):
			return nil, false, nil
		case lines[i].run > 0:
			body, err = a.read(a.tiles, lines[i], a.compression, maxContent)
			return body, err == nil, err
		}
		if lines, err = a.leaf(lines[i]); err != nil {
			return nil, false, err
		}
	}
	return nil, false, ErrFormat
}

func (a *Archive) leaf(e entry) ([]entry, error) {
	s := section{e.offset, uint64(e.length)}
	a.mu.Lock()
	lines, ok := a.kept[s]
	a.mu.Unlock()
	if ok {
		return lines, nil
	}
	if s.offset > a.leaves.length || s.length > a.leaves.length-s.offset {
		return nil, ErrFormat
	}
	lines, err := a.directory(section{a.leaves.offset + s.offset, s.length})
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.kept) >= leavesKept {
		clear(a.kept)
	}
	a.kept[s] = lines
	return lines, nil
}

// directory reads the lines of a directory.
func (a *Archive) directory(s section) ([]entry, error) {
	if s.length > maxDirectory {
		return nil, ErrFormat
	}
	b, err := a.read(section{s.offset, s.length}, entry{length: uint32(s.length)}, a.inside, maxDirectory)
	if err != nil {
		return nil, err
	}
	return parseEntries(b)
}

// read reads and opens a part of a section.
func (a *Archive) read(in section, e entry, compression byte, most int) ([]byte, error) {
	if uint64(e.length) > in.length || e.offset > in.length-uint64(e.length) || int(e.length) > most {
		return nil, ErrFormat
	}
	b := make([]byte, e.length)
	if _, err := a.file.ReadAt(b, int64(in.offset+e.offset)); err != nil {
		return nil, wrong(err)
	}
	switch compression {
	case compressionNone:
		return b, nil
	case compressionGzip:
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, ErrFormat
		}
		b, err = io.ReadAll(io.LimitReader(z, int64(most)+1))
		if err != nil || len(b) > most {
			return nil, ErrFormat
		}
		return b, nil
	}
	return nil, fmt.Errorf("%w: compression %d is not supported", ErrFormat, compression)
}

// parseEntries is the inverse of appendEntries.
func parseEntries(b []byte) ([]entry, error) {
	sound := true
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			sound = false
			return 0
		}
		b = b[n:]
		return v
	}
	n := next()
	if n > uint64(len(b)) { // each line takes four bytes at least
		return nil, ErrFormat
	}
	lines := make([]entry, n)
	last := uint64(0)
	for i := range lines {
		step := next()
		sound = sound && (i == 0 || step > 0) && last+step >= last
		last += step
		lines[i].id = last
	}
	narrow := func() uint32 {
		v := next()
		sound = sound && v <= 1<<32-1
		return uint32(v)
	}
	for i := range lines {
		lines[i].run = narrow()
	}
	for i := range lines {
		lines[i].length = narrow()
		sound = sound && lines[i].length > 0
	}
	for i := range lines {
		switch v := next(); {
		case v > 0:
			lines[i].offset = v - 1
		case i > 0:
			lines[i].offset = lines[i-1].offset + uint64(lines[i-1].length)
		default:
			sound = false
		}
	}
	if !sound || len(b) > 0 {
		return nil, ErrFormat
	}
	return lines, nil
}

// wrong tells a file that ends too early from one that cannot be read.
func wrong(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrFormat
	}
	return fmt.Errorf("pmtiles: %w", err)
}
