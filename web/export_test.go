package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/time/rate"
)

// SetBodyIdle makes uploads impatient.
func (s *Server) SetBodyIdle(d time.Duration) { s.bodyIdle = d }

// SetRate lets a principal and an address ask so often.
func (s *Server) SetRate(perSecond float64, burst int) {
	s.rates.principals = newLimiters(rate.Limit(perSecond), burst, s.opt.Now)
	s.rates.addresses = newLimiters(rate.Limit(perSecond), burst, s.opt.Now)
}

// Panicking is the handler chain of the server round a handler that panics.
func (s *Server) Panicking(before func(http.ResponseWriter)) http.Handler {
	r := chi.NewRouter()
	r.Use(s.requestID, s.accessLog, s.recoverPanics, s.securityHeaders, s.limitQuery)
	r.Get("/panic", s.wrap(func(w http.ResponseWriter, _ *http.Request) error {
		before(w)
		panic("row 17 of the secret table")
	}))
	return r
}
