package main

import (
	"context"
	"fmt"
	"math"
	"syscall"

	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"reli/analytics/forecast"
	"reli/analytics/hotspot"
	"reli/analytics/hotspot/scan"
)

// Sizes of the statistics: a county of size M and its categories over five
// years, the finest map of a county over a year, and a county of size S.
const (
	statPolygons   = 14_216
	statCategories = 12
	statWeeks      = 260
	statYearly     = 1_000_000 // incidents
	mapSide        = 173       // 29,929 cells
	mapWeeks       = 52
	scanPlaces     = 609
	scanCases      = 9_000
	// quickShare of the polygons and cells is left in a quick run.
	quickShare = 256
)

// statistics measures the statistics alone, without store and transport: they
// have no peer, only sizes to be linear in.
func (b *bench) statistics(ctx context.Context) error {
	shrink := 1
	if b.opt.quick {
		shrink = quickShare
	}
	for _, times := range []int{1, 4, 16} {
		if err := b.forecasts(ctx, statPolygons*times/16/shrink); err != nil {
			return err
		}
	}
	if err := b.hotspotMaps(ctx, mapSide/int(math.Sqrt(float64(shrink)))); err != nil {
		return err
	}
	return b.scans(ctx, scanPlaces/min(shrink, 8))
}

// work is what a piece of work took: on the clock, and of processors, which a
// busy machine does not lengthen.
type work struct{ clock, processor time.Duration }

func measured(do func() error) (work, error) {
	started, used := time.Now(), processorTime()
	err := do()
	return work{time.Since(started), processorTime() - used}, err
}

// processorTime is what this process has used of all processors; 0 where the
// system does not tell.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// spent adds rows in seconds and one per piece of the work.
func (b *bench) spent(what, piece string, pieces int, w work) {
	b.compare(row{What: what, Unit: "s"}, []float64{w.clock.Seconds()}, nil)
	b.compare(row{What: what + ", processor time", Unit: "s"}, []float64{w.processor.Seconds()}, nil)
	b.compare(row{What: what + ", processor time of one " + piece, Unit: "µs"}, []float64{float64(w.processor.Nanoseconds()) / 1e3 / float64(pieces)}, nil)
}

// forecasts chooses the model for all categories of so many polygons, fits it,
// and forecasts every series for four weeks. The choice is made anew now and
// then, the fit every week.
func (b *bench) forecasts(ctx context.Context, polygons int) error {
	panel, err := b.countyPanel(polygons)
	if err != nil {
		return err
	}
	var choice forecast.Choice
	chosen, err := measured(func() (err error) {
		choice, err = forecast.Choose(ctx, panel)
		return err
	})
	if err != nil {
		return err
	}
	sum := 0.0
	fitted, err := measured(func() error {
		m, err := forecast.FitChoice(ctx, panel, choice)
		if err != nil {
			return err
		}
		for s := range panel.Series() {
			for _, h := range []forecast.Horizon{forecast.Week1, forecast.Week2, forecast.Week3, forecast.Week4, forecast.FourWeeks} {
				sum += m.Forecast(s, h).Mean
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !(sum > 0) {
		return fmt.Errorf("%d polygons: nothing is expected", polygons)
	}
	size := fmt.Sprintf("%d polygons × %d categories × %d weeks", polygons, statCategories, statWeeks)
	b.spent(size+" fitted and forecast for 4 weeks", "series", panel.Series(), fitted)
	b.spent(size+", model chosen", "series", panel.Series(), chosen)
	return nil
}

// countyPanel draws weekly counts of polygons whose rates differ as widely as
// a county's do, with a season.
func (b *bench) countyPanel(polygons int) (*forecast.Panel, error) {
	rng := b.random("statistics", polygons)
	perWeek := float64(statYearly) / 52 / statPolygons / statCategories
	side := int(math.Sqrt(float64(polygons)))
	spec := forecast.Spec{Weeks: statWeeks, FirstDay: time.Date(2021, 1, 4, 0, 0, 0, 0, time.UTC),
		Groups: make([]int32, polygons*statCategories), Neighbours: make([][]int32, polygons*statCategories)}
	var observations []forecast.Observation
	for s := range spec.Groups {
		polygon, category := s%polygons, s/polygons
		spec.Groups[s] = int32(category)
		for _, near := range []int{polygon - 1, polygon + 1, polygon - side, polygon + side} {
			if near >= 0 && near < polygons {
				spec.Neighbours[s] = append(spec.Neighbours[s], int32(category*polygons+near))
			}
		}
		rate := perWeek * math.Exp(rng.NormFloat64()-.5)
		for w := range statWeeks {
			season := 1 + .3*math.Cos(2*math.Pi*float64(w)/52)
			if n := int(distuv.Poisson{Lambda: rate * season, Src: rng}.Rand()); n > 0 {
				observations = append(observations, forecast.Observation{Series: s, Week: w, Count: n})
			}
		}
	}
	return forecast.NewPanel(spec, observations)
}

// hotspotMaps finds hot spots on every week of a map of hexagons: Gi*, p and
// the false-discovery rate.
func (b *bench) hotspotMaps(ctx context.Context, side int) error {
	rng := b.random("maps", side)
	near := make([][]int, side*side)
	for i := range near {
		x, y := i%side, i/side
		shift := 2*(y%2) - 1 // odd rows lie half a cell to the right
		for _, n := range [][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}, {x + shift, y - 1}, {x + shift, y + 1}} {
			if n[0] >= 0 && n[0] < side && n[1] >= 0 && n[1] < side {
				near[i] = append(near[i], n[1]*side+n[0])
			}
		}
	}
	w, err := hotspot.FromNeighbours(near)
	if err != nil {
		return err
	}
	w = w.WithSelf()
	maps := make([][]float64, mapWeeks)
	for t := range maps {
		maps[t] = make([]float64, side*side)
		for i := range maps[t] {
			maps[t][i] = distuv.Poisson{Lambda: .3, Src: rng}.Rand()
		}
	}
	took, err := measured(func() error {
		for _, x := range maps {
			if _, err := hotspot.Detect(ctx, x, w, hotspot.DetectOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.spent(fmt.Sprintf("Gi* with FDR on %d cells × %d weeks", side*side, mapWeeks), "cell and week", side*side*mapWeeks, took)
	return nil
}

// scans looks for a space-time cluster with the permutation model.
func (b *bench) scans(ctx context.Context, places int) error {
	rng := b.random("scan", places)
	points, cases := make([]scan.Point, places), make([]int, places*mapWeeks)
	for i := range points {
		points[i] = scan.Point{X: rng.Float64(), Y: rng.Float64()}
	}
	for range scanCases {
		cases[rng.IntN(len(cases))]++
	}
	var r *scan.Result
	took, err := measured(func() (err error) {
		r, err = scan.Permutation(ctx, points, mapWeeks, cases, scan.Options{Seed: b.opt.seed})
		return err
	})
	if err != nil {
		return err
	}
	b.spent(fmt.Sprintf("prospective space-time scan of %d polygons × %d weeks, %d replications", places, mapWeeks, r.Replications),
		"replication", r.Replications, took)
	return nil
}
