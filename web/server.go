package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"reli/analytics/cube"
	"reli/analytics/outlook"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/tiles"
)

// Limits of a request.
const (
	// maxQuery bounds the query string: a Selection with every code of every
	// dictionary is shorter.
	maxQuery = 16 << 10
	// MaxHeader bounds the header. It is large so that an overlong query
	// string is answered with a problem and not cut off by the HTTP library.
	MaxHeader = 4 << 20
	// MaxBody bounds an upload.
	MaxBody = 4 << 30
	// compressLevel of JSON and pages; tiles are compressed by package tiles.
	compressLevel = 5
	// bodyIdle ends an upload that brings nothing for so long: one upload at a
	// time is taken in, and a stuck one would hold up all others.
	bodyIdle = 30 * time.Second
)

// Options of a Server.
type Options struct {
	DB     *clickhouse.DB
	Store  *cube.Store
	Tiles  *tiles.Server
	Ingest *ingest.Ingester
	// Outlook computes forecasts, warnings and hot spots.
	Outlook *outlook.Service
	// LoadAreas makes areas the division tree.
	LoadAreas func(context.Context, []schemas.Area) error
	BaseMap   BaseMap
	Pages     fs.FS // the built front end
	Logger    *slog.Logger
	Now       func() time.Time
	Version   string
}

// Server answers HTTP.
type Server struct {
	opt      Options
	settle   *settleLoop
	warm     *warmLoop
	bodyIdle time.Duration
}

// New makes a Server. Close it to stop its background work.
func New(opt Options) *Server {
	s := &Server{opt: opt, bodyIdle: bodyIdle}
	s.settle = startSettling(opt.Store, opt.Logger)
	s.warm = startWarming(opt.Store, opt.Tiles, opt.Logger)
	return s
}

// Close ends the background work and waits for it.
func (s *Server) Close() {
	s.settle.stop()
	s.warm.stop()
}

// handler is a handler that may fail; the error becomes problem JSON in one
// place.
type handler func(w http.ResponseWriter, r *http.Request) error

// Handler gives the routes.
func (s *Server) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.requestID, s.accessLog, s.recoverPanics, securityHeaders, s.limitQuery, middleware.GetHead)
	r.NotFound(s.wrap(func(http.ResponseWriter, *http.Request) error { return notFound("no such page") }))
	r.MethodNotAllowed(s.wrap(methodNotAllowed))
	r.Get("/healthz", s.wrap(s.health))
	r.Get("/readyz", s.wrap(s.ready))
	r.Get("/openapi.yaml", s.wrap(s.openAPI))
	r.Route("/v1", s.routes)
	r.Group(func(r chi.Router) {
		r.Use(plainSpeech, middleware.Compress(compressLevel))
		r.Get("/*", s.wrap(s.pages))
	})
	return r
}

func (s *Server) routes(r chi.Router) {
	r.Get("/tiles/{layers}/{z}/{x}/{tile}", s.wrap(s.tile))
	r.Get("/basemap/{layer}/{z}/{x}/{y}", s.wrap(s.baseMapTile))
	r.Get("/events", s.wrap(s.events))
	r.Post("/incidents", s.wrap(s.postIncidents))
	r.Post("/transitions", s.wrap(s.postTransitions))
	r.Post("/areas", s.wrap(s.postAreas))
	r.Group(func(r chi.Router) {
		r.Use(plainSpeech, middleware.Compress(compressLevel, "application/json"))
		r.Get("/tiles/{document}", s.wrap(s.tileJSON))
		r.Get("/styles/{document}", s.wrap(s.style))
		r.Get("/legend", s.wrap(s.legend))
		r.Get("/playback/{layer}", s.wrap(s.playback))
		r.Get("/areas", s.wrap(s.areas))
		r.Get("/areas/{code}", s.wrap(s.area))
		r.Get("/basemap", s.wrap(s.baseMap))
		r.Get("/dictionaries", s.wrap(s.dictionaries))
		r.Get("/series", s.wrap(s.series))
		r.Get("/breakdown", s.wrap(s.breakdown))
		r.Get("/freshness", s.wrap(s.freshness))
		r.Get("/forecast", s.wrap(s.forecast))
		r.Get("/backtest", s.wrap(s.backtest))
		r.Get("/warnings", s.wrap(s.warnings))
		r.Get("/hotspots", s.wrap(s.hotspots))
	})
}

// Drain ends the streams that would otherwise last for ever, so that the
// server can stop.
func (s *Server) Drain() { s.settle.drain() }
