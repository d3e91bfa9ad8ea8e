package web

import (
	"errors"
	"fmt"
	"math"
	"net/url"

	"reli/analytics/cube"
	"reli/analytics/series"
	"reli/schemas"
)

// split is how a series is to be split; nil for not at all.
type split struct{ robust bool }

// readSplit reads decompose and robust.
func readSplit(q url.Values) (*split, error) {
	robust := q.Get("robust")
	if robust != "" && robust != "0" && robust != "1" {
		return nil, schemas.BadParameter("robust", "want 0 or 1")
	}
	switch q.Get("decompose") {
	case "":
		return nil, nil
	case "stl":
		return &split{robust: robust != "0"}, nil
	}
	return nil, schemas.BadParameter("decompose", "want stl")
}

// decomposition says how the series was split, or why it was not.
type decomposition struct {
	Method string `json:"method"`
	Period int    `json:"period"` // steps of a cycle
	Robust bool   `json:"robust"`
	Code   string `json:"code"` // ok, too_few_steps, gaps or no_events
	Zh     string `json:"zh"`
	En     string `json:"en"`
	// SeasonStrength and TrendStrength are from 0 (none) to 1 (all of the
	// variance left beside the other), after Wang, Smith & Hyndman (2006).
	SeasonStrength *float64 `json:"season_strength"`
	TrendStrength  *float64 `json:"trend_strength"`
}

// cycle is the length of a season: a week of days, a year of weeks or months.
func cycle(step cube.Step) int {
	return map[cube.Step]int{cube.StepDay: 7, cube.StepWeek: 52, cube.StepMonth: 12}[step]
}

// decompose splits the whole steps and puts the parts into the points.
func (l *line) decompose(s *split) *decomposition {
	if s == nil {
		return nil
	}
	low, high := l.whole()
	o := series.STL{Period: cycle(l.step), Robust: s.robust}
	d := &decomposition{Method: "stl", Period: o.Period, Robust: s.robust, Code: "ok"}
	values, events := make([]float64, high-low), int64(0)
	for i := range values {
		values[i] = float64(l.counts[low+i])
		events += l.counts[low+i]
		if l.points[low+i].State == stepMissing {
			values[i] = math.NaN()
		}
	}
	if events == 0 && len(values) >= o.LeastSteps() {
		d.Code, d.Zh, d.En = "no_events", "窗口内没有事件，不作分解", "no incident in the window: nothing to split"
		return d
	}
	parts, err := o.Decompose(values)
	switch {
	case errors.Is(err, series.ErrTooFewCycles):
		d.Code, d.Zh = "too_few_steps", fmt.Sprintf("完整时段不足：有 %d 个，季节分解至少需要 %d 个", len(values), o.LeastSteps())
		d.En = fmt.Sprintf("too few whole steps: %d, at least %d are needed to split off a season", len(values), o.LeastSteps())
		return d
	case err != nil:
		d.Code, d.Zh, d.En = "gaps", "周期中有时段始终缺数，不作分解", "a step of the cycle is missing every time: no season can be split off"
		return d
	}
	for i := range values {
		p := &l.points[low+i]
		if parts.Remainder[i] != nil { // nothing is shown where nothing is known
			p.Season, p.Trend, p.Remainder = &parts.Season[i], &parts.Trend[i], parts.Remainder[i]
		}
	}
	d.SeasonStrength, d.TrendStrength = parts.SeasonStrength(), parts.TrendStrength()
	return d
}
