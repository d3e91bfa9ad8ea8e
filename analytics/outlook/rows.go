package outlook

import (
	"math"
	"strings"

	"reli/internal/clickhouse"
)

func resultScope(l Layer, categories []string) clickhouse.ResultScope {
	return clickhouse.ResultScope{Layer: l.Name, Resolution: uint8(l.Resolution), Category: strings.Join(categories, ",")}
}

// rows of a forecast for SQL: one a place and horizon.
func (f *layerForecast) rows(l Layer, categories []string) clickhouse.ResultRows {
	out := clickhouse.ResultRows{Scope: resultScope(l, categories)}
	when := windows(f.span())
	for _, p := range f.Places {
		for i, h := range p.Horizon {
			row := clickhouse.ForecastRow{Place: p.ID, Name: p.Name, Parent: p.Parent, Horizon: h.Horizon, From: when[i].From.Time(), To: when[i].To.Time(),
				Expected: h.Mean, Whole: whole32(h.Whole), AtLeastOne: h.AtLeastOne, Baseline: h.Baseline, State: string(p.Basis),
				Verdict: p.Verdict.Reason, Gain: p.Verdict.Gain, Use: p.Use}
			for n, v := range h.Intervals {
				row.Bounds[2*n], row.Bounds[2*n+1] = whole32(v.Low), whole32(v.High)
			}
			out.Forecasts = append(out.Forecasts, row)
		}
	}
	return out
}

func whole32(n int) uint32 { return uint32(max(0, min(n, math.MaxUint32))) }

// rows of the alarms.
func (w *Warnings) rows(l Layer) clickhouse.ResultRows {
	out := clickhouse.ResultRows{Scope: resultScope(l, nil)}
	for _, a := range w.Alarms {
		out.Warnings = append(out.Warnings, clickhouse.WarningRow{Category: a.Category, Method: a.Method, Place: a.ID, Name: a.Name,
			From: a.From.Time(), To: a.To.Time(), Observed: uint64(max(0, a.Observed)), Expected: a.Expected, Upper: a.Upper, P: a.P, PAdjusted: a.PAdjusted,
			Recurrence: a.Recurrence, Members: a.Members, ReasonZh: a.ReasonZh, ReasonEn: a.ReasonEn})
	}
	return out
}

// rows of the spots, or of the list of rates.
func (h *Hotspots) rows(l Layer) clickhouse.ResultRows {
	out := clickhouse.ResultRows{Scope: resultScope(l, h.Categories)}
	for _, s := range h.Spots {
		out.Hotspots = append(out.Hotspots, clickhouse.HotspotRow{Method: h.Method, Basis: h.Basis, Place: s.ID, Name: s.Name,
			Lng: s.Center[0], Lat: s.Center[1], From: s.From.Time(), To: s.To.Time(), Class: s.Class, Incidents: uint64(max(0, s.Count)),
			Observed: uint64(max(0, s.Observed)), Expected: s.Expected, Strength: s.Strength, PAdjusted: s.PAdjusted, Members: s.Members})
	}
	for _, r := range h.Rates {
		out.Hotspots = append(out.Hotspots, clickhouse.HotspotRow{Method: h.Method, Basis: h.Basis, Place: r.ID, Name: r.Name,
			Lng: r.Center[0], Lat: r.Center[1], From: h.From.Time(), To: h.To.Time(), Class: MethodRates, Incidents: uint64(max(0, r.N)),
			Observed: uint64(max(0, r.N)), Expected: r.Expected, Population: uint64(max(0, r.Population)), Raw: r.Raw, Smoothed: r.Smoothed})
	}
	return out
}

// rows of the scores.
func (b *Backtest) rows(l Layer, verdict string) clickhouse.ResultRows {
	out := clickhouse.ResultRows{Scope: resultScope(l, b.Categories)}
	for i, h := range b.Report.Horizons {
		for _, m := range h.Methods {
			out.Backtests = append(out.Backtests, clickhouse.BacktestRow{Horizon: h.Horizon, Method: m.Method, Weeks: uint16(b.Report.Weeks),
				Holdout: uint16(b.Report.Holdout), Cases: uint64(h.Cases), LogScore: m.LogScore, RPS: m.RPS, Coverage90: m.Coverage,
				Hit5: hitAt(m), Skill: b.Skill[i].Skill, Verdict: verdict})
		}
	}
	return out
}
