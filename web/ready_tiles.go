package web

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
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
	object       string // what it shows, for the audit trail
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

// remembered answers requests for tiles that are there and whose addresses are
// known, and leaves all others to the router. Most of what a map asks for is
// answered here, at about the cost of writing the bytes; the router's way to
// the same answer costs as much again.
func (s *Server) remembered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.answerReady(w, r) {
			next.ServeHTTP(w, r)
		}
	})
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
	if !ok || s.toWait(c, p) > 0 {
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

// writeTile writes a tile but for what all answers have. The values of its
// headers are made in one piece: this is the path that a map of a hundred tiles
// takes.
func (s *Server) writeTile(w http.ResponseWriter, r *http.Request, answer tiles.Answer, ready readyTile, hit bool, started time.Time) (a answered) {
	values := make([]string, 0, 7)
	h := w.Header()
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("Etag", answer.ETag)
	if age, stale := s.stale(); stale {
		set("Cache-Control", staleControl)
		set(staleHeader, age)
	} else {
		set("Cache-Control", ready.cacheControl)
	}
	set("X-Data-Version", strconv.FormatUint(answer.DataVersion, 10))
	set("Server-Timing", serverTiming(answer, hit, s.opt.Now().Sub(started)))
	if matches(r.Header.Get("If-None-Match"), answer.ETag) {
		a.status = http.StatusNotModified
		w.WriteHeader(a.status)
		return a
	}
	if len(answer.Body) == 0 {
		a.status = http.StatusNoContent
		w.WriteHeader(a.status)
		return a
	}
	a.status = http.StatusOK
	h["Content-Type"] = s.standing.tile
	if ready.encoding != tiles.EncodingNone {
		set("Content-Encoding", string(ready.encoding))
	}
	set("Content-Length", strconv.Itoa(len(answer.Body)))
	if r.Method != http.MethodHead {
		a.bytes, _ = w.Write(answer.Body) // a client that left is seen by itself
	}
	return a
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
