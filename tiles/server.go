package tiles

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"reli/analytics/cube"
	"reli/geo/tile"
)

// Options of a Server.
type Options struct {
	Store *cube.Store
	// CacheBytes bounds the finished tiles that are kept.
	CacheBytes int64
}

// Server makes tiles, legends and what else a map needs, and keeps them. Safe
// for concurrent use.
type Server struct {
	store *cube.Store
	hexes hexLayers
	areas areaLayers
	tiles *cache[Answer]

	canvases    canvases
	compressors compressors
}

// NewServer makes a Server.
func NewServer(opt Options) *Server {
	return &Server{store: opt.Store, tiles: newCache(opt.CacheBytes, Answer.bytes)}
}

// Encoding is how the bytes of an answer are compressed.
type Encoding string

// Encodings, best first for a tile's size.
const (
	EncodingBrotli Encoding = "br"
	EncodingZstd   Encoding = "zstd"
	EncodingGzip   Encoding = "gzip"
	EncodingNone   Encoding = ""
)

// Request asks for one tile.
type Request struct {
	Layers    []Layer
	Tile      tile.ID
	Selection cube.Selection
	Encoding  Encoding
}

// Answer is a finished tile. An empty Body means that nothing is there.
type Answer struct {
	Body        []byte
	ETag        string // strong: equal bytes have equal tags
	DataVersion uint64
	Executor    cube.Executor
	Features    int
}

func (a Answer) bytes() int64 { return int64(len(a.Body) + len(a.ETag)) }

// Key names an answer of a data version: everything that its bytes depend on.
func (r Request) Key(version uint64) string {
	names := make([]string, len(r.Layers))
	for i, l := range r.Layers {
		names[i] = string(l)
	}
	return strings.Join([]string{strconv.FormatUint(version, 10), strings.Join(names, ","), r.Tile.String(),
		r.Selection.Canonical(), string(r.Encoding)}, ";")
}

// Tile gives a tile of the newest data version; hit says that it was in the
// cache. The tile is of one version throughout.
func (s *Server) Tile(ctx context.Context, r Request) (answer Answer, hit bool, err error) {
	snap := s.store.Current()
	return s.tiles.get(ctx, r.Key(snap.Version), func(ctx context.Context) (Answer, error) {
		return s.makeTile(ctx, snap, r)
	})
}

// Kept gives the finished tile of a key, if it is there.
func (s *Server) Kept(key string) (Answer, bool) { return s.tiles.peek(key) }

func (s *Server) makeTile(ctx context.Context, snap *cube.Snapshot, r Request) (Answer, error) {
	if r.Encoding != EncodingNone {
		// The plain tile is kept too: another client's encoding is then only
		// another compression.
		plain := r
		plain.Encoding = EncodingNone
		a, _, err := s.tiles.get(ctx, plain.Key(snap.Version), func(ctx context.Context) (Answer, error) {
			return s.makeTile(ctx, snap, plain)
		})
		if err != nil || len(a.Body) == 0 {
			return a, err
		}
		a.Body = s.compressors.compress(a.Body, r.Encoding)
		a.ETag = ETag(a.Body)
		return a, nil
	}
	body, features, executor, err := s.draw(ctx, snap, r)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Body: body, ETag: ETag(body), DataVersion: snap.Version, Executor: executor, Features: features}, nil
}

// ETag gives the strong tag of some bytes: equal bytes have equal tags.
func ETag(body []byte) string { return fmt.Sprintf(`"%016x-%x"`, xxhash.Sum64(body), len(body)) }

// Usage gives the number of kept tiles and their bytes.
func (s *Server) Usage() (entries int, bytes int64) { return s.tiles.usage() }
