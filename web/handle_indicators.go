package web

import (
	"net/http"
	"strconv"
	"strings"

	"reli/analytics/indicator"
	"reli/geo/area"
	"reli/schemas"
)

// Areas of one answer: a province's grids are more than a table holds.
const (
	fewAreas  = 1000
	mostAreas = 20_000
)

// indicators gives the figures of the areas of a level, each with its
// definition, numerator, denominator and interval.
func (s *Server) indicators(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "level", "compare", "indicator", "limit", "litigation_numerator", "litigation_denominator", "v")
	if err != nil {
		return err
	}
	request := indicator.Request{Selection: sel, Roster: s.opt.Roster}
	if request.Level, err = levelOf(q.Get("level")); err != nil {
		return err
	}
	if request.Compare, err = indicator.ParseCompare(q.Get("compare")); err != nil {
		return err
	}
	if request.Parts, err = indicator.ParseParts(q.Get("litigation_numerator"), q.Get("litigation_denominator")); err != nil {
		return err
	}
	if list := q.Get("indicator"); list != "" {
		request.Codes = strings.Split(list, ",")
	}
	limit, err := upTo(q.Get("limit"), fewAreas, mostAreas)
	if err != nil {
		return err
	}
	answer, err := s.opt.Reports.Indicators.Indicators(r.Context(), request)
	if err != nil {
		return err
	}
	answer.Areas = answer.Areas[:min(limit, len(answer.Areas))]
	return s.writeJSON(w, r, answer)
}

// levelOf reads a level of the division tree, townships by default; total is
// one row of everything.
func levelOf(text string) (area.Level, error) {
	switch text {
	case "":
		return area.Township, nil
	case "total":
		return area.Unknown, nil
	}
	level, err := area.ParseLevel(text)
	if err != nil {
		return level, schemas.BadParameter("level", "want total, county, township, village or grid")
	}
	return level, nil
}

func upTo(text string, few, most int) (int, error) {
	if text == "" {
		return few, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, schemas.BadParameter("limit", "want 1 to %d", most)
	}
	return n, nil
}
