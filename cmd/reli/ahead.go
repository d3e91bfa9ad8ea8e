package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"reli/analytics/outlook"
	"reli/schemas"
)

// keepAhead opens the forecasts, warnings and hot spots with what is stored of
// them, and keeps them of the newest data in the background until stop, which
// waits for its end.
func (a *app) keepAhead(p *process) (service *outlook.Service, stop func(), err error) {
	if hour := p.config.BacktestHour; hour < 0 || hour > 23 {
		return nil, nil, schemas.BadParameter("backtest-hour", "want an hour from 0 to 23, have %d", hour)
	}
	service, err = outlook.Open(p.ctx, a.store, a.db, a.now)
	if err != nil || outlook.Extent(p.config.Ahead) == outlook.ExtentNone {
		return service, func() {}, err
	}
	ctx, cancel := context.WithCancel(p.ctx)
	var running sync.WaitGroup
	running.Go(func() {
		service.Keep(ctx, outlook.KeepOptions{Extent: outlook.Extent(p.config.Ahead), Hour: p.config.BacktestHour, Zone: a.zone, Logger: a.logger})
	})
	return service, func() { cancel(); running.Wait() }, nil
}

// makeAhead makes what is asked for most now, with a progress bar, so that a
// server that starts on the data finds it stored.
func (a *app) makeAhead(p *process) error {
	if outlook.Extent(p.config.Ahead) == outlook.ExtentNone {
		return nil
	}
	service, err := outlook.Open(p.ctx, a.store, a.db, a.now)
	if err != nil {
		return err
	}
	bar := newProgress(p.stderr, p.now, "forecasts, warnings and hot spots", "answers", 0)
	defer bar.finish()
	began := p.now()
	made, err := service.Compute(p.ctx, outlook.Work{Extent: outlook.ExtentMain, Progress: func(done, total int) { bar.set(int64(done), int64(total)) }})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "made %d forecasts, backtests, warnings and hot spots in %s\n", made.Made, p.now().Sub(began).Round(100*time.Millisecond))
	return nil
}
