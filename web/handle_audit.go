package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"reli/analytics/report"
	"reli/schemas"
	"reli/web/access"
	"reli/web/audit"
)

// Entries of a page.
const (
	usualAudited = 100
	mostAudited  = 1000
)

// auditRoutes are the auditor's.
func (s *Server) auditRoutes(r chi.Router) {
	r.Use(s.may(access.ActionAudit), plainSpeech, middleware.Compress(compressLevel, "application/json", "application/x-ndjson", "text/csv"))
	r.Get("/audit", s.wrap(s.auditPage))
	r.Get("/audit/export.{format}", s.wrap(s.auditExport))
}

// trail gives the audit trail with what is asked of it.
func (s *Server) trail(q url.Values, extra ...string) (*audit.Log, audit.Filter, error) {
	var f audit.Filter
	if s.opt.Audit == nil {
		return nil, f, notFound("this server keeps no audit trail")
	}
	if err := onlyParameters(q, append([]string{"from", "to", "principal", "action", "outcome"}, extra...)...); err != nil {
		return nil, f, err
	}
	f.Principal, f.Action, f.Outcome = q.Get("principal"), q.Get("action"), audit.Outcome(q.Get("outcome"))
	for name, t := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		var err error
		if *t, err = s.moment(q.Get(name)); err != nil {
			return nil, f, schemas.BadParameter(name, "want a day or a time as in RFC 3339")
		}
	}
	switch f.Outcome {
	case "", audit.OutcomeOK, audit.OutcomeRefused, audit.OutcomeFailed:
	default:
		return nil, f, schemas.BadParameter("outcome", "want ok, refused or failed")
	}
	return s.opt.Audit, f, nil
}

// moment reads a time, or a local day as its beginning; "" is the zero time.
func (s *Server) moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.ParseInLocation(time.DateOnly, text, s.opt.Store.Zone())
}

// auditPage gives entries of the trail, the newest first.
func (s *Server) auditPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	trail, f, err := s.trail(q, "before", "limit")
	if err != nil {
		return err
	}
	limit := usualAudited
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > mostAudited {
			return schemas.BadParameter("limit", "want 1 to %d", mostAudited)
		}
	}
	if text := q.Get("before"); text != "" {
		if f.Before, err = strconv.ParseUint(text, 10, 64); err != nil || f.Before == 0 {
			return schemas.BadParameter("before", "want the number of an entry")
		}
	}
	page, more, err := trail.Page(r.Context(), f, limit)
	if err != nil {
		return err
	}
	var next any // null on the last page
	if more {
		next = page[len(page)-1].Seq
	}
	return s.writeJSON(w, r, map[string]any{"entries": append([]audit.Entry{}, page...), "next_before": next, "head": trail.Head()})
}

// auditExport writes all entries that are asked for, the oldest first: as they
// stand in the log, or as a table.
func (s *Server) auditExport(w http.ResponseWriter, r *http.Request) error {
	trail, f, err := s.trail(r.URL.Query())
	if err != nil {
		return err
	}
	format := chi.URLParam(r, "format")
	types := map[string]string{"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
	if types[format] == "" {
		return notFound("want /v1/audit/export.ndjson or export.csv")
	}
	h := w.Header()
	h.Set("Content-Type", types[format])
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
	w.WriteHeader(http.StatusOK)
	out := &sqlAnswer{w: w, control: http.NewResponseController(w)} // who does not read is let go
	if format == "ndjson" {
		err = trail.Each(r.Context(), f, func(_ audit.Entry, line []byte) error {
			_, err := out.Write(append(line, '\n'))
			return err
		})
	} else {
		err = auditTable(r, trail, f, csv.NewWriter(out))
	}
	if err != nil {
		s.opt.Logger.WarnContext(r.Context(), "answer broken off", "request_id", requestIDOf(r), "error", err)
		panic(http.ErrAbortHandler) // no part passes for the whole
	}
	return nil
}

func auditTable(r *http.Request, trail *audit.Log, f audit.Filter, table *csv.Writer) error {
	err := table.Write([]string{"seq", "time", "request", "principal", "name", "role", "action", "object", "detail", "outcome", "status", "from", "hash"})
	if err != nil {
		return err
	}
	err = trail.Each(r.Context(), f, func(e audit.Entry, _ []byte) error {
		row := []string{strconv.FormatUint(e.Seq, 10), e.Time.Format(time.RFC3339Nano), e.Request, e.Principal, e.Name, e.Role, string(e.Action),
			e.Object, e.Detail, string(e.Outcome), strconv.Itoa(e.Status), e.From, e.Hash}
		for i, text := range row {
			row[i] = report.Plain(text)
		}
		return table.Write(row)
	})
	table.Flush()
	if err != nil {
		return err
	}
	return table.Error()
}
