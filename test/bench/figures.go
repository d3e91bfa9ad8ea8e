package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/analytics/report"
	"reli/geo/area"
)

// figures measures the indicators of every grid over twelve months and the
// monthly reports as workbooks. They have no peer, only a bar in seconds.
func (b *bench) figures(ctx context.Context) error {
	store := b.reli.store
	cat := store.Current().Catalogue
	s := report.New(report.Options{DB: b.reli.db, Store: store, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	year := cube.Selection{From: cat.Last.AddYears(-1) + 1, To: cat.Last + 1, Measure: cube.MeasureCount}
	for _, table := range []string{"courses", "courses_settled"} {
		if err := b.reli.db.Exec(ctx, `TRUNCATE TABLE `+table); err != nil {
			return err
		}
	}
	ask := func() error {
		a, err := s.Indicators.Indicators(ctx, indicator.Request{Selection: year, Level: area.Grid})
		if err == nil && len(a.Areas) != len(grids(b.reli)) {
			err = fmt.Errorf("%d areas", len(a.Areas))
		}
		return err
	}
	first, err := measured(ask)
	if err != nil {
		return err
	}
	b.compare(row{What: fmt.Sprintf("courses of %d incidents settled from nothing", cat.Incidents), Unit: "s"}, []float64{first.clock.Seconds()}, nil)
	var all []float64
	for range max(b.opt.rounds, 2) {
		w, err := measured(ask)
		if err != nil {
			return err
		}
		all = append(all, w.clock.Seconds())
	}
	b.compare(row{What: fmt.Sprintf("all indicators of %d grids, 12 months", len(grids(b.reli))), Unit: "s", Bar: bar{valueAtMost, 1}}, all, nil)
	return b.workbooks(ctx, s, report.PeriodOf(report.CadenceMonth, cat.Last+1).Before())
}

func (b *bench) workbooks(ctx context.Context, s *report.Service, month report.Period) error {
	workbook, _ := report.LookupFormat("xlsx")
	for _, name := range []string{"overview", "situation", "ledgers"} {
		info, _ := report.Lookup(name)
		var took []float64
		for range b.opt.rounds {
			w, err := measured(func() error {
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
			took = append(took, w.clock.Seconds())
		}
		b.compare(row{What: "monthly report `" + name + "` as XLSX", Unit: "s", Bar: bar{valueAtMost, 3}}, took, nil)
	}
	return nil
}
