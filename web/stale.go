package web

import (
	"net/http"
	"strconv"
	"time"

	"reli/schemas"
)

// While the store is away, what memory has goes on being answered: maps, series
// and figures of the newest settled state. Each such answer says so, and that
// it is to be asked for again.
const (
	// staleHeader tells since how many seconds the store does not answer.
	staleHeader  = "Reli-Stale"
	staleControl = "private, no-cache"
)

// stale says that the store is away, and since how many seconds.
func (s *Server) stale() (age string, ok bool) {
	since, away := s.opt.DB.Away()
	if !away {
		return "", false
	}
	return strconv.FormatInt(max(0, int64(s.opt.Now().Sub(since).Seconds())), 10), true
}

// markStale marks an answer of memory.
func (s *Server) markStale(h http.Header) {
	if age, ok := s.stale(); ok {
		h.Set(staleHeader, age)
	}
}

// patienceWithStore is how long uploads are still begun after the store went
// away: a restart of the engine is waited for while rows are read.
const patienceWithStore = 5 * time.Second

// taking refuses uploads while the store is away for long: nothing of them could
// be kept, and their senders learn it before they have sent everything.
func (s *Server) taking() error {
	if since, away := s.opt.DB.Away(); away && s.opt.Now().Sub(since) > patienceWithStore {
		return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable, Detail: "the store does not answer; send again later"}
	}
	return nil
}
