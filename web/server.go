package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"reli/analytics/areaset"
	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/analytics/matter"
	"reli/analytics/outlook"
	dataquality "reli/analytics/quality"
	"reli/analytics/report"
	"reli/analytics/series/reporting"
	"reli/analytics/tone"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/calendar"
	"reli/schemas/roster"
	"reli/tiles"
	"reli/web/access"
	"reli/web/audit"
	"reli/web/search"
	"reli/web/sqlbench"
)

// Limits of a request.
const (
	// maxQuery bounds the query string: a Selection with every code of every
	// dictionary is shorter.
	maxQuery = 16 << 10
	// MaxHeader bounds the header, which every connection may fill: an overlong
	// query string fits, so that it is answered with a problem and not cut off.
	MaxHeader = 64 << 10
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
	// Calendar of holidays; that of mainland China where nil.
	Calendar *calendar.Calendar
	// Roster says who answers for a place and who works in it; nil for nobody.
	Roster *roster.Roster
	// Outlook computes forecasts, warnings and hot spots.
	Outlook *outlook.Service
	// Sets keeps the areas of other sets than the divisions.
	Sets *areaset.Service
	// Matters joins the reports of one matter.
	Matters *matter.Service
	// Reports makes and keeps reports, and the indicators and ledgers in them.
	Reports *report.Service
	// Response keeps levels, tips and pushes up to date. Where nil, the default
	// policy's are computed when an override asks for it, and not otherwise.
	Response *Response
	// Tone tells how texts sound; nil where that is off.
	Tone *tone.Service
	// LoadAreas makes areas the division tree.
	LoadAreas func(context.Context, []schemas.Area) error
	// Access keeps accounts and sessions. Without it the server is open: whoever
	// asks is the administrator, so it may only be reached from this machine.
	Access *access.Store
	OIDC   *access.OIDC // nil where no identity provider is configured
	// Audit keeps the trail of who did and saw what; nil where none is kept.
	Audit *audit.Log
	// Guard answers the display for visitors; nil where it shows every count.
	Guard *disclose.Guard
	// TrustedProxies are those whose X-Forwarded headers count.
	TrustedProxies []netip.Prefix
	// Origins are those of other sites whose pages may read the API.
	Origins []string

	// Unsound says why the data cannot be trusted, "" where they can; nil where
	// nobody looks.
	Unsound func(context.Context) string

	BaseMap BaseMap
	Pages   fs.FS // the built front end
	Logger  *slog.Logger
	Now     func() time.Time
	Version string
}

// Server answers HTTP.
type Server struct {
	opt       Options
	reporting *reporting.Service
	response  *Response
	respond   *responseLoop // nil without a configured response
	settle    *settleLoop
	gather    *ingest.Gatherer
	lacks     *dataquality.Service
	warm      *warmLoop
	names     search.Cache
	sql       *sqlbench.Bench
	rates     rates
	metrics   *metrics
	bodyIdle  time.Duration

	readyTiles readyTiles
	standing   standing
}

// New makes a Server. Close it to stop its background work.
func New(opt Options) *Server {
	if opt.Calendar == nil {
		opt.Calendar = calendar.China()
	}
	s := &Server{opt: opt, bodyIdle: bodyIdle, standing: newStanding(opt), rates: newRates(opt.Now), reporting: reporting.New(opt.DB, opt.Store)}
	s.metrics = newMetrics(s)
	s.sql = sqlbench.New(sqlbench.Options{DB: opt.DB, Zone: opt.Store.Zone().String(), Now: opt.Now, Logger: opt.Logger})
	s.response = responseOf(opt)
	s.settle = startSettling(opt.Store, opt.Logger)
	s.gather = ingest.NewGatherer(opt.Ingest)
	s.lacks = dataquality.New(dataquality.Options{DB: opt.DB, Store: opt.Store, Reporting: s.reporting, Hash: opt.Ingest.HashID})
	s.warm = startWarming(opt.Store, opt.Tiles, opt.Logger)
	if opt.Response != nil {
		s.respond = startResponse(s.response, opt.Store.Changed, opt.Now, opt.Logger)
	}
	return s
}

// Close ends the background work and waits for it.
func (s *Server) Close() {
	s.gather.Close()
	s.settle.stop()
	s.warm.stop()
	s.respond.stop()
}

// handler is a handler that may fail; the error becomes problem JSON in one
// place.
type handler func(w http.ResponseWriter, r *http.Request) error

// Handler gives the routes.
func (s *Server) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.requestID, s.findClient, s.identify, s.accessLog, s.audited, s.recoverPanics, s.securityHeaders, s.patient, strictTransport, s.ownName,
		s.crossOrigin, s.limitRates, s.sameOrigin, s.limitQuery, middleware.GetHead)
	r.NotFound(s.wrap(func(http.ResponseWriter, *http.Request) error { return notFound("no such page") }))
	r.MethodNotAllowed(s.wrap(methodNotAllowed))
	r.Get("/healthz", s.wrap(s.health))
	r.Get("/readyz", s.wrap(s.ready))
	r.With(s.signedIn).Get("/openapi.yaml", s.wrap(s.openAPI))
	r.Group(s.sessionRoutes)
	r.Route("/v1", s.routes)
	r.Group(func(r chi.Router) {
		r.Use(s.guardPages, plainSpeech, middleware.Compress(compressLevel))
		r.Get("/*", s.wrap(s.pages))
	})
	return front{r, s}
}

// routes are those that somebody has to be signed in for. Each says what its
// caller must be allowed; the test of all roles on all routes holds that.
func (s *Server) routes(r chi.Router) {
	r.Use(s.signedIn)
	r.With(s.may(access.ActionView)).Get("/tiles/{layers}/{z}/{x}/{tile}", s.wrap(s.tile))
	r.With(s.may(access.ActionView)).Get("/basemap/{layer}/{z}/{x}/{y}", s.wrap(s.baseMapTile))
	r.With(s.may(access.ActionView)).Get("/events", s.wrap(s.events))
	r.With(s.may(access.ActionIngest)).Post("/incidents", s.wrap(s.postIncidents))
	r.With(s.may(access.ActionIngest)).Post("/transitions", s.wrap(s.postTransitions))
	r.With(s.may(access.ActionIngest)).Post("/quality/expected", s.wrap(s.postExpected))
	r.With(s.may(access.ActionAreas)).Post("/areas", s.wrap(s.postAreas))
	r.With(s.may(access.ActionIngest)).Post("/links", s.wrap(s.postLinks))
	r.With(s.may(access.ActionPolicy)).Post("/links/decisions", s.wrap(s.decideLinks))
	r.With(s.may(access.ActionPolicy), plainSpeech, middleware.Compress(compressLevel, "application/json")).Get("/links", s.wrap(s.links))
	r.Group(s.auditRoutes)
	r.Group(s.sqlRoutes)
	r.Group(s.responseRoutes)
	r.Group(func(r chi.Router) {
		r.Use(s.may(access.ActionReport), plainSpeech, middleware.Compress(compressLevel, "application/json", "text/html", "text/csv"))
		r.Get("/indicators", s.wrap(s.indicators))
		r.Get("/ledgers", s.wrap(s.ledgers))
		r.Get("/quality", s.wrap(s.quality))
		r.Get("/tone", s.wrap(s.tone))
		r.Get("/reports", s.wrap(s.reports))
		r.Get("/reports/{document}", s.wrap(s.report))
	})
	r.Group(func(r chi.Router) {
		r.Use(s.may(access.ActionAccounts))
		r.Get("/users", s.wrap(s.users))
		r.Post("/users", s.wrap(s.addUser))
		r.Patch("/users/{user}", s.wrap(s.changeUser))
		r.Delete("/users/{user}", s.wrap(s.removeUser))
		r.Get("/tokens", s.wrap(s.tokens))
		r.Post("/tokens", s.wrap(s.addToken))
		r.Patch("/tokens/{token}", s.wrap(s.changeToken))
		r.Delete("/tokens/{token}", s.wrap(s.removeToken))
	})
	r.Group(func(r chi.Router) {
		r.Use(s.may(access.ActionView), plainSpeech, middleware.Compress(compressLevel, "application/json"))
		r.Get("/tiles/{document}", s.wrap(s.tileJSON))
		r.Get("/styles/{document}", s.wrap(s.style))
		r.Get("/legend", s.wrap(s.legend))
		r.Get("/playback/{layer}", s.wrap(s.playback))
		r.Get("/areas", s.wrap(s.areas))
		r.Get("/areas/crosswalk", s.wrap(s.crosswalk))
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
