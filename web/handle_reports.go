package web

import (
	"bytes"
	"mime"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/analytics/report"
	"reli/schemas"
	"reli/tiles"
)

// reports lists the reports by cadence, with the state of their last period,
// and those that are kept.
func (s *Server) reports(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "v"); err != nil {
		return err
	}
	list, err := s.opt.Reports.List(r.Context())
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, list)
}

// report writes one report in the format that its ending names.
func (s *Server) report(w http.ResponseWriter, r *http.Request) error {
	name, ending, _ := strings.Cut(chi.URLParam(r, "document"), ".")
	format, ok := report.LookupFormat(ending)
	if !ok {
		return notFound("want /v1/reports/{name}.html, .xlsx, .csv, .arrow or .json")
	}
	q := r.URL.Query()
	if err := onlyParameters(q, "period", "area", "table", "v"); err != nil {
		return err
	}
	for _, one := range []string{"period", "area", "table"} {
		if len(q[one]) > 1 {
			return schemas.BadParameter(one, "given %d times, want once", len(q[one]))
		}
	}
	info, period, err := s.opt.Reports.Find(name, q.Get("period"))
	if err != nil {
		return err
	}
	place := q.Get("area")
	if place != "" && !s.opt.Store.Current().Catalogue.HasArea(place) {
		return &schemas.Problem{Code: schemas.CodeUnknownArea, Status: http.StatusBadRequest, Field: "area", Detail: "no such area"}
	}
	sel, err := s.scoped(r, cube.Selection{Area: place})
	if err != nil {
		return err
	}
	document, err := s.opt.Reports.Get(r.Context(), info, period, sel.Area, sel.Scope)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := format.Write(&body, document, q.Get("table")); err != nil {
		return err
	}
	return s.writeReport(w, r, format, document, body.Bytes())
}

func (s *Server) writeReport(w http.ResponseWriter, r *http.Request, format report.Format, d *report.Document, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", format.ContentType)
	h.Set("Cache-Control", "private, no-cache")
	tag := tiles.ETag(body)
	h.Set("ETag", "W/"+tag)
	if format.Code == "html" {
		h.Set("Content-Security-Policy", printPolicy(report.StyleHash()))
	} else if format.Code != "json" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": format.FileName(d)}))
	}
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, err := w.Write(body)
	return clientGone(err)
}
