package web

import (
	"encoding/base64"
	"mime"
	"net/http"
	"path"

	"reli/ingest"
	"reli/schemas"
)

// ProfileHeader carries a profile (YAML, base64) that is not built in.
const ProfileHeader = "X-Reli-Profile"

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
	body := takeUpload(w, r)
	report, err := s.opt.Ingest.Run(r.Context(), ingest.Input{Name: name, Size: max(r.ContentLength, 0), Format: format,
		Reader: body, Profile: profile})
	if report.Accepted+report.Updated > 0 {
		s.settle.request()
	}
	if err != nil {
		return body.explain(err)
	}
	return s.writeJSON(w, r, report)
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
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	body := takeUpload(w, r)
	areas, err := ingest.ReadAreas(body)
	if err != nil {
		return body.explain(err)
	}
	if err := s.opt.LoadAreas(r.Context(), areas); err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]int{"areas": len(areas)})
}
