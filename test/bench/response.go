package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/analytics/report"
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// fromRecords counts by grid what an analyst would without Reli: one statement
// on the records and their steps, five counts of the forty and no quantile,
// interval or definition.
const fromRecords = `SELECT p.grid AS key, toInt64(count()), toInt64(countIf(l.assigned > 0 AND l.assigned < {end:UInt32})),
    toInt64(countIf(l.mediated > 0 AND l.mediated < {end:UInt32})), toInt64(countIf(l.closed > 0 AND l.closed < {end:UInt32})),
    toInt64(countIf(l.rated > 0 AND l.rated < {end:UInt32}))
FROM (SELECT source, source_id, area FROM incidents FINAL WHERE occurred_at >= fromUnixTimestamp({begin:UInt32}) AND occurred_at < fromUnixTimestamp({end:UInt32})) AS i
LEFT JOIN
(
    SELECT source, source_id, toUInt32(minIf(at, kind = 'assign')) AS assigned, toUInt32(minIf(at, kind IN ('mediate', 'fail', 'resolve'))) AS mediated,
        toUInt32(maxIf(at, kind IN ('resolve', 'cancel'))) AS closed, toUInt32(maxIf(at, kind IN ('satisfied', 'fair', 'dissatisfied'))) AS rated
    FROM transitions GROUP BY source, source_id
) AS l ON l.source = i.source AND l.source_id = i.source_id
INNER JOIN (SELECT code, grid FROM area_paths FINAL WHERE removed = 0 AND grid != '') AS p ON p.code = i.area
GROUP BY key`

const recordsName = "bare engine, five counts in one statement on the records"

// response measures what the offices ask for: the indicators of every grid
// over twelve months, in one window and month by month, and the monthly
// reports as workbooks.
func (b *bench) response(ctx context.Context) error {
	cat := b.reli.store.Current().Catalogue
	s := report.New(report.Options{DB: b.reli.db, Store: b.reli.store, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	year := cube.Selection{From: cat.Last.AddYears(-1) + 1, To: cat.Last + 1, Measure: cube.MeasureCount}
	for _, table := range []string{"courses", "courses_settled"} {
		if err := b.reli.db.Exec(ctx, `TRUNCATE TABLE `+table); err != nil {
			return err
		}
	}
	first, err := b.busy(func() error { return b.everyGrid(ctx, s, year) })
	if err != nil {
		return err
	}
	b.both(row{What: fmt.Sprintf("courses of %d incidents settled from nothing", cat.Incidents)}, []work{first}, nil)
	what := fmt.Sprintf("all indicators of %d grids, 12 months", len(grids(b.reli)))
	var ours, monthly []work
	for range max(b.opt.rounds, 2) {
		w, err := b.busy(func() error { return b.everyGrid(ctx, s, year) })
		if err != nil {
			return err
		}
		ours = append(ours, w)
		if w, err = b.busy(func() error { return b.everyMonth(ctx, s, year) }); err != nil {
			return err
		}
		monthly = append(monthly, w)
	}
	theirs, err := b.agree(ctx, s, year)
	if err != nil {
		return err
	}
	b.both(row{What: what, Peer: recordsName, Bar: bar{valueAtMost, 1}}, ours, slices.Repeat([]work{theirs}, len(ours)))
	b.both(row{What: what + ", month by month"}, monthly, nil)
	return b.workbooks(ctx, s, report.PeriodOf(report.CadenceMonth, cat.Last+1).Before())
}

func (b *bench) everyGrid(ctx context.Context, s *report.Service, window cube.Selection) error {
	a, err := s.Indicators.Indicators(ctx, indicator.Request{Selection: window, Level: area.Grid})
	if err == nil && len(a.Areas) != len(grids(b.reli)) {
		err = fmt.Errorf("%d areas", len(a.Areas))
	}
	return err
}

// everyMonth asks for twelve windows, the last of which ends with the year's.
func (b *bench) everyMonth(ctx context.Context, s *report.Service, year cube.Selection) error {
	p := report.PeriodOf(report.CadenceMonth, year.To-1)
	for range 12 {
		month := year
		month.From, month.To = p.From, p.To
		if err := b.everyGrid(ctx, s, month); err != nil {
			return err
		}
		p = p.Before()
	}
	return nil
}

// countRecords asks the peer; it gives reports and assigned ones by grid.
func (b *bench) countRecords(ctx context.Context, window cube.Selection) (map[string][2]int64, error) {
	seconds := func(d cube.Day) uint32 {
		t := d.Time()
		return uint32(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, b.reli.store.Zone()).Unix())
	}
	out := map[string][2]int64{}
	err := b.reli.db.Each(ctx, fromRecords, func(scan func(...any) error) error {
		var key string
		var reports, assigned, mediated, closed, rated int64
		if err := scan(&key, &reports, &assigned, &mediated, &closed, &rated); err != nil {
			return err
		}
		out[key] = [2]int64{reports, assigned}
		return nil
	}, clickhouse.Param("begin", seconds(window.From)), clickhouse.Param("end", seconds(window.To)))
	return out, err
}

// agree measures the peer, once: it takes many times as long. It checks that
// the peer counts the same where it counts the same thing.
func (b *bench) agree(ctx context.Context, s *report.Service, window cube.Selection) (took work, err error) {
	var theirs map[string][2]int64
	took, err = b.busy(func() (err error) {
		theirs, err = b.countRecords(ctx, window)
		return err
	})
	if err != nil {
		return took, err
	}
	a, err := s.Indicators.Indicators(ctx, indicator.Request{Selection: window, Level: area.Grid})
	if err != nil {
		return took, err
	}
	all := int64(0)
	for i := range a.Areas {
		reports, _, _ := a.Value(&a.Areas[i], "reports")
		assigned, _, _ := a.Value(&a.Areas[i], "stage_assign")
		if have := [2]int64{reports.Numerator, assigned.Numerator}; have != theirs[a.Areas[i].Code] {
			return took, fmt.Errorf("grid %s: %v, the peer has %v", a.Areas[i].Code, have, theirs[a.Areas[i].Code])
		}
		all += reports.Numerator
	}
	b.fact("indicators: %d reports by grid, the same as the peer's", all)
	return took, nil
}

func (b *bench) workbooks(ctx context.Context, s *report.Service, month report.Period) error {
	workbook, _ := report.LookupFormat("xlsx")
	for _, info := range report.Infos() {
		if !slices.Contains(info.Cadences, report.CadenceMonth) {
			continue
		}
		var took []work
		for range b.opt.rounds {
			w, err := b.busy(func() error {
				d, err := s.Get(ctx, info, month, "", cube.Scope{})
				if err != nil {
					return err
				}
				var body bytes.Buffer
				return workbook.Write(&body, d, "")
			})
			if err != nil {
				return err
			}
			took = append(took, w)
		}
		b.both(row{What: "monthly report `" + info.Name + "` as XLSX", Bar: bar{valueAtMost, 3}}, took, nil)
	}
	return nil
}

// busy measures what a piece of work takes of the clock, and of processors in
// this process and the engine's.
func (b *bench) busy(do func() error) (work, error) {
	before := childTime(b.reli.engine.PID())
	w, err := measured(do)
	w.processor += childTime(b.reli.engine.PID()) - before
	return w, err
}

// both keeps a row by the clock, and one of processor time.
func (b *bench) both(r row, ours, theirs []work) {
	of := func(all []work, part func(work) time.Duration) (out []float64) {
		for _, w := range all {
			out = append(out, part(w).Seconds())
		}
		return out
	}
	clock := func(w work) time.Duration { return w.clock }
	processor := func(w work) time.Duration { return w.processor }
	r.Unit = "s"
	b.compare(r, of(ours, clock), of(theirs, clock))
	r.What, r.Bar = r.What+", processor time", bar{}
	b.compare(r, of(ours, processor), of(theirs, processor))
}

// childTime is the processor time that another process has used; 0 where the
// system does not tell.
func childTime(pid int) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on all of Linux
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	const user, system = 11, 12 // after the name, see proc(5)
	if len(fields) <= system {
		return 0
	}
	u, _ := strconv.Atoi(fields[user])
	s, _ := strconv.Atoi(fields[system])
	return time.Duration(u+s) * tick
}
