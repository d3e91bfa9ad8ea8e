package forecast

import (
	"context"
	"slices"

	"reli/analytics/forecast/score"
)

// levels are the central probabilities of the intervals of every forecast.
var levels = [...]float64{.5, .8, .9, .95}

// Levels lists the central probabilities of the intervals, ascending.
func Levels() []float64 { return slices.Clone(levels[:]) }

// Basis says what a forecast rests on.
type Basis string

// The bases of a forecast.
const (
	// OwnPast: the series has events of its own in the last year.
	OwnPast Basis = "own_past"
	// GroupOnly: the series has none; the numbers are those of its group's
	// quietest members.
	GroupOnly Basis = "group_only"
	// SourceSilent: the group's source seems to have stopped; the forecast
	// continues what was before the silence.
	SourceSilent Basis = "source_silent"
)

// Interval is a central prediction interval in whole events.
type Interval struct {
	Level float64 `json:"level"`
	Low   int     `json:"low"`
	High  int     `json:"high"`
}

// Forecast is what is expected of one series over one horizon.
type Forecast struct {
	Series     int        `json:"series"`
	Horizon    string     `json:"horizon"`
	Mean       float64    `json:"mean"`         // expected events
	Size       float64    `json:"size"`         // of the negative binomial
	AtLeastOne float64    `json:"at_least_one"` // P(≥ 1 event)
	Intervals  []Interval `json:"intervals"`
	Basis      Basis      `json:"basis"`
}

// GroupState says what is out of the ordinary about a group at the end of the
// panel.
type GroupState struct {
	// SilentSince is the first week of a silence that lasts to the end; −1 if
	// there is none.
	SilentSince int `json:"silent_since"`
	// Jump is the ratio of the last 4 weeks' events to what the year before
	// them leads to expect, where it lies outside [1/2, 2] and cannot be
	// chance; otherwise 0.
	Jump float64 `json:"jump"`
}

// Model is a model fitted to a whole panel, ready to forecast what follows
// it. It is safe for concurrent use.
type Model struct {
	choice Choice
	counts [horizons][]score.Count
	bands  [horizons][RateBins][len(levels)]Band
	bases  []Basis
	states []GroupState
}

// Fit chooses a structure and learns its parameters from the whole panel. It
// returns a *ShortError where there are fewer than MinWeeks weeks.
func Fit(ctx context.Context, p *Panel) (*Model, error) {
	c, err := Choose(ctx, p)
	if err != nil {
		return nil, err
	}
	return FitChoice(ctx, p, c)
}

// FitChoice learns the parameters of a given structure: the weekly refit
// between two choices.
func FitChoice(ctx context.Context, p *Panel, c Choice) (*Model, error) {
	m := &Model{choice: c, states: p.states(), bases: p.bases()}
	err := Walk(ctx, p, c, p.weeks-1, func(o *Origin) error {
		for _, h := range Horizons() {
			m.counts[h] = o.Counts(h)
			for bin := range RateBins {
				for i, level := range levels {
					m.bands[h][bin][i] = o.track.learners[h].past[bin].band(level)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Choice is the structure of the model.
func (m *Model) Choice() Choice { return m.choice }

// Groups are the states of the groups at the end of the panel.
func (m *Model) Groups() []GroupState { return slices.Clone(m.states) }

// Count is the predictive distribution of a series before calibration.
func (m *Model) Count(series int, h Horizon) score.Count { return m.counts[h][series] }

// Forecast is what is expected of a series over a horizon.
func (m *Model) Forecast(series int, h Horizon) Forecast {
	return m.ForecastAt(series, h, m.counts[h][series].Mean)
}

// ForecastAt is the forecast of a series whose expected events were fixed from
// outside, as a hierarchy does to make its sums agree: the spread and the
// calibration are the model's.
func (m *Model) ForecastAt(series int, h Horizon, mean float64) Forecast {
	c := m.counts[h][series]
	c.Mean = mean
	f := Forecast{
		Series: series, Horizon: h.String(), Mean: c.Mean, Size: c.Size,
		AtLeastOne: c.AtLeastOne(), Basis: m.bases[series],
		Intervals: make([]Interval, len(levels)),
	}
	for i, level := range levels {
		low, high := interval(c, m.bands[h][RateBin(c.Mean)][i])
		f.Intervals[i] = Interval{Level: level, Low: low, High: high}
	}
	return f
}

func (p *Panel) bases() []Basis {
	silent := make([]bool, p.Groups())
	for _, gap := range p.gaps {
		silent[gap.Group] = silent[gap.Group] || gap.Open
	}
	bases := make([]Basis, p.Series())
	for s, n := range p.Counts(p.weeks-52, p.weeks) {
		switch {
		case silent[p.groups[s]]:
			bases[s] = SourceSilent
		case n == 0:
			bases[s] = GroupOnly
		default:
			bases[s] = OwnPast
		}
	}
	return bases
}

const (
	// jumpFactor is how far the last weeks must be from the year before.
	jumpFactor = 2
	// jumpSigmas is how many Poisson standard deviations, after the square
	// root that makes them equal to 1/2, the change must exceed.
	jumpSigmas = 5
)

func (p *Panel) states() []GroupState {
	states := make([]GroupState, p.Groups())
	for g := range states {
		states[g].SilentSince = -1
		states[g].Jump = p.jump(g)
	}
	for _, gap := range p.gaps {
		if gap.Open {
			states[gap.Group].SilentSince = gap.From
			states[gap.Group].Jump = 0
		}
	}
	return states
}
