package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/geo/area"
	"reli/tiles"
	"reli/web/access"
	"reli/web/hooks"
)

// Response is the four-level response: levels, tips, and who they are pushed to.
type Response struct {
	Levels *level.Service
	Tips   *tip.Service
	Hooks  *hooks.Sender // nil where no receiver is configured
}

// Pace of the computations.
const (
	// levelGap gathers settled changes into one computation.
	levelGap = 2 * time.Second
	// levelShare keeps the computing of levels to a fifth of the time.
	levelShare = 4
	// levelRetry waits after a failed computation.
	levelRetry = 10 * time.Second
)

// responseOf gives the response of a server; without one in the options its
// levels are the default policy's, and nothing is computed in the background.
func responseOf(opt Options) *Response {
	if opt.Response != nil {
		return opt.Response
	}
	levels := level.New(level.Options{DB: opt.DB, Store: opt.Store, Policy: level.MustDefault(), Now: opt.Now, Logger: opt.Logger})
	return &Response{Levels: levels, Tips: tip.New(tip.Options{DB: opt.DB, Store: opt.Store, Levels: levels, Now: opt.Now, Logger: opt.Logger})}
}

// Refresh computes the levels and issues the tips that they call for.
func (r *Response) Refresh(ctx context.Context) error {
	if _, err := r.Levels.Compute(ctx); err != nil {
		return err
	}
	_, err := r.Tips.Issue(ctx)
	return err
}

// responseLoop keeps levels, tips and pushes up to date in the background.
type responseLoop struct {
	cancel context.CancelFunc
	ended  []chan struct{}
}

// startResponse begins the background work; changed is the channel that is
// closed with the next settled change.
func startResponse(r *Response, changed func() <-chan struct{}, now func() time.Time, logger *slog.Logger) *responseLoop {
	ctx, cancel := context.WithCancel(context.Background())
	l := &responseLoop{cancel: cancel}
	l.run(func() { keepLevels(ctx, r, changed, now, logger) })
	if r.Hooks != nil {
		l.run(func() { r.Hooks.Run(ctx) })
	}
	return l
}

func (l *responseLoop) run(work func()) {
	ended := make(chan struct{})
	l.ended = append(l.ended, ended)
	go func() {
		defer close(ended)
		work()
	}()
}

// stop ends the background work; of no loop there is none.
func (l *responseLoop) stop() {
	if l == nil {
		return
	}
	l.cancel()
	for _, ended := range l.ended {
		<-ended
	}
}

func keepLevels(ctx context.Context, r *Response, changed func() <-chan struct{}, now func() time.Time, logger *slog.Logger) {
	for {
		news, started := changed(), time.Now()
		err := r.Refresh(ctx)
		pause := max(levelGap, levelShare*time.Since(started))
		if err != nil && ctx.Err() == nil {
			logger.ErrorContext(ctx, "levels failed, will be tried again", "error", err)
			pause = levelRetry
		}
		if !sleep(ctx, pause) {
			return
		}
		if err != nil {
			continue
		}
		clock := time.NewTimer(r.Levels.Next().Sub(now()))
		select {
		case <-ctx.Done():
		case <-news:
		case <-clock.C:
		}
		clock.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// responseRoutes are those of levels, tips and supervision.
func (s *Server) responseRoutes(r chi.Router) {
	r.Group(func(r chi.Router) {
		r.Use(s.may(access.ActionView), plainSpeech, middleware.Compress(compressLevel, "application/json", "text/html", "application/atom+xml"))
		r.Get("/levels", s.wrap(s.levels))
		r.Get("/levels/{area}/history", s.wrap(s.levelHistory))
		r.Get("/policy", s.wrap(s.policy))
		r.Get("/tips", s.wrap(s.tips))
		r.Get("/tips/{document}", s.wrap(s.tipDocument))
		r.Get("/supervision", s.wrap(s.supervision))
	})
	r.With(s.may(access.ActionHandle)).Post("/tips/{id}/ack", s.wrap(s.ackTip))
	r.With(s.may(access.ActionOverride)).Put("/levels/{area}/override", s.wrap(s.putOverride))
	r.With(s.may(access.ActionPolicy)).Post("/policy/simulate", s.wrap(s.simulatePolicy))
	r.With(s.may(access.ActionPolicy)).Get("/webhooks", s.wrap(s.webhooks))
	r.With(s.may(access.ActionPolicy)).Post("/webhooks/{receiver}/retry", s.wrap(s.retryWebhook))
}

// outlineOnly reports whether who asks may know levels and who answers, but no
// counts: those whose counts are protected, a display that visitors see, and
// those who may see only some categories or sources, as a level is made of all.
func outlineOnly(r *http.Request) bool {
	scope := scopeOf(r)
	return guarded(r) || len(scope.Categories) > 0 || len(scope.Sources) > 0
}

// guarded reports whether who asks sees protected counts only, or is a display
// that visitors see.
func guarded(r *http.Request) bool {
	return access.From(r.Context()).Role == access.RoleWall || scopeOf(r).Protected
}

// coarseOnly reports whether a place is too fine to be named to who asks.
func coarseOnly(r *http.Request, t area.Level) bool { return guarded(r) && t > area.Township }

// LevelsOf gives the tiles the levels in force.
func LevelsOf(s *level.Service) func() tiles.Levels {
	var classes []tiles.LevelClass
	for _, c := range slices.Backward(level.Classes()) {
		classes = append(classes, tiles.LevelClass{Level: int(c.Level), Numeral: c.Numeral, Zh: c.Zh, En: c.En, Color: c.Color, Ink: c.Ink})
	}
	return func() tiles.Levels {
		board := s.Board()
		return tiles.Levels{Revision: board.Revision, Of: func(code string) int { return int(board.Level(code)) }, Classes: classes}
	}
}
