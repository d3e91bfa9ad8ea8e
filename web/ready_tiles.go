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
	key                            string
	etag, lifetime, coding, length []string // coding is nil for plain bytes
	from                           string   // the part of Server-Timing about what it was made from
	object                         string   // what it shows, for the audit trail
}

func readyTileOf(key string, answer tiles.Answer, coding tiles.Encoding, cacheControl string) readyTile {
	t := readyTile{key: key, etag: []string{answer.ETag}, lifetime: []string{cacheControl}, length: []string{strconv.Itoa(len(answer.Body))},
		from: `, data;desc="` + strconv.FormatUint(answer.DataVersion, 10) + `"`}
	if coding != tiles.EncodingNone {
		t.coding = []string{string(coding)}
	}
	return t
}

// readyKeyOf gives the key of a request that may be remembered.
func readyKeyOf(r *http.Request, p access.Principal) (readyKey, bool) {
	accept := ""
	if values := r.Header["Accept-Encoding"]; len(values) > 0 {
		accept = values[0]
	}
	return readyKey{path: r.URL.Path, query: r.URL.RawQuery, accept: accept, role: p.Role, scope: p.Scope.Canonical()},
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
// tiles is in the key: only an answer that was given is remembered. An entry of
// the audit trail that has to be written is written on the router's way.
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
	if !ok || answer.ETag != ready.etag[0] || !s.knownShown(p, ready.object) || s.toWait(c, p) > 0 {
		return false
	}
	h := w.Header()
	h["Vary"], h["X-Content-Type-Options"] = s.standing.vary, s.standing.noSniff
	if c.secure {
		h.Set("Strict-Transport-Security", hstsAge)
	}
	// The metrics count these; a line for each would cost more than the answer,
	// and without a line there is nothing that an id would lead to.
	id, logged := "", s.opt.Logger.Enabled(r.Context(), slog.LevelDebug)
	if logged {
		id = newRequestID()
		h.Set("X-Request-Id", id)
	}
	a := s.writeTile(w, r, answer, ready, true, started)
	a.took = s.opt.Now().Sub(started)
	s.metrics.countTile(a.status, a.took)
	if logged {
		s.logRequest(slog.LevelDebug, r, id, a, c, p.ID)
	}
	return true
}

// writeTile writes a tile but for what all answers have. A remembered tile has
// eight headers, Date besides: a map of eight needs no table, and net/http makes
// two of each answer's.
func (s *Server) writeTile(w http.ResponseWriter, r *http.Request, answer tiles.Answer, ready readyTile, hit bool, started time.Time) answered {
	h := w.Header()
	h["Etag"], h["Cache-Control"] = ready.etag, ready.lifetime
	if age, stale := s.stale(); stale {
		h.Set("Cache-Control", staleControl)
		h.Set(staleHeader, age)
	}
	h["Server-Timing"] = []string{serverTiming(answer.Executor, ready.from, hit, s.opt.Now().Sub(started))}
	if known := r.Header["If-None-Match"]; len(known) > 0 && matches(known[0], answer.ETag) {
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

// serverTiming says how many milliseconds a tile took, who counted it and of
// which data version it is.
func serverTiming(executor cube.Executor, from string, hit bool, took time.Duration) string {
	text := make([]byte, 0, 96)
	hundredths := max(0, took.Microseconds()/10)
	text = append(text, "tile;dur="...)
	text = strconv.AppendInt(text, hundredths/100, 10)
	text = append(text, '.', byte('0'+hundredths/10%10), byte('0'+hundredths%10))
	text = append(text, `;desc="`...)
	text = append(text, executor...)
	if hit {
		text = append(text, ", cached"...)
	}
	text = append(text, '"')
	return string(append(text, from...))
}
