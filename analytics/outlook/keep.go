package outlook

import (
	"context"
	"log/slog"
	"time"
)

// Times of the background work.
const (
	// restFactor times as long as a pass took, and leastRest at least, nothing
	// is made after it: data that come in all day cost a fifth of the machine
	// at most, and what comes in together is one pass.
	restFactor = 4
	leastRest  = 2 * time.Second
	// progressEvery is how often a long pass says how far it is.
	progressEvery = 10 * time.Second
)

// KeepOptions steers Keep.
type KeepOptions struct {
	Extent Extent
	Hour   int            // local hour of the nightly backtest
	Zone   *time.Location // of that hour
	Logger *slog.Logger
}

// Keep makes the answers of Compute after every settled change, and measures
// the forecasts again every night, until ctx ends. Meanwhile requests get the
// stored answers, marked as stale as long as newer ones are being made.
func (s *Service) Keep(ctx context.Context, o KeepOptions) {
	s.archive.keep(true)
	defer s.archive.keep(false)
	k := keeper{now: s.now, hour: o.Hour, zone: o.Zone, changed: s.store.Changed, work: func(ctx context.Context, night bool) bool {
		return s.pass(ctx, o, night)
	}}
	k.run(ctx)
}

func (a *archive) keep(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = on
}

// pass makes what is out of date, and says in the log what it did.
func (s *Service) pass(ctx context.Context, o KeepOptions, night bool) (done bool) {
	began := s.now()
	said := began
	t, err := s.Compute(ctx, Work{Extent: o.Extent, Night: night, Progress: func(done, total int) {
		if now := s.now(); now.Sub(said) >= progressEvery {
			said = now
			o.Logger.InfoContext(ctx, "making forecasts, warnings and hot spots", "done", done, "total", total)
		}
	}})
	switch {
	case ctx.Err() != nil:
		return true
	case err != nil:
		o.Logger.ErrorContext(ctx, "making forecasts, warnings and hot spots failed, will be tried again", "error", err)
		return false
	case t.Made > 0 || night:
		o.Logger.InfoContext(ctx, "made forecasts, warnings and hot spots", "made", t.Made, "confirmed", t.Confirmed, "current", t.Current,
			"night", night, "took", s.now().Sub(began).Round(time.Millisecond))
	}
	return true
}

// keeper decides when there is work.
type keeper struct {
	now     func() time.Time
	hour    int
	zone    *time.Location
	changed func() <-chan struct{}
	work    func(ctx context.Context, night bool) (done bool)
}

// run does the work at once, after every change and every night, one at a time,
// until ctx ends. Changes while it works or rests are one change.
func (k keeper) run(ctx context.Context) {
	changed := again()
	night := nextNight(k.now(), k.hour, k.zone)
	for {
		timer := time.NewTimer(night.Sub(k.now()))
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		began := k.now()
		isNight := !began.Before(night)
		changed = k.changed() // taken before the work, so that no change is lost
		if !k.work(ctx, isNight) {
			changed = again()
		} else if isNight {
			night = nextNight(k.now(), k.hour, k.zone)
		}
		rest := time.NewTimer(max(leastRest, restFactor*k.now().Sub(began)))
		select {
		case <-rest.C:
		case <-ctx.Done():
			rest.Stop()
			return
		}
	}
}

// again is a change that has happened already.
func again() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// nextNight is the next time after now at which the local clock shows the full
// hour. Where the clock is put forward over it, it is the moment after.
func nextNight(now time.Time, hour int, zone *time.Location) time.Time {
	local := now.In(zone)
	for day := local.Day(); ; day++ {
		if at := time.Date(local.Year(), local.Month(), day, hour, 0, 0, 0, zone); at.After(now) {
			return at
		}
	}
}
