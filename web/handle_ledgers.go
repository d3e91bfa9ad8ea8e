package web

import (
	"net/http"
	"strconv"

	"reli/analytics/cube"
	"reli/analytics/ledger"
	"reli/schemas"
)

// mostMonths of the ledgers' rounds: ten years are a long table already.
const mostMonths = 120

// ledgers gives the three ledgers in monthly rounds and the matters that last
// long. Without from the base day is the first of the year in which the window
// ends.
func (s *Server) ledgers(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "level", "days", "reports", "limit", "v")
	if err != nil {
		return err
	}
	if !q.Has("from") {
		sel.From = yearOf(sel.To - 1)
	}
	if sel.Days() > mostMonths*31 {
		return schemas.BadParameter("from", "want at most %d months", mostMonths)
	}
	request := ledger.Request{Selection: sel}
	level := q.Get("level")
	if level == "" {
		level = "total"
	}
	if request.Level, err = levelOf(level); err != nil {
		return err
	}
	for _, p := range []struct {
		name string
		most int
		into *int
	}{{"days", 36_525, &request.Long.Days}, {"reports", 1000, &request.Long.Reports}, {"limit", ledger.MostMatters, &request.Long.Limit}} {
		text := q.Get(p.name)
		if text == "" {
			continue
		}
		if *p.into, err = strconv.Atoi(text); err != nil || *p.into < 1 || *p.into > p.most {
			return schemas.BadParameter(p.name, "want 1 to %d", p.most)
		}
	}
	answer, err := s.opt.Reports.Ledgers.Ledgers(r.Context(), request)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, answer)
}

// yearOf gives the first day of a day's year.
func yearOf(d cube.Day) cube.Day {
	return d - cube.Day(d.Time().YearDay()-1)
}
