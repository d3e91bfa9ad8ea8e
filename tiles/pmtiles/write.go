package pmtiles

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"reli/geo"
	"reli/geo/tile"
)

// Level is the gzip level of tile contents. On tiles of 30 to 5,000 hexagons the
// highest level takes ten times as long and saves less than three in a hundred
// bytes.
const Level = 6

// fileMode lets a web server of another user serve the archive.
const fileMode = 0o644

// Tile is one tile of an archive. Data is an uncompressed vector tile.
type Tile struct {
	ID   tile.ID
	Data []byte
}

// Info is what an archive says about itself. Metadata is a JSON object; for
// vector tiles the specification asks for vector_layers in it.
type Info struct {
	Bounds   geo.Bounds // degrees; the map opens at its centre
	Metadata json.RawMessage
}

// Summary counts what was written.
type Summary struct {
	Tiles    uint64 // tiles that can be asked for
	Entries  uint64 // lines in the directories, leaves not counted
	Contents uint64 // different tile contents
	Bytes    uint64 // length of the file
	MinZoom  uint8
	MaxZoom  uint8
}

// ErrOrder is in the error of [Write] for a tile that does not come after the
// one before it.
var ErrOrder = errors.New("tiles are not in the order of their ids")

// Write writes an archive to path, whole or not at all: an older file there is
// replaced only when the new one is complete. Tiles come in the order of
// [TileID], each once; see [Sort]. One without bytes is left out, which readers
// take as a tile with nothing in it. Data is not kept. An error from the tiles,
// or the context's, ends the writing and is returned.
func Write(ctx context.Context, path string, info Info, tiles iter.Seq2[Tile, error]) (Summary, error) {
	if !json.Valid(info.Metadata) || !bytes.HasPrefix(bytes.TrimSpace(info.Metadata), []byte("{")) {
		return Summary{}, errors.New("pmtiles: metadata is not a JSON object")
	}
	// Tile data come first and the directories in front of them last, so the
	// data wait in a file of their own.
	data, err := os.CreateTemp(filepath.Dir(path), ".pmtiles-data-*")
	if err != nil {
		return Summary{}, fmt.Errorf("pmtiles: %w", err)
	}
	defer os.Remove(data.Name())
	defer data.Close()
	a, err := newArchive(data)
	if err != nil {
		return Summary{}, err
	}
	for t, err := range tiles {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Summary{}, err
		}
		if err := a.add(t); err != nil {
			return Summary{}, fmt.Errorf("pmtiles: tile %d/%d/%d: %w", t.ID.Z, t.ID.X, t.ID.Y, err)
		}
	}
	return a.finish(path, info, data)
}

// archive collects the entries of tiles written so far.
type archive struct {
	out        *bufio.Writer
	zip        *gzip.Writer
	buffer     bytes.Buffer
	entries    []entry
	seen       map[[sha256.Size]byte]content
	length     uint64
	summary    Summary
	next       uint64 // the least id that may come
	lastDigest [sha256.Size]byte
}

// content is where a tile's compressed bytes are.
type content struct {
	offset uint64
	length uint32
}

func newArchive(data io.Writer) (*archive, error) {
	zip, err := gzip.NewWriterLevel(nil, Level)
	if err != nil {
		return nil, fmt.Errorf("pmtiles: %w", err)
	}
	return &archive{out: bufio.NewWriterSize(data, 1<<20), zip: zip, seen: map[[sha256.Size]byte]content{}}, nil
}

func (a *archive) add(t Tile) error {
	id := TileID(t.ID)
	if id < a.next {
		return ErrOrder
	}
	if len(t.Data) == 0 {
		a.next = id + 1
		return nil
	}
	if a.summary.Tiles == 0 {
		a.summary.MinZoom = uint8(t.ID.Z)
	}
	a.summary.MaxZoom = uint8(t.ID.Z)
	a.summary.Tiles++
	digest := sha256.Sum256(t.Data)
	if n := len(a.entries); n > 0 && digest == a.lastDigest {
		if last := &a.entries[n-1]; last.id+uint64(last.run) == id {
			last.run++
			a.next = id + 1
			return nil
		}
	}
	c, ok := a.seen[digest]
	if !ok {
		var err error
		if c, err = a.store(t.Data); err != nil {
			return err
		}
		a.seen[digest] = c
	}
	a.entries = append(a.entries, entry{id: id, offset: c.offset, length: c.length, run: 1})
	a.next, a.lastDigest = id+1, digest
	return nil
}

// store compresses data behind what is there.
func (a *archive) store(data []byte) (content, error) {
	a.buffer.Reset()
	a.zip.Reset(&a.buffer)
	if _, err := a.zip.Write(data); err != nil {
		return content{}, err
	}
	if err := a.zip.Close(); err != nil {
		return content{}, err
	}
	c := content{offset: a.length, length: uint32(a.buffer.Len())}
	a.length += uint64(a.buffer.Len())
	_, err := a.out.Write(a.buffer.Bytes())
	return c, err
}

// finish puts header, directories, metadata and tile data into the file.
func (a *archive) finish(path string, info Info, data io.ReadSeeker) (Summary, error) {
	a.summary.Entries, a.summary.Contents = uint64(len(a.entries)), uint64(len(a.seen))
	front, err := a.front(info)
	if err != nil {
		return Summary{}, err
	}
	if err := a.out.Flush(); err != nil {
		return Summary{}, fmt.Errorf("pmtiles: %w", err)
	}
	if _, err := data.Seek(0, io.SeekStart); err != nil {
		return Summary{}, fmt.Errorf("pmtiles: %w", err)
	}
	a.summary.Bytes = uint64(len(front)) + a.length
	if err := replace(path, io.MultiReader(bytes.NewReader(front), data)); err != nil {
		return Summary{}, fmt.Errorf("pmtiles: %w", err)
	}
	return a.summary, nil
}

// front returns everything before the tile data.
func (a *archive) front(info Info) ([]byte, error) {
	root, leaves, err := directories(a.entries)
	if err != nil {
		return nil, err
	}
	metadata, err := compressed(info.Metadata)
	if err != nil {
		return nil, err
	}
	h := header{summary: a.summary, info: info}
	h.root = section{offset: headerSize, length: uint64(len(root))}
	h.metadata = section{offset: h.root.offset + h.root.length, length: uint64(len(metadata))}
	h.leaves = section{offset: h.metadata.offset + h.metadata.length, length: uint64(len(leaves))}
	h.tiles = section{offset: h.leaves.offset + h.leaves.length, length: a.length}
	return bytes.Join([][]byte{h.encode(), root, metadata, leaves}, nil), nil
}

// replace writes a file beside path, brings it to disk and moves it there.
func replace(path string, from io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".pmtiles-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing once it is moved
	defer f.Close()
	if _, err := io.Copy(f, from); err != nil {
		return err
	}
	if err := f.Chmod(fileMode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
