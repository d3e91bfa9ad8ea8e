package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts requests. Labels are routes, methods and statuses, never
// addresses or principals: they cannot explode and tell of nobody.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	tiles    tileMetrics
}

// tileMetrics are the series of remembered tiles, found once.
type tileMetrics struct {
	whole, empty, unchanged prometheus.Counter
	seconds                 prometheus.Observer
}

func newMetrics(s *Server) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "reli_requests_total", Help: "Requests answered."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "reli_request_seconds", Help: "Time to answer, by route.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)}, []string{"route"})}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	tiles := func(status int) prometheus.Counter {
		return m.requests.WithLabelValues(tileRoute, http.MethodGet, strconv.Itoa(status))
	}
	m.tiles = tileMetrics{tiles(http.StatusOK), tiles(http.StatusNoContent), tiles(http.StatusNotModified), m.seconds.WithLabelValues(tileRoute)}
	if s.opt.Audit != nil {
		m.registry.MustRegister(newAnchor(s.opt.Audit))
	}
	for _, g := range []struct {
		name, help string
		read       func() float64
	}{
		{"reli_data_version", "Newest settled data version.", func() float64 { return float64(s.opt.Store.Current().Version) }},
		{"reli_incidents", "Incidents in it.", func() float64 { return float64(s.opt.Store.Current().Catalogue.Incidents) }},
		{"reli_resident_bytes", "Memory of the cube.", func() float64 { _, n := s.opt.Store.Current().Resident(); return float64(n) }},
		{"reli_tile_cache_bytes", "Finished tiles kept.", func() float64 { _, n := s.opt.Tiles.Usage(); return float64(n) }},
		{"reli_sessions", "Sessions, those of displays too.", s.sessionCount},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.name, Help: g.help}, g.read))
	}
	return m
}

func (s *Server) sessionCount() float64 {
	if s.open() {
		return 0
	}
	_, _, sessions := s.opt.Access.Sizes()
	return float64(sessions)
}

// observe counts an answer under the pattern of its route.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	route := "none"
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		route = c.RoutePattern()
	}
	m.count(route, r.Method, status, took)
}

// count counts an answer.
func (m *metrics) count(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, methodLabel(method), strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// countTile counts a remembered tile.
func (m *metrics) countTile(status int, took time.Duration) {
	switch status {
	case http.StatusNotModified:
		m.tiles.unchanged.Inc()
	case http.StatusNoContent:
		m.tiles.empty.Inc()
	default:
		m.tiles.whole.Inc()
	}
	m.tiles.seconds.Observe(took.Seconds())
}

// methodLabel keeps invented methods out of the labels.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// Metrics answers /metrics, for a listener of its own that only those who run
// the server reach.
func (s *Server) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}
