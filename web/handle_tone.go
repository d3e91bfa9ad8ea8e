package web

import (
	"net/http"
	"time"

	"reli/analytics/tone"
	"reli/schemas"
)

// yearMonth is how a month is written in an address.
const yearMonth = "2006-01"

// tone tells how the texts of complaints sound, by township and month, where
// that is switched on.
func (s *Server) tone(w http.ResponseWriter, r *http.Request) error {
	if s.opt.Tone == nil {
		return &schemas.Problem{Code: schemas.CodeSwitchedOff, Status: http.StatusNotFound, Detail: "no tone is derived here; --tone switches it on"}
	}
	q := r.URL.Query()
	if err := onlyParameters(q, "from", "to", "v"); err != nil {
		return err
	}
	today := s.opt.Store.Today().Time()
	months := [2]time.Time{today.AddDate(-1, 0, 0), today}
	for i, name := range []string{"from", "to"} {
		if text := q.Get(name); text != "" {
			at, err := time.Parse(yearMonth, text)
			if err != nil {
				return schemas.BadParameter(name, "want a month as YYYY-MM")
			}
			months[i] = at
		}
	}
	if months[1].Before(months[0]) {
		return schemas.BadParameter("to", "before from")
	}
	rows, err := s.opt.Tone.Of(r.Context(), scopeOf(r), months[0], months[1])
	if err != nil {
		return err
	}
	type named struct {
		tone.Row
		Name string `json:"name"`
	}
	list := make([]named, len(rows))
	for i, row := range rows {
		list[i] = named{row, s.nameOf(row.Area)}
	}
	return s.writeJSON(w, r, map[string]any{"least": s.opt.Tone.Least(), "data_version": s.opt.Store.Current().Version, "months": list})
}
