package tiles

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/geo/tile"
)

// Options of a Server.
type Options struct {
	Store *cube.Store
	// Guard answers those who see protected counts only; nil where there are
	// none.
	Guard *disclose.Guard
	// CacheBytes bounds the finished tiles that are kept.
	CacheBytes int64
	// Levels gives the levels of now for cube.MeasureLevel; nil for none.
	Levels func() Levels
}

// Server makes tiles, legends and what else a map needs, and keeps them. Safe
// for concurrent use.
type Server struct {
	store *cube.Store
	guard *disclose.Guard
	hexes hexLayers
	told  hexLayers // the cells of protected answers
	areas areaLayers
	tiles *cache[Answer]
	kept  atomic.Uint64 // data version whose tiles are kept

	levels func() Levels

	canvases    canvases
	compressors compressors
}

// NewServer makes a Server.
func NewServer(opt Options) *Server {
	if opt.Levels == nil {
		opt.Levels = func() Levels { return Levels{Of: func(string) int { return 0 }} }
	}
	return &Server{store: opt.Store, guard: opt.Guard, tiles: newCache(opt.CacheBytes, Answer.bytes), levels: opt.Levels}
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

	levels *Levels // of the moment, for cube.MeasureLevel
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
// One of levels depends on their revision too, which Tile alone knows.
func (r Request) Key(version uint64) string {
	names := make([]string, len(r.Layers))
	for i, l := range r.Layers {
		names[i] = string(l)
	}
	parts := []string{strconv.FormatUint(version, 10), strings.Join(names, ","), r.Tile.String(), r.Selection.Canonical(), string(r.Encoding)}
	if r.levels != nil {
		parts = append(parts, strconv.FormatUint(r.levels.Revision, 10))
	}
	return strings.Join(parts, ";")
}

// Tile gives a tile of the newest data version; hit says that it was in the
// cache. The tile is of one version throughout.
func (s *Server) Tile(ctx context.Context, r Request) (answer Answer, hit bool, err error) {
	snap := s.store.Current()
	s.keep(snap.Version)
	r = s.withLevels(r)
	return s.tiles.get(ctx, r.Key(snap.Version), func(ctx context.Context) (Answer, error) {
		return s.makeTile(ctx, snap, r)
	})
}

// keep lets go of the tiles of versions before one: nobody asks for them again.
func (s *Server) keep(version uint64) {
	before := s.kept.Load()
	if version <= before || !s.kept.CompareAndSwap(before, version) {
		return
	}
	prefix := strconv.FormatUint(version, 10) + ";"
	s.tiles.keepOnly(func(key string) bool { return strings.HasPrefix(key, prefix) })
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
