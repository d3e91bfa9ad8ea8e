package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/ingest"
	"reli/schemas"
	"reli/web/access"
	"reli/web/audit"
)

// trace is what a handler knows of a request for its entry.
type trace struct {
	principal access.Principal // who it turned out to be, at an entrance
	object    string
	detail    string
	refused   bool // whatever the status says
	marked    bool
	skip      bool // it was turned away before it was looked at
}

type traceKey struct{}

// traceOf gives the trace of a request; without an audit trail one that nobody
// reads.
func traceOf(r *http.Request) *trace {
	if t, ok := r.Context().Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// says keeps what an act was about, as JSON.
func (t *trace) says(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte(err.Error()) // nothing that cannot be written is given
	}
	t.detail = string(text)
}

// batch keeps what a request brought in.
func (t *trace) batch(r *http.Request, name string, report ingest.Report) {
	t.object = fmt.Sprintf("%s %s, batch %s", r.URL.Path, name, report.Batch)
	t.says(map[string]any{"rows": report.Rows, "accepted": report.Accepted, "updated": report.Updated,
		"duplicates": report.Duplicates, "quarantined": report.Quarantined})
}

// audited writes what the table says into the audit trail: when the answer is
// known and before its first byte is sent. Where it cannot be written the
// answer is not given.
func (s *Server) audited(next http.Handler) http.Handler {
	if s.opt.Audit == nil {
		return next
	}
	rules := auditRules()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{}
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			// After a failure nothing is done that could not be written down.
			if err := s.opt.Audit.Ready(r.Context()); err != nil {
				s.fail(w, r, noTrail(err))
				return
			}
		}
		a := &auditedAnswer{ResponseWriter: w, server: s, request: r, trace: t, rules: rules}
		defer a.complete()
		next.ServeHTTP(a, r)
		a.begin(http.StatusOK) // where the handler wrote nothing
	})
}

func noTrail(err error) error {
	return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable,
		Detail: "the audit trail cannot be written, so this is not answered", Err: err}
}

// auditedAnswer holds an answer back until its entry is durable.
type auditedAnswer struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
	trace   *trace
	rules   map[string]auditRule
	begun   bool
	failed  bool
}

// Unwrap is for http.ResponseController.
func (a *auditedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

var errNoTrail = errors.New("the audit trail cannot be written")

// complete lets the answer that says so stand where the entry could not be
// written, though the handler wanted to break off what it could not write.
func (a *auditedAnswer) complete() {
	if !a.failed {
		return
	}
	if v := recover(); v != nil && v != http.ErrAbortHandler {
		panic(v)
	}
}

func (a *auditedAnswer) WriteHeader(status int) {
	if status >= http.StatusOK {
		a.begin(status)
	}
	if !a.failed {
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *auditedAnswer) Write(p []byte) (int, error) {
	a.begin(http.StatusOK)
	if a.failed {
		return 0, errNoTrail
	}
	return a.ResponseWriter.Write(p)
}

// Flush sends what there is, after its entry.
func (a *auditedAnswer) Flush() {
	a.begin(http.StatusOK)
	if !a.failed {
		_ = http.NewResponseController(a.ResponseWriter).Flush() // the client may be gone
	}
}

// begin writes the entry, once.
func (a *auditedAnswer) begin(status int) {
	if a.begun {
		return
	}
	a.begun = true
	if err := a.server.write(a.request, a.rules, a.trace, status); err != nil {
		a.failed = true
		h := a.Header()
		for _, name := range []string{"Set-Cookie", "Content-Encoding", "Content-Length", "Content-Disposition", "Location", "Clear-Site-Data"} {
			h.Del(name)
		}
		a.server.fail(a.ResponseWriter, a.request, noTrail(err))
	}
}

// write writes the entry of a request, if its route has one.
func (s *Server) write(r *http.Request, rules map[string]auditRule, t *trace, status int) error {
	rule, ok := ruleOf(r, rules)
	p := access.From(r.Context())
	if t.principal.ID != "" {
		p = t.principal
	}
	if !ok || t.skip || (p.ID == "" && rule.kind != auditEntrance && !t.marked) || (rule.kind == auditMarked && !t.marked) ||
		(rule.kind == auditShown && p.Scope.Protected) {
		return nil
	}
	e := event(requestIDOf(r), clientOf(r), p, rule.action, t.object, t.detail)
	e.Status, e.Outcome = status, outcomeOf(status, t.refused)
	if e.Object == "" {
		e.Object = r.URL.Path + question(r) + p.Scope.Canonical()
	}
	if rule.kind == auditShown || rule.kind == auditBatched || (rule.kind == auditMarked && t.refused) { // whoever repeats himself fills no disk
		return s.opt.Audit.Once(r.Context(), e)
	}
	// What was done is written down whether or not its client still waits.
	return s.opt.Audit.Append(context.WithoutCancel(r.Context()), e)
}

// knownShown reports whether the trail need not be told that a principal is
// shown an object on the map.
func (s *Server) knownShown(p access.Principal, object string) bool {
	return s.opt.Audit == nil || p.Scope.Protected || s.opt.Audit.Known(p.ID, actionTiles, object, audit.OutcomeOK)
}

func event(request string, c client, p access.Principal, action audit.Action, object, detail string) audit.Event {
	from := "socket"
	if !c.local {
		from = c.group()
	}
	return audit.Event{Request: request, Principal: p.ID, Name: p.Name, Role: string(p.Role), Action: action,
		Object: object, Detail: detail, From: from}
}

func ruleOf(r *http.Request, rules map[string]auditRule) (auditRule, bool) {
	c := chi.RouteContext(r.Context())
	if c == nil {
		return auditRule{}, false
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // answered by the handler of GET
	}
	rule, ok := rules[method+" "+c.RoutePattern()]
	return rule, ok
}

func outcomeOf(status int, refused bool) audit.Outcome {
	switch {
	case status >= http.StatusInternalServerError:
		return audit.OutcomeFailed
	case status >= http.StatusBadRequest || refused:
		return audit.OutcomeRefused
	}
	return audit.OutcomeOK
}

// question is the query of a request for its entry, without secrets.
func question(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	if len(r.URL.RawQuery) > maxQuery {
		return "?(too long)"
	}
	q, err := url.ParseQuery(hideSecrets(r.URL.RawQuery))
	if err != nil {
		return "?(unreadable)"
	}
	q.Del("v") // a version is no other question
	return "?" + q.Encode()
}

// shows keeps the Selection that a request is answered with: one text for all
// that ask the same, however they write it.
func (t *trace) shows(r *http.Request, sel cube.Selection, q url.Values, extra []string) {
	place := r.URL.Path
	if c := chi.RouteContext(r.Context()); c.RoutePattern() == tileRoute {
		place = tilesPath + c.URLParam("layers") // where on the map is no other question
	}
	t.object = place + "?" + sel.Canonical()
	for _, name := range extra {
		if name != "v" && q.Has(name) {
			t.object += fmt.Sprintf("&%s=%s", name, url.QueryEscape(q.Get(name)))
		}
	}
}
