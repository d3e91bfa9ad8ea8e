package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/tiles"
	"reli/web/access"
)

// mostReady bounds the addresses that are remembered: some thousand tiles are
// what a building full of walls asks for. Each takes about half a kilobyte.
const mostReady = 8192

// readyTiles remembers which finished tile an address means, so that the
// address of a tile that is there is not read again. It holds no tile.
//
// What an address means hangs on who asks and on the data version and the day:
// two principals share an answer only if their roles and scopes are the same.
type readyTiles struct {
	mu      sync.RWMutex
	version uint64
	today   cube.Day
	known   map[readyKey]readyTile
}

// readyKey is all of a request that its answer depends on.
type readyKey struct {
	path, query, accept string
	role                access.Role
	scope               string
}

// readyTile is how an address is answered.
type readyTile struct {
	key          string // of the tile, in tiles.Server
	encoding     tiles.Encoding
	cacheControl string
}

// readyKeyOf gives the key of a request that may be remembered.
func readyKeyOf(r *http.Request) (readyKey, bool) {
	p := access.From(r.Context())
	return readyKey{path: r.URL.Path, query: r.URL.RawQuery, accept: r.Header.Get("Accept-Encoding"), role: p.Role, scope: p.Scope.Canonical()},
		r.Method == http.MethodGet && r.URL.RawPath == "" && p.Role != ""
}

func (t *readyTiles) get(k readyKey, version uint64, today cube.Day) (readyTile, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.version != version || t.today != today {
		return readyTile{}, false
	}
	ready, ok := t.known[k]
	return ready, ok
}

// put remembers an address of a version and a day; those of others are
// forgotten, and so is everything where it is too much.
func (t *readyTiles) put(k readyKey, version uint64, today cube.Day, ready readyTile) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.version != version || t.today != today || len(t.known) >= mostReady || t.known == nil {
		t.known = map[readyKey]readyTile{}
	}
	t.version, t.today = version, today
	t.known[k] = ready
}

// readyTile answers a request whose tile is there and whose address is known;
// otherwise it does nothing and reports false.
func (s *Server) readyTile(w http.ResponseWriter, r *http.Request, started time.Time) bool {
	k, ok := readyKeyOf(r)
	if !ok {
		return false
	}
	ready, ok := s.readyTiles.get(k, s.opt.Store.Current().Version, s.opt.Store.Today())
	if !ok {
		return false
	}
	answer, ok := s.opt.Tiles.Kept(ready.key)
	if !ok {
		return false
	}
	s.writeTile(w, r, answer, ready, true, started)
	return true
}

// writeTile writes a tile. The values that all of a header's names share are
// made in one piece: this is the path that a map of a hundred tiles takes.
func (s *Server) writeTile(w http.ResponseWriter, r *http.Request, answer tiles.Answer, ready readyTile, hit bool, started time.Time) {
	values := make([]string, 0, 6)
	h := w.Header()
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	h.Add("Vary", "Accept-Encoding")
	set("Etag", answer.ETag)
	set("Cache-Control", ready.cacheControl)
	set("X-Data-Version", strconv.FormatUint(answer.DataVersion, 10))
	set("Server-Timing", serverTiming(answer, hit, s.opt.Now().Sub(started)))
	if matches(r.Header.Get("If-None-Match"), answer.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if len(answer.Body) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h["Content-Type"] = s.tileType
	if ready.encoding != tiles.EncodingNone {
		set("Content-Encoding", string(ready.encoding))
	}
	set("Content-Length", strconv.Itoa(len(answer.Body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(answer.Body) // a client that left is seen by itself
	}
}

// serverTiming says how long a tile took and who counted it.
func serverTiming(answer tiles.Answer, hit bool, took time.Duration) string {
	text := make([]byte, 0, 48)
	text = append(text, "tile;dur="...)
	text = strconv.AppendFloat(text, float64(took.Microseconds())/1000, 'f', 2, 64)
	text = append(text, `;desc="`...)
	text = append(text, answer.Executor...)
	if hit {
		text = append(text, ", cached"...)
	}
	return string(append(text, '"'))
}
