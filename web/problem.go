package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"reli/schemas"
)

// problem is the RFC 9457 body of an error.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Errors    []any  `json:"errors,omitempty"`
}

type fieldError struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Line   int    `json:"line,omitempty"` // of a text, from 1
	Column int    `json:"column,omitempty"`
}

// statusClientGone marks a request whose client left before the answer; it is
// only seen in the log.
const statusClientGone = 499

// wrap turns a handler's error into an answer. Internal text goes to the log
// under the same id, never to the caller.
func (s *Server) wrap(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		s.fail(w, r, err)
	}
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(statusClientGone)
		return
	}
	p, known := schemas.AsProblem(err)
	if !known {
		p = &schemas.Problem{Code: schemas.CodeInternal, Status: http.StatusInternalServerError,
			Detail: "something went wrong inside; the log has it under this request id"}
	}
	if p.Status >= http.StatusInternalServerError {
		s.opt.Logger.ErrorContext(r.Context(), "request failed", "request_id", requestIDOf(r), "error", err)
	}
	if p.Status == http.StatusServiceUnavailable || p.Code == schemas.CodeInProgress {
		w.Header().Set("Retry-After", "1")
	}
	body := problem{Type: "about:blank", Title: http.StatusText(p.Status), Status: p.Status, Detail: p.Detail,
		Code: p.Code, RequestID: requestIDOf(r)}
	if p.Field != "" {
		body.Errors = []any{fieldError{p.Field, p.Code, p.Detail, p.Line, p.Column}}
	}
	h := w.Header()
	h.Del("ETag")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone; there is nobody to tell
}

func notFound(detail string) error {
	return &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Detail: detail}
}

// methodNotAllowed names the methods that the address takes (RFC 9110, 15.5.6).
func methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		known := method
		if method == http.MethodHead {
			known = http.MethodGet // answered by the handler of GET
		}
		if chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), known, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	return &schemas.Problem{Code: "method_not_allowed", Status: http.StatusMethodNotAllowed, Detail: "this address does not take " + r.Method}
}
