package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"reli/ingest/privacy"
	"reli/internal/clickhouse"
	"reli/schemas"
)

type requestIDKey struct{}

// requestID gives every request an id of its own. It is in the answer's
// header, in the log, in a problem, and in the engine's query log.
func (s *Server) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newRequestID()
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		next.ServeHTTP(w, r.WithContext(clickhouse.WithRequestID(ctx, id)))
	})
}

func newRequestID() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

func requestIDOf(r *http.Request) string {
	id, _ := r.Context().Value(requestIDKey{}).(string)
	return id
}

// accessLog writes one line a request. The query string is a Selection: codes
// and days, never a person.
func (s *Server) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.opt.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		took := s.opt.Now().Sub(started)
		s.metrics.observe(r, ww.Status(), took)
		s.logRequest(slog.LevelInfo, r, requestIDOf(r), answered{ww.Status(), ww.BytesWritten(), took}, clientOf(r), who(r.Context()))
	})
}

// answered is what became of a request.
type answered struct {
	status, bytes int
	took          time.Duration
}

func (s *Server) logRequest(level slog.Level, r *http.Request, id string, a answered, c client, principal string) {
	if !s.opt.Logger.Enabled(r.Context(), level) {
		return
	}
	query := "(too long)"
	if len(r.URL.RawQuery) <= maxQuery {
		query = maskedQuery(hideSecrets(r.URL.RawQuery))
	}
	s.opt.Logger.LogAttrs(r.Context(), level, "request", slog.String("request_id", id), slog.String("method", r.Method),
		slog.String("path", privacy.Mask(r.URL.Path)), slog.String("query", query), slog.Int("status", a.status), slog.Int("bytes", a.bytes),
		slog.Float64("took_ms", float64(a.took.Microseconds())/1000), slog.String("remote", c.address.String()), slog.String("principal", principal))
}

// maskedQuery writes a query string without what points at a person, be it
// escaped or not. One that needs no mask is logged as it came.
func maskedQuery(query string) string {
	plain, err := url.QueryUnescape(query)
	if err != nil {
		plain = query
	}
	if len(privacy.Scan(plain))+len(privacy.Scan(query)) == 0 {
		return query
	}
	return privacy.Mask(plain)
}

// recoverPanics answers 500 and keeps serving.
func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.fail(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// securityHeaders allow nothing from elsewhere: the pages need nothing but
// this server.
func (s *Server) securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.standing.secure(w.Header())
		next.ServeHTTP(w, r)
	})
}

// standing are header values that are the same in all answers, made once. They
// have no room to grow, so whoever adds to one gets a copy.
type standing struct{ policy, noSniff, noReferrer, tile, vary []string }

func newStanding(opt Options) standing {
	st := standing{
		policy: []string{"default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; " +
			"style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
		noSniff: []string{"nosniff"}, noReferrer: []string{"no-referrer"}, tile: []string{"application/vnd.mapbox-vector-tile"},
	}
	if len(opt.Origins) > 0 {
		st.vary = append(st.vary, varyOrigin)
	}
	if opt.Access != nil {
		st.vary = append(st.vary, varyPrincipal)
	}
	st.vary = slices.Clip(append(st.vary, "Accept-Encoding"))
	return st
}

func (st standing) secure(h http.Header) {
	h["Content-Security-Policy"], h["X-Content-Type-Options"], h["Referrer-Policy"] = st.policy, st.noSniff, st.noReferrer
}

// noDocument takes back what means nothing for bytes that no browser shows as a
// page: they load nothing and link to nowhere.
func noDocument(h http.Header) {
	delete(h, "Content-Security-Policy")
	delete(h, "Referrer-Policy")
}

// limitQuery refuses an overlong query string before anything parses it, and
// one that cannot be parsed: the parts that can would be another question.
func (s *Server) limitQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.RawQuery) > maxQuery {
			s.fail(w, r, &schemas.Problem{Code: schemas.CodeTooLarge, Status: http.StatusBadRequest,
				Detail: fmt.Sprintf("the query string is longer than %d bytes", maxQuery)})
			return
		}
		if strings.ContainsAny(r.URL.RawQuery, "%;") { // nothing else can be wrong
			if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
				s.fail(w, r, schemas.BadParameter("query", "the query string is malformed"))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
