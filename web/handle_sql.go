package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"reli/internal/clickhouse/guard"
	"reli/schemas"
	"reli/web/access"
	"reli/web/sqlbench"
)

const (
	// maxAsk bounds the body of a query: the text, written as JSON, and lists
	// of parameters.
	maxAsk = 1 << 20
	// readIdle ends an answer that its client does not read for so long: it
	// holds one of few slots.
	readIdle = 30 * time.Second
	// parameterPrefix carries the parameters of a saved query in a URL.
	parameterPrefix = "param_"
)

// sqlRoutes are those of the SQL workbench.
func (s *Server) sqlRoutes(r chi.Router) {
	r.Use(s.may(access.ActionSQL), plainSpeech, middleware.Compress(compressLevel, "application/json", "application/x-ndjson", "text/csv"))
	r.Post("/sql", s.wrap(s.runSQL))
	r.Get("/sql/schema", s.wrap(s.sqlSchema))
	r.Get("/sql/history", s.wrap(s.sqlHistory))
	r.Get("/sql/saved", s.wrap(s.savedQueries))
	r.Post("/sql/saved", s.wrap(s.saveQuery))
	r.Get("/sql/saved/{id}", s.wrap(s.savedQuery))
	r.Delete("/sql/saved/{id}", s.wrap(s.removeQuery))
	r.Get("/sql/saved/{id}/run.{format}", s.wrap(s.runSaved))
}

// sqlSchema says what may be asked: views, functions, parameters, limits.
func (s *Server) sqlSchema(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	p := access.From(r.Context())
	limit, _ := s.sql.Limit(p.Role)
	formats := []map[string]string{}
	for _, f := range sqlbench.Formats() {
		formats = append(formats, map[string]string{"name": f.Name, "media_type": f.MediaType})
	}
	c := s.sql.Catalogue()
	return s.writeJSON(w, r, map[string]any{"version": c.Version, "views": c.Views, "functions": c.Functions,
		"table_functions": c.TableFunctions, "parameter_types": c.ParameterTypes, "limits": limit, "formats": formats,
		"max_text_bytes": guard.MaxBytes, "scoped": !p.Scope.Empty(), "time_zone": s.opt.Store.Zone().String()})
}

// runSQL runs a text and streams its result in the format of Accept.
func (s *Server) runSQL(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	format, err := sqlbench.Accepted(r.Header.Get("Accept"))
	if err != nil {
		return err
	}
	var ask struct {
		SQL        string         `json:"sql"`
		Parameters map[string]any `json:"parameters"`
	}
	if err := s.readAsk(w, r, &ask); err != nil {
		return err
	}
	return s.answerSQL(w, r, sqlbench.Ask{SQL: ask.SQL, Parameters: ask.Parameters}, format, "")
}

// runSaved runs a saved query; param_NAME in the URL replaces a parameter.
func (s *Server) runSaved(w http.ResponseWriter, r *http.Request) error {
	format, ok := sqlbench.Named(chi.URLParam(r, "format"))
	if !ok {
		return notFound("results come as run.json, .ndjson, .csv, .xlsx, .parquet and .arrow")
	}
	q, err := s.sql.Get(r.Context(), access.From(r.Context()), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	parameters, err := withParameters(q.Parameters, r.URL.Query())
	if err != nil {
		return err
	}
	return s.answerSQL(w, r, sqlbench.Ask{SQL: q.SQL, Parameters: parameters, Template: q.Template, Saved: q.ID}, format, q.Name)
}

func withParameters(saved map[string]any, query url.Values) (map[string]any, error) {
	out := map[string]any{}
	for name, value := range saved {
		out[name] = value
	}
	for name, values := range query {
		parameter, ok := strings.CutPrefix(name, parameterPrefix)
		if !ok {
			return nil, schemas.BadParameter(name, "a parameter of the query is written %sNAME", parameterPrefix)
		}
		out[parameter] = values[0]
		if len(values) > 1 {
			list := make([]any, len(values))
			for i, v := range values {
				list[i] = v
			}
			out[parameter] = list
		}
	}
	return out, nil
}

// answerSQL runs a query into the answer. A failure after its first byte
// breaks the connection off, so that no part passes for the whole.
func (s *Server) answerSQL(w http.ResponseWriter, r *http.Request, ask sqlbench.Ask, format sqlbench.Format, fileName string) error {
	ask.Principal, ask.RequestID = access.From(r.Context()), requestIDOf(r)
	traceOf(r).says(auditedSQL{ask.SQL, ask.Saved, format.Name, ask.Parameters})
	out := &sqlAnswer{w: w, control: http.NewResponseController(w), format: format, fileName: fileName}
	err := s.sql.Run(r.Context(), ask, format, out)
	if err != nil && out.begun {
		if r.Context().Err() == nil {
			s.opt.Logger.WarnContext(r.Context(), "answer broken off", "request_id", ask.RequestID, "error", err)
		}
		panic(http.ErrAbortHandler) // net/http's way to break a connection off
	}
	return err
}

// auditedSQL is what the audit trail keeps of a run; the text comes first, so
// that nothing that is long cuts it off.
type auditedSQL struct {
	SQL        string         `json:"sql"`
	Saved      string         `json:"saved,omitempty"`
	Format     string         `json:"format"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

// sqlAnswer is a sqlbench.Output on HTTP.
type sqlAnswer struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	format   sqlbench.Format
	fileName string // of a download, "" where it is none
	begun    bool
}

func (a *sqlAnswer) Begin() error {
	h := a.w.Header()
	h.Set("Content-Type", a.format.MediaType)
	h.Set("Cache-Control", "private, no-store")
	if a.fileName != "" && a.format.Name != "json" {
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(a.fileName+"."+a.format.Name))
	}
	a.begun = true
	return nil
}

func (a *sqlAnswer) Write(p []byte) (int, error) {
	if err := a.control.SetWriteDeadline(time.Now().Add(readIdle)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return a.w.Write(p)
}

// readAsk reads a JSON body; unknown members are refused.
func (s *Server) readAsk(w http.ResponseWriter, r *http.Request, into any) error {
	err := takeBody(w, r, maxAsk).decode(into)
	if _, known := schemas.AsProblem(err); err == nil || known {
		return err
	}
	return schemas.BadParameter("body", "want one JSON object: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func (s *Server) sqlHistory(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	runs, err := s.sql.History(r.Context(), access.From(r.Context()))
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]any{"runs": runs})
}

func (s *Server) savedQueries(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	list, err := s.sql.List(r.Context(), access.From(r.Context()))
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]any{"saved": list})
}

func (s *Server) savedQuery(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	q, err := s.sql.Get(r.Context(), access.From(r.Context()), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, q)
}

// saveQuery keeps a query: a new one, or with an id a new version of it.
func (s *Server) saveQuery(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	var ask struct {
		ID         string            `json:"id"`
		Name       string            `json:"name"`
		Note       string            `json:"note"`
		SQL        string            `json:"sql"`
		Parameters map[string]any    `json:"parameters"`
		Template   sqlbench.Template `json:"template"`
		Shared     bool              `json:"shared"`
	}
	if err := s.readAsk(w, r, &ask); err != nil {
		return err
	}
	traceOf(r).says(map[string]any{"id": ask.ID, "name": ask.Name, "sql": ask.SQL, "shared": ask.Shared})
	q, err := s.sql.Save(r.Context(), access.From(r.Context()), sqlbench.Saved{ID: ask.ID, Name: ask.Name, Note: ask.Note, SQL: ask.SQL,
		Parameters: ask.Parameters, Template: ask.Template, Shared: ask.Shared})
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, q)
}

func (s *Server) removeQuery(w http.ResponseWriter, r *http.Request) error {
	if err := s.sql.Remove(r.Context(), access.From(r.Context()), chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
