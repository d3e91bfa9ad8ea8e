package web

import (
	"maps"
	"net/http"
	"slices"

	"reli/ingest"
	"reli/schemas"
)

// quality says what the data of each source lack, in the scope of who asks.
func (s *Server) quality(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "v"); err != nil {
		return err
	}
	scope := scopeOf(r)
	if scope.Protected {
		return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "a display for visitors shows no raw counts"}
	}
	snap := s.opt.Store.Current()
	report, err := s.lacks.Of(r.Context(), snap, scope)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]any{"data_version": snap.Version, "today": s.opt.Store.Today(), "rungs": schemas.LocationRungs(),
		"flags": schemas.StepFlags(), "faults": report.Faults, "sources": report.Sources, "townships": report.Townships})
}

// postExpected takes a source's own list of ids, to tell which of them never
// came.
func (s *Server) postExpected(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "profile", "format", "replace"); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "0", "1"}, q.Get("replace")) {
		return schemas.BadParameter("replace", "want 0 or 1")
	}
	profile, err := requestedProfile(r, "generic")
	if err != nil {
		return err
	}
	format, err := requestedFormat(r)
	if err != nil {
		return err
	}
	body := takeBody(w, r, MaxBody)
	list, err := s.opt.Ingest.ReadExpected(r.Context(), ingest.Input{Name: "list", Reader: body, Format: format, Profile: profile})
	if err != nil {
		return body.explain(err)
	}
	version := uint64(s.opt.Now().UnixNano())
	if err := s.opt.DB.SaveExpectedIDs(r.Context(), list.IDs, version); err != nil {
		return err
	}
	sources, ids := map[string]bool{}, map[[2]string]bool{}
	for _, id := range list.IDs {
		sources[id.Source], ids[[2]string{id.Source, id.Hash}] = true, true
	}
	if q.Get("replace") == "1" && len(sources) > 0 {
		if err := s.opt.DB.ForgetExpectedIDs(r.Context(), slices.Sorted(maps.Keys(sources)), version); err != nil {
			return err
		}
	}
	return s.writeJSON(w, r, map[string]any{"rows": list.Rows, "listed": len(ids), "refused": list.Refused, "errors": list.Errors})
}
