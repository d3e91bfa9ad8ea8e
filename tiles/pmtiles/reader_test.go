package pmtiles_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/tile"
	"reli/tiles/pmtiles"
)

// reader reads an archive by the letter of the specification.
type reader struct {
	t    require.TestingT
	file []byte
}

type line struct {
	id, run, length, offset uint64
}

func open(t *testing.T, path string) reader {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "PMTiles\x03", string(file[:8]))
	return reader{t: t, file: file}
}

// number is the eight-byte number at a place of the header.
func (r reader) number(at int) uint64 { return binary.LittleEndian.Uint64(r.file[at:]) }

// degrees is the coordinate at a place of the header.
func (r reader) degrees(at int) float64 {
	return float64(int32(binary.LittleEndian.Uint32(r.file[at:]))) / 1e7
}

func (r reader) part(offset, length uint64) []byte {
	require.LessOrEqual(r.t, offset+length, uint64(len(r.file)))
	z, err := gzip.NewReader(bytes.NewReader(r.file[offset : offset+length]))
	require.NoError(r.t, err)
	out, err := io.ReadAll(z)
	require.NoError(r.t, err)
	return out
}

func (r reader) directory(offset, length uint64) []line {
	b := bytes.NewReader(r.part(offset, length))
	next := func() uint64 {
		v, err := binary.ReadUvarint(b)
		require.NoError(r.t, err)
		return v
	}
	lines := make([]line, next())
	last := uint64(0)
	for i := range lines {
		last += next()
		lines[i].id = last
	}
	for i := range lines {
		lines[i].run = next()
	}
	for i := range lines {
		lines[i].length = next()
		require.Positive(r.t, lines[i].length)
	}
	for i := range lines {
		if v := next(); v > 0 {
			lines[i].offset = v - 1
		} else {
			require.Positive(r.t, i)
			lines[i].offset = lines[i-1].offset + lines[i-1].length
		}
	}
	require.Zero(r.t, b.Len())
	return lines
}

func (r reader) root() []line { return r.directory(r.number(8), r.number(16)) }

// lines returns all entries for tiles, from the leaves too.
func (r reader) lines() []line {
	var all []line
	for _, l := range r.root() {
		if l.run > 0 {
			all = append(all, l)
			continue
		}
		all = append(all, r.directory(r.number(40)+l.offset, l.length)...)
	}
	return all
}

// get returns a tile's contents by the archive's lines, nil where it has none.
func (r reader) get(lines []line, id tile.ID) []byte {
	want := pmtiles.TileID(id)
	for _, l := range lines {
		if l.id <= want && want < l.id+l.run {
			return r.part(r.number(56)+l.offset, l.length)
		}
	}
	return nil
}
