package web

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"reli/analytics/cube"
	"reli/analytics/outlook"
	"reli/schemas"
)

// Places of a forecast in one answer.
const (
	defaultPlaces = 1000
	mostPlaces    = 20_000
)

// outlookQuery reads what forecasts, warnings and backtests take instead of a
// Selection: they choose their own window, of whole past weeks.
func (s *Server) outlookQuery(r *http.Request, extra ...string) (url.Values, outlook.Layer, cube.Selection, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, outlook.Layer{}, cube.Selection{}, schemas.BadParameter("query", "the query string is malformed")
	}
	if err := onlyParameters(q, append([]string{"level", "res", "category", "area", "v"}, extra...)...); err != nil {
		return nil, outlook.Layer{}, cube.Selection{}, err
	}
	sel, err := cube.ParseSelection(url.Values{"category": q["category"], "area": q["area"]}, s.opt.Store.Current().Catalogue, s.opt.Store.Today())
	if err == nil {
		sel, err = s.scoped(r, sel)
	}
	if err != nil {
		return nil, outlook.Layer{}, cube.Selection{}, err
	}
	level := q.Get("level")
	if level == "" {
		level = "township"
	}
	res, err := number(q, "res", 0, 0, 15)
	if err != nil {
		return nil, outlook.Layer{}, cube.Selection{}, err
	}
	layer, err := outlook.ParseLayer(level, res)
	return q, layer, sel, err
}

// number reads a whole number between two bounds; absent is its default.
func number(q url.Values, name string, absent, low, high int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, schemas.BadParameter(name, "want a whole number from %d to %d", low, high)
	}
	return n, nil
}

// flag reads a parameter that is 1, or 0 as when it is absent.
func flag(q url.Values, name string) (bool, error) {
	switch q.Get(name) {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	}
	return false, schemas.BadParameter(name, "want 0 or 1")
}

// forecast gives what is expected of each place over the next weeks.
func (s *Server) forecast(w http.ResponseWriter, r *http.Request) error {
	q, layer, sel, err := s.outlookQuery(r, "horizon", "limit")
	if err != nil {
		return err
	}
	limit, err := number(q, "limit", defaultPlaces, 1, mostPlaces)
	if err != nil {
		return err
	}
	answer, err := s.opt.Outlook.Forecast(r.Context(), outlook.ForecastRequest{Layer: layer, Area: sel.Area,
		Categories: sel.Categories, Horizon: q.Get("horizon"), Limit: limit, Scope: sel.Scope})
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, answer)
}

// backtest reports how good the forecasts would have been, as JSON or, where
// that is asked for, as Markdown.
func (s *Server) backtest(w http.ResponseWriter, r *http.Request) error {
	q, layer, sel, err := s.outlookQuery(r, "holdout", "seed", "format", "detection")
	if err != nil {
		return err
	}
	if sel.Area != "" {
		return schemas.BadParameter("area", "a backtest is of all areas")
	}
	if len(sel.Scope.Areas) > 0 {
		return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "a backtest is of all areas, and you see some"}
	}
	holdout, err := number(q, "holdout", 0, 1, 260)
	if err != nil {
		return err
	}
	seed, err := number(q, "seed", 0, 0, math.MaxInt)
	if err != nil {
		return err
	}
	detection, err := flag(q, "detection")
	if err != nil {
		return err
	}
	format := q.Get("format")
	if !slices.Contains([]string{"", "json", "markdown"}, format) {
		return schemas.BadParameter("format", "want json or markdown")
	}
	answer, err := s.opt.Outlook.Backtest(r.Context(), outlook.BacktestRequest{Layer: layer, Categories: sel.Categories,
		Holdout: holdout, Seed: uint64(seed), Detection: detection, Scope: sel.Scope})
	if err != nil {
		return err
	}
	if format == "markdown" || (format == "" && strings.HasPrefix(r.Header.Get("Accept"), "text/markdown")) {
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		_, err = w.Write([]byte(answer.Markdown()))
		return clientGone(err)
	}
	return s.writeJSON(w, r, answer)
}
