package clickhouse

import (
	"encoding/binary"
	"math"
	"time"
)

// ResultScope is what all rows of a result have in common.
type ResultScope struct {
	Layer      string
	Resolution uint8  // of hexagons
	Category   string // "" for all together, otherwise codes joined by commas
}

// ResultRows are an answer as rows for SQL; one of the lists is filled.
type ResultRows struct {
	Scope     ResultScope
	Forecasts []ForecastRow
	Warnings  []WarningRow
	Hotspots  []HotspotRow
	Backtests []BacktestRow
}

// ForecastRow is what is expected of a place over a horizon.
type ForecastRow struct {
	Place, Name, Parent, Horizon string
	From, To                     time.Time
	Expected                     float64
	Whole                        uint32
	AtLeastOne                   float64
	Bounds                       [6]uint32 // low and high of the 50, 80 and 95 % intervals
	Baseline                     float64
	State, Verdict               string
	Gain                         float64
	Use                          string
}

// WarningRow is an alarm.
type WarningRow struct {
	Category, Method, Place, Name string
	From, To                      time.Time
	Observed                      uint64
	Expected                      float64
	Upper                         *float64
	P, PAdjusted                  float64
	Recurrence                    *float64 // years
	Members                       []string
	ReasonZh, ReasonEn            string
}

// HotspotRow is a place, or circle of places, that differs from the rest.
type HotspotRow struct {
	Method, Basis, Place, Name string
	Lng, Lat                   float64
	From, To                   time.Time
	Class                      string
	Incidents, Observed        uint64
	Expected, Strength         float64
	PAdjusted                  *float64
	Population                 uint64
	Raw, Smoothed              *float64 // per 10,000 people
	Members                    []string
}

// BacktestRow are the scores of one method at one horizon.
type BacktestRow struct {
	Horizon, Method                        string
	Weeks, Holdout                         uint16
	Cases                                  uint64
	LogScore, RPS, Coverage90, Hit5, Skill float64
	Verdict                                string
}

// part is what goes into one table.
type part struct {
	sql  string
	rows []byte
}

const (
	intoForecasts = `INSERT INTO forecasts (run, layer, resolution, category, data_version, model_version, made_at, place, place_name, parent, horizon, day_from, day_to, expected, whole, p_any, lo50, hi50, lo80, hi80, lo95, hi95, baseline, state, verdict, gain, use)`
	intoWarnings  = `INSERT INTO warnings (run, layer, resolution, category, data_version, model_version, made_at, method, place, place_name, day_from, day_to, observed, expected, upper, p, p_adjusted, recurrence_years, members, reason_zh, reason_en)`
	intoHotspots  = `INSERT INTO hotspots (run, layer, resolution, category, data_version, model_version, made_at, method, basis, place, place_name, lng, lat, day_from, day_to, class, incidents, observed, expected, strength, p_adjusted, population, raw_rate, smoothed_rate, members)`
	intoBacktests = `INSERT INTO backtests (run, layer, resolution, category, data_version, model_version, made_at, horizon, method, weeks, holdout_weeks, cases, log_score, rps, coverage_90, hit_5, skill, verdict)`
)

// parts are the inserts of the rows, in the columns' order of the statements.
func (r ResultRows) parts(made Result) []part {
	var f, wn, h, b rowBinary
	for _, row := range r.Forecasts {
		f.scope(made, r.Scope, r.Scope.Category)
		f.forecast(row)
	}
	for _, row := range r.Warnings {
		wn.scope(made, r.Scope, row.Category)
		wn.warning(row)
	}
	for _, row := range r.Hotspots {
		h.scope(made, r.Scope, r.Scope.Category)
		h.hotspot(row)
	}
	for _, row := range r.Backtests {
		b.scope(made, r.Scope, r.Scope.Category)
		b.backtest(row)
	}
	return []part{{intoForecasts, f.buf}, {intoWarnings, wn.buf}, {intoHotspots, h.buf}, {intoBacktests, b.buf}}
}

func (w *rowBinary) scope(made Result, s ResultScope, category string) {
	w.u64(made.Run)
	w.string(s.Layer)
	w.u8(s.Resolution)
	w.string(category)
	w.u64(made.DataVersion)
	w.string(made.ModelVersion)
	w.millis(made.MadeAt)
}

func (w *rowBinary) forecast(r ForecastRow) {
	w.texts(r.Place, r.Name, r.Parent, r.Horizon)
	w.date(r.From)
	w.date(r.To)
	w.f64(r.Expected)
	w.u32(r.Whole)
	w.f64(r.AtLeastOne)
	for _, v := range r.Bounds {
		w.u32(v)
	}
	w.f64(r.Baseline)
	w.texts(r.State, r.Verdict)
	w.f64(r.Gain)
	w.string(r.Use)
}

func (w *rowBinary) warning(r WarningRow) {
	w.texts(r.Method, r.Place, r.Name)
	w.date(r.From)
	w.date(r.To)
	w.u64(r.Observed)
	w.f64(r.Expected)
	w.orNull(r.Upper)
	w.f64(r.P)
	w.f64(r.PAdjusted)
	w.orNull(r.Recurrence)
	w.list(r.Members)
	w.texts(r.ReasonZh, r.ReasonEn)
}

func (w *rowBinary) hotspot(r HotspotRow) {
	w.texts(r.Method, r.Basis, r.Place, r.Name)
	w.f64(r.Lng)
	w.f64(r.Lat)
	w.date(r.From)
	w.date(r.To)
	w.string(r.Class)
	w.u64(r.Incidents)
	w.u64(r.Observed)
	w.f64(r.Expected)
	w.f64(r.Strength)
	w.orNull(r.PAdjusted)
	w.u64(r.Population)
	w.orNull(r.Raw)
	w.orNull(r.Smoothed)
	w.list(r.Members)
}

func (w *rowBinary) backtest(r BacktestRow) {
	w.texts(r.Horizon, r.Method)
	w.buf = binary.LittleEndian.AppendUint16(w.buf, r.Weeks)
	w.buf = binary.LittleEndian.AppendUint16(w.buf, r.Holdout)
	w.u64(r.Cases)
	for _, v := range []float64{r.LogScore, r.RPS, r.Coverage90, r.Hit5, r.Skill} {
		w.f64(v)
	}
	w.string(r.Verdict)
}

func (w *rowBinary) texts(list ...string) {
	for _, s := range list {
		w.string(s)
	}
}

func (w *rowBinary) list(texts []string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(texts)))
	w.texts(texts...)
}

func (w *rowBinary) f64(v float64) { w.u64(math.Float64bits(v)) }

// orNull writes a Nullable(Float64).
func (w *rowBinary) orNull(v *float64) {
	if v == nil {
		w.u8(1)
		return
	}
	w.u8(0)
	w.f64(*v)
}
