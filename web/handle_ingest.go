package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"reli/ingest"
	"reli/schemas"
	"reli/web/access"
)

const (
	// ProfileHeader carries a profile (YAML, base64) that is not built in.
	ProfileHeader = "X-Reli-Profile"
	// KeyHeader makes a request that is sent again be answered as before.
	KeyHeader = "Idempotency-Key"
	// ReplayedHeader says that an answer is the first one again.
	ReplayedHeader = "Idempotency-Replayed"
)

func (s *Server) postIncidents(w http.ResponseWriter, r *http.Request) error {
	return s.take(w, r, ingest.RecordIncident, "generic")
}

func (s *Server) postTransitions(w http.ResponseWriter, r *http.Request) error {
	return s.take(w, r, ingest.RecordTransition, "generic-transitions")
}

// take streams the body into ingest. The answer comes when everything that it
// counts is durable; the map follows within moments.
func (s *Server) take(w http.ResponseWriter, r *http.Request, kind ingest.RecordKind, usual string) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "profile", "format", "name"); err != nil {
		return err
	}
	if err := s.taking(); err != nil {
		return err
	}
	profile, err := requestedProfile(r, usual)
	if err != nil {
		return err
	}
	if profile.Record() != kind {
		return schemas.BadParameter("profile", "profile %q reads %ss, not %ss", profile.Name(), profile.Record(), kind)
	}
	format, err := requestedFormat(r)
	if err != nil {
		return err
	}
	name := "upload"
	if given := q.Get("name"); given != "" {
		name = path.Base(given)
	}
	request, err := requestOf(r)
	if err != nil {
		return err
	}
	body := takeBody(w, r, MaxBody)
	report, err := s.takeRecords(r.Context(), body, ingest.Input{Name: name, Size: max(r.ContentLength, 0), Format: format,
		Profile: profile, Request: request})
	if report.Accepted+report.Updated > 0 && !report.Replayed {
		s.settle.request()
	}
	if report.Batch != "" {
		traceOf(r).batch(r, name, report)
	}
	if err != nil {
		return body.explain(err)
	}
	if report.Replayed {
		w.Header().Set(ReplayedHeader, "true")
	}
	return s.writeJSON(w, r, report)
}

// takeRecords gathers a short body with others; a longer one is streamed.
func (s *Server) takeRecords(ctx context.Context, body io.Reader, input ingest.Input) (ingest.Report, error) {
	start, err := io.ReadAll(io.LimitReader(body, ingest.MaxPushBytes+1))
	if err != nil {
		return ingest.Report{}, fmt.Errorf("read the upload: %w", err)
	}
	if len(start) <= ingest.MaxPushBytes {
		return s.gather.Take(ctx, start, input)
	}
	input.Reader = io.MultiReader(bytes.NewReader(start), body)
	return s.opt.Ingest.Run(ctx, input)
}

// requestOf is the request's idempotency key, nil where it has none. The same
// key stands for the same request only where the body is read in the same way.
func requestOf(r *http.Request) (*ingest.Request, error) {
	keys := r.Header.Values(KeyHeader)
	switch len(keys) {
	case 0:
		return nil, nil
	case 1:
		of := strings.Join([]string{r.URL.Path, r.URL.Query().Encode(), r.Header.Get("Content-Type"), r.Header.Get(ProfileHeader)}, "\n")
		return ingest.NewRequest(access.From(r.Context()).ID, keys[0], of)
	}
	return nil, schemas.BadParameter(KeyHeader, "given %d times, want once", len(keys))
}

func requestedProfile(r *http.Request, usual string) (*ingest.Profile, error) {
	if encoded := r.Header.Get(ProfileHeader); encoded != "" {
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, schemas.BadParameter(ProfileHeader, "want a profile in base64")
		}
		return ingest.ParseProfile(text)
	}
	name := r.URL.Query().Get("profile")
	if name == "" {
		name = usual
	}
	return ingest.BuiltinProfile(name)
}

// formatOfType gives the formats that a content type names. JSON is an array
// or lines; the body tells.
var formatOfType = map[string]ingest.Format{
	"text/csv":                  ingest.FormatCSV,
	"text/tab-separated-values": ingest.FormatTSV,
	"application/x-ndjson":      ingest.FormatNDJSON,
	"application/ndjson":        ingest.FormatNDJSON,
	"application/jsonl":         ingest.FormatNDJSON,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ingest.FormatXLSX,
	"application/vnd.apache.parquet":                                    ingest.FormatParquet,
	"application/vnd.apache.arrow.stream":                               ingest.FormatArrow,
	"application/vnd.apache.arrow.file":                                 ingest.FormatArrow,
}

// requestedFormat goes by the parameter, else by the content type, else
// ingest looks at the body.
func requestedFormat(r *http.Request) (ingest.Format, error) {
	if text := r.URL.Query().Get("format"); text != "" {
		return ingest.ParseFormat(text)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ingest.FormatAuto, nil
	}
	return formatOfType[kind], nil
}

func (s *Server) postAreas(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "crs", "set"); err != nil {
		return err
	}
	if set := q.Get("set"); set != "" && set != schemas.DivisionSet {
		return s.postAreaSet(w, r, set)
	}
	declared, err := ingest.DeclaredSystem(q.Get("crs"))
	if err != nil {
		return err
	}
	body := takeBody(w, r, MaxBody)
	areas, err := ingest.ReadAreas(body, declared)
	if err != nil {
		return body.explain(err)
	}
	report, err := ingest.CheckAreas(areas)
	if err != nil {
		return err
	}
	if err := s.opt.LoadAreas(r.Context(), areas); err != nil {
		return err
	}
	traceOf(r).says(map[string]int{"areas": len(areas)})
	return s.writeJSON(w, r, report)
}
