package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/go-chi/chi/v5/middleware"

	"reli/internal/clickhouse"
	"reli/schemas"
)

type requestIDKey struct{}

// requestID gives every request an id of its own. It is in the answer's
// header, in the log, in a problem, and in the engine's query log.
func (s *Server) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw [8]byte
		_, _ = rand.Read(raw[:]) // never fails
		id := hex.EncodeToString(raw[:])
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		next.ServeHTTP(w, r.WithContext(clickhouse.WithRequestID(ctx, id)))
	})
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
		query := r.URL.RawQuery
		if len(query) > maxQuery {
			query = "(too long)"
		}
		s.opt.Logger.InfoContext(r.Context(), "request", "request_id", requestIDOf(r), "method", r.Method,
			"path", r.URL.Path, "query", query, "status", ww.Status(), "bytes", ww.BytesWritten(),
			"took_ms", float64(s.opt.Now().Sub(started).Microseconds())/1000, "remote", r.RemoteAddr)
	})
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
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "+
			"style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
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
