package web

import (
	"math"
	"net/http"
	"strconv"

	"reli/analytics/outlook"
	"reli/schemas"
)

// mostBudget of false alarms a year: more than one an hour is no budget.
const mostBudget = 10_000

// warnings gives the places and categories with more incidents than expected.
func (s *Server) warnings(w http.ResponseWriter, r *http.Request) error {
	q, layer, sel, err := s.outlookQuery(r, "budget")
	if err != nil {
		return err
	}
	if sel.Area != "" {
		return schemas.BadParameter("area", "the false alarms are bounded over all areas, so all are tested")
	}
	budget := 0.0
	if text := q.Get("budget"); text != "" {
		budget, err = strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(budget) || budget <= 0 || budget > mostBudget {
			return schemas.BadParameter("budget", "want false alarms a year, above 0 and at most %d", mostBudget)
		}
	}
	answer, err := s.opt.Outlook.Warnings(r.Context(), outlook.WarningsRequest{Layer: layer, Categories: sel.Categories, Budget: budget, Scope: sel.Scope})
	if err != nil {
		return err
	}
	snap := s.opt.Store.Current()
	delays, err := s.reporting.Delays(r.Context(), snap)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, struct {
		*outlook.Warnings
		Reporting lateReports `json:"reporting"`
	}{answer, lateUntil(delays.Of(sel.Scope.Sources), answer.Day)})
}
