package hotspot

import (
	"context"
	"errors"

	"reli/analytics/hotspot/internal/montecarlo"
)

// minSteps is the least number of time steps of an emerging hot-spot analysis: with
// fewer, "90 % of the steps" and a trend mean nothing.
const minSteps = 10

// DefaultTrendAlpha is the level of the trend test of a lasting hot spot.
const DefaultTrendAlpha = 0.05

// Cube holds a value for every cell and time step: Values[step*Cells+cell].
type Cube struct {
	Steps, Cells int
	Values       []float64
}

// step returns the map of one time step.
func (c Cube) step(t int) []float64 { return c.Values[t*c.Cells : (t+1)*c.Cells] }

// EmergingOptions steers EmergingHotSpots; the zero value is the recommended one.
type EmergingOptions struct {
	Detect     DetectOptions // of the map of every step
	Window     int           // steps summed into one map, trailing; 0 means 1
	TrendAlpha float64       // 0 means DefaultTrendAlpha
}

// Pattern is the history of one cell.
type Pattern struct {
	Class     Class
	Trend     Trend // of Gi* over the steps that are defined
	HotSteps  int
	ColdSteps int
	LastHot   int // latest hot step of the analysis, −1 if never
}

// Emerging is the result of an emerging hot-spot analysis. Steps are those of the
// cube less Window−1; step k of the analysis ends at step k+Window−1 of the cube.
type Emerging struct {
	Steps     int
	Z         []float64 // Gi* of step and cell, [step*cells+cell]; 0 where undefined
	State     []State   // same layout
	Undefined []int     // steps on which the map is constant, all cells neutral
	Patterns  []Pattern // one a cell
}

// EmergingHotSpots classes every cell of a cube by the course of its Gi* (w must
// have self). Each step is compared with the rest of the same step's map, so a
// rise of the whole county makes no cell hot; the false-discovery rate holds within
// every step. At a county's density a Window of four weeks says more than one.
func EmergingHotSpots(ctx context.Context, c Cube, w *Weights, o EmergingOptions) (*Emerging, error) {
	if o.Window == 0 {
		o.Window = 1
	}
	if o.TrendAlpha == 0 {
		o.TrendAlpha = DefaultTrendAlpha
	}
	if err := checkCube(c, o); err != nil {
		return nil, err
	}
	rolled := c.rolling(o.Window)
	e := &Emerging{
		Steps: rolled.Steps,
		Z:     make([]float64, len(rolled.Values)),
		State: make([]State, len(rolled.Values)),
	}
	if err := e.detectSteps(ctx, rolled, w, o.Detect); err != nil {
		return nil, err
	}
	var err error
	e.Patterns, err = e.patterns(ctx, c.Cells, o)
	return e, err
}

func checkCube(c Cube, o EmergingOptions) error {
	switch {
	case c.Cells < minCells:
		return Refuse(TooFew, "cells", "at least three cells are needed")
	case c.Steps < 0 || len(c.Values) != c.Steps*c.Cells:
		return Refuse(LengthMismatch, "values", "must hold steps times cells values")
	case o.Window < 1:
		return Refuse(BadOption, "window", "must be at least one step")
	case c.Steps-o.Window+1 < minSteps:
		return Refuse(TooFew, "steps", "at least ten time steps are needed")
	}
	if err := checkLevel("trend_alpha", o.TrendAlpha); err != nil {
		return err
	}
	return checkFinite("values", c.Values)
}

// rolling returns the cube of trailing sums over window steps.
func (c Cube) rolling(window int) Cube {
	if window == 1 {
		return c
	}
	out := Cube{Steps: c.Steps - window + 1, Cells: c.Cells}
	out.Values = make([]float64, out.Steps*out.Cells)
	for t := range out.Steps {
		sums := out.step(t)
		for k := range window {
			for i, v := range c.step(t + k) {
				sums[i] += v
			}
		}
	}
	return out
}

// detectSteps finds the hot and cold spots of every step, steps side by side.
func (e *Emerging) detectSteps(ctx context.Context, c Cube, w *Weights, o DetectOptions) error {
	constant := make([]bool, c.Steps)
	workers := o.Workers
	o.Workers = 1
	err := montecarlo.Each(ctx, 0, c.Steps, workers, func() func(int) error {
		return func(t int) error {
			step := o
			step.Seed += uint64(t)
			d, err := Detect(ctx, c.step(t), w, step)
			var input *InputError
			if errors.As(err, &input) && input.Code == Constant {
				constant[t] = true
				return nil
			}
			if err != nil {
				return err
			}
			copy(e.Z[t*c.Cells:], d.Z)
			copy(e.State[t*c.Cells:], d.State)
			return nil
		}
	})
	for t, is := range constant {
		if is {
			e.Undefined = append(e.Undefined, t)
		}
	}
	return err
}

// patternChunk is the number of cells of one piece of work.
const patternChunk = 256

// patterns classes every cell from the steps that are defined.
func (e *Emerging) patterns(ctx context.Context, cells int, o EmergingOptions) ([]Pattern, error) {
	out := make([]Pattern, cells)
	steps := e.definedSteps()
	chunks := (cells + patternChunk - 1) / patternChunk
	err := montecarlo.Each(ctx, 0, chunks, o.Detect.Workers, func() func(int) error {
		z, scratch := make([]float64, len(steps)), make([]float64, len(steps))
		states := make([]State, e.Steps)
		return func(chunk int) error {
			for i := chunk * patternChunk; i < min(cells, (chunk+1)*patternChunk); i++ {
				for k, t := range steps {
					z[k] = e.Z[t*cells+i]
				}
				for t := range states {
					states[t] = e.State[t*cells+i]
				}
				copy(scratch, z)
				out[i] = patternOf(states, z, scratch, o.TrendAlpha)
			}
			return nil
		}
	})
	return out, err
}

func (e *Emerging) definedSteps() []int {
	var steps []int
	next := 0
	for t := range e.Steps {
		if next < len(e.Undefined) && e.Undefined[next] == t {
			next++
			continue
		}
		steps = append(steps, t)
	}
	return steps
}

func patternOf(states []State, z, scratch []float64, alpha float64) Pattern {
	p := Pattern{Trend: Trend{P: 1}, LastHot: -1}
	if len(z) >= minTrend {
		p.Trend = mannKendall(z, scratch)
	}
	for t, s := range states {
		switch s {
		case Hot:
			p.HotSteps++
			p.LastHot = t
		case Cold:
			p.ColdSteps++
		}
	}
	p.Class = Classify(states, p.Trend, alpha)
	return p
}
