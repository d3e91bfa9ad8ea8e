package web

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

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

// readyTile is how an address is answered: the key of the tile in tiles.Server,
// and the headers that are the tile's own, ready to be handed over.
type readyTile struct {
	key                                     string
	etag, version, lifetime, coding, length []string // coding is nil for plain bytes
	object                                  string   // what it shows, for the audit trail
}

func readyTileOf(key string, answer tiles.Answer, coding tiles.Encoding, cacheControl string) readyTile {
	t := readyTile{key: key, etag: []string{answer.ETag}, version: []string{strconv.FormatUint(answer.DataVersion, 10)},
		lifetime: []string{cacheControl}, length: []string{strconv.Itoa(len(answer.Body))}}
	if coding != tiles.EncodingNone {
		t.coding = []string{string(coding)}
	}
	return t
}

// readyKeyOf gives the key of a request that may be remembered.
func readyKeyOf(r *http.Request, p access.Principal) (readyKey, bool) {
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

// tileRoute is the route of a tile in the metrics.
const tileRoute = tilesPath + "{layers}/{z}/{x}/{tile}"

const tilesPath = "/v1/tiles/"

// front answers requests for tiles that are there and whose addresses are
// known, and leaves all others to the router. Most of what a map asks for is
// answered here, at about the cost of writing the bytes; the router's way to
// the same answer costs as much again.
type front struct {
	*chi.Mux
	server *Server
}

// ServeHTTP answers a request.
func (f front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.server.answerReady(w, r) {
		f.Mux.ServeHTTP(w, r)
	}
}

// answerReady asks of a request all that the router's way asks, by the same
// functions, and does nothing where any of it says no. That the role may see
// tiles is in the key: only an answer that was given is remembered.
func (s *Server) answerReady(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, tilesPath) || (len(s.opt.Origins) > 0 && r.Header["Origin"] != nil) {
		return false
	}
	started, c := s.opt.Now(), s.clientFrom(r)
	p := s.identified(r, c)
	k, ok := readyKeyOf(r, p)
	if !ok || s.foreignName(r, c) {
		return false
	}
	ready, ok := s.readyTiles.get(k, s.opt.Store.Current().Version, s.opt.Store.Today())
	if !ok {
		return false
	}
	answer, ok := s.opt.Tiles.Kept(ready.key)
	if !ok || answer.ETag != ready.etag[0] || s.toWait(c, p) > 0 {
		return false
	}
	id, h := newRequestID(), w.Header()
	if s.shownReady(r, id, c, p, ready.object) != nil {
		return false // the router's way says what is wrong
	}
	h["X-Request-Id"], h["Vary"] = []string{id}, s.standing.vary
	s.standing.secure(h)
	if c.secure {
		h.Set("Strict-Transport-Security", hstsAge)
	}
	a := s.writeTile(w, r, answer, ready, true, started)
	a.took = s.opt.Now().Sub(started)
	s.metrics.count(tileRoute, r.Method, a.status, a.took)
	// The metrics count these; a line for each would cost more than the answer.
	s.logRequest(slog.LevelDebug, r, id, a, c, p.ID)
	return true
}

// writeTile writes a tile but for what all answers have.
func (s *Server) writeTile(w http.ResponseWriter, r *http.Request, answer tiles.Answer, ready readyTile, hit bool, started time.Time) answered {
	h := w.Header()
	h["Etag"], h["X-Data-Version"], h["Cache-Control"] = ready.etag, ready.version, ready.lifetime
	if age, stale := s.stale(); stale {
		h.Set("Cache-Control", staleControl)
		h.Set(staleHeader, age)
	}
	h["Server-Timing"] = []string{serverTiming(answer, hit, s.opt.Now().Sub(started))}
	if matches(r.Header.Get("If-None-Match"), answer.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return answered{status: http.StatusNotModified}
	}
	if len(answer.Body) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return answered{status: http.StatusNoContent}
	}
	h["Content-Type"], h["Content-Length"] = s.standing.tile, ready.length
	if ready.coding != nil {
		h["Content-Encoding"] = ready.coding
	}
	n := 0
	if r.Method != http.MethodHead {
		n, _ = w.Write(answer.Body) // a client that left is seen by itself
	}
	return answered{status: http.StatusOK, bytes: n}
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
