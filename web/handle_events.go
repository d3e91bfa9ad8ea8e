package web

import (
	"fmt"
	"net/http"
	"time"
)

// heartbeat keeps an idle event stream from being cut by what lies between.
const heartbeat = 20 * time.Second

// events sends the data version now and whenever it changes, as server-sent
// events.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	out := http.NewResponseController(w)
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	news := s.followLevels()
	for {
		changed, revoked := s.opt.Store.Changed(), s.accessChanged()
		levels, tips := s.response.Levels.Changed(), s.response.Tips.Changed()
		awayChanged := s.opt.DB.AwayChanged()
		if !s.still(r) {
			return nil // signed out, or another now: he asks again
		}
		version := s.opt.Store.Current().Version
		_, stale := s.stale()
		if _, err := fmt.Fprintf(w, "id: %d\nevent: data_version\ndata: {\"data_version\":%d,\"stale\":%t}\n\n%s", version, version, stale, news.events(r)); err != nil {
			return clientGone(err)
		}
		if err := out.Flush(); err != nil {
			return clientGone(err)
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.settle.done:
			return nil
		case <-changed:
		case <-awayChanged:
		case <-levels:
		case <-tips:
		case <-revoked:
		case <-tick.C:
		}
	}
}
