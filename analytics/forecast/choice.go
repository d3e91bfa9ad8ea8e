package forecast

import (
	"context"
	"math"
	"slices"
)

// Choice is the structure of a model, chosen on past weeks only.
type Choice struct {
	// HalfLife of the place's own past, in weeks.
	HalfLife float64 `json:"half_life_weeks"`
	// Season says that the group's yearly pattern is used.
	Season bool `json:"season"`
	// Level is the half-life in weeks of the group's recent total that scales
	// all its places; 0 for none.
	Level float64 `json:"level_half_life_weeks"`
	// LongMemory adds the other half-lives and the whole history.
	LongMemory bool `json:"long_memory"`
	// SelfExciting adds the place's very last weeks.
	SelfExciting bool `json:"self_exciting"`
	// Neighbours adds the past of the adjoining places.
	Neighbours bool `json:"neighbours"`
	// Default says that the history was too short for a choice.
	Default bool `json:"default"`
	// Trials are the candidates with their scores, in the order tried.
	Trials []Trial `json:"trials,omitempty"`
}

// Trial is one candidate and its mean log score on the weeks of the choice:
// one week ahead and four-week total.
type Trial struct {
	Choice    Choice  `json:"choice"`
	Week      float64 `json:"log_score_week"`
	FourWeeks float64 `json:"log_score_four_weeks"`
}

const (
	// MinWeeks is the least history for any forecast.
	MinWeeks = 8
	// choiceWeeks is the number of last weeks on which candidates compete.
	choiceWeeks = 26
	// learnWeeks is the number of weeks before those in which they learn
	// their weights, spread and calibration.
	learnWeeks = 65
	// choiceLeast is the history below which nothing is chosen.
	choiceLeast = choiceWeeks + 2*MinWeeks
	// partGain is the relative gain in the log score for which another part is
	// worth having.
	partGain = 2e-4
	// excitementHalfLife is that of the self-exciting term, in weeks.
	excitementHalfLife = 1
	// neighbourHalfLife is that of the neighbour term, in weeks.
	neighbourHalfLife = 26
)

// halfLives are the candidates for the place's own past, in weeks.
var halfLives = [...]float64{13, 26, 52}

// levelHalfLives are the candidates for the group's recent level, in weeks.
var levelHalfLives = [...]float64{2, 4, 8}

// kernels of every filter, in this order; the neighbours come last because a
// panel without neighbours has none.
func (p *Panel) kernels() []kernel {
	list := []kernel{{memory, halfLives[0]}, {memory, halfLives[1]}, {memory, halfLives[2]}, {memory, math.Inf(1)}, {excitement, excitementHalfLife}}
	if p.neighbours != nil {
		list = append(list, kernel{neighbourhood, neighbourHalfLife})
	}
	return list
}

func (c Choice) structure() structure { return structure{season: c.Season, level: c.Level} }

// uses lists the kernels of a choice as indices into Panel.kernels.
func (c Choice) uses(p *Panel) []int {
	var use []int
	for i, k := range p.kernels() {
		var in bool
		switch k.kind {
		case memory:
			in = c.LongMemory || k.halfLife == c.HalfLife
		case excitement:
			in = c.SelfExciting
		case neighbourhood:
			in = c.Neighbours
		}
		if in {
			use = append(use, i)
		}
	}
	return use
}

// Choose picks the structure for a panel by the rolling log score of its last
// weeks: first half-life, season and level, then the optional parts, of which
// each is kept only where it lowers the score. It sees every week of the
// panel: for a backtest pass Head.
func Choose(ctx context.Context, p *Panel) (Choice, error) {
	if p.weeks < MinWeeks {
		return Choice{}, &ShortError{Weeks: p.weeks}
	}
	if p.weeks < choiceLeast {
		return Choice{HalfLife: halfLives[1], Level: levelHalfLives[1], Default: true}, nil
	}
	best, trials, err := p.compete(ctx, baseChoices(p))
	if err != nil {
		return Choice{}, err
	}
	for _, next := range []func(Choice, *Panel) []Choice{levelChoices, partChoices} {
		var more []Trial
		if best, more, err = p.compete(ctx, next(best, p)); err != nil {
			return Choice{}, err
		}
		trials = append(trials, more...)
	}
	best.Trials = trials
	return best, nil
}

func baseChoices(p *Panel) []Choice {
	var list []Choice
	for _, halfLife := range halfLives {
		for _, seasonal := range []bool{false, true} {
			if seasonal && p.weeks-choiceWeeks < seasonWeeks {
				continue
			}
			list = append(list, Choice{HalfLife: halfLife, Season: seasonal}, Choice{HalfLife: halfLife, Season: seasonal, Level: levelHalfLives[1]})
		}
	}
	return list
}

// levelChoices tries other half-lives of the level, where there is one.
func levelChoices(base Choice, _ *Panel) []Choice {
	list := []Choice{base}
	for _, halfLife := range levelHalfLives {
		if c := base; base.Level != 0 && halfLife != base.Level {
			c.Level = halfLife
			list = append(list, c)
		}
	}
	return list
}

// partChoices lists the base with every subset of parts, fewer parts first.
func partChoices(base Choice, p *Panel) []Choice {
	list := []Choice{base}
	for _, add := range []func(*Choice){
		func(c *Choice) { c.LongMemory = true },
		func(c *Choice) { c.SelfExciting = true },
		func(c *Choice) { c.Neighbours = true },
	} {
		for _, c := range slices.Clone(list) {
			add(&c)
			if !c.Neighbours || p.neighbours != nil {
				list = append(list, c)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Choice) int { return a.parts() - b.parts() })
	return list
}

func (c Choice) parts() int {
	n := 0
	for _, part := range []bool{c.LongMemory, c.SelfExciting, c.Neighbours} {
		if part {
			n++
		}
	}
	return n
}

// compete runs the candidates side by side over the last weeks and returns the
// best; a later candidate must beat an earlier one by partGain.
func (p *Panel) compete(ctx context.Context, candidates []Choice) (Choice, []Trial, error) {
	if len(candidates) == 1 {
		return candidates[0], nil, nil
	}
	var tracks []*track
	for _, c := range candidates {
		tracks = append(tracks, newTrack(p, c.structure(), c.uses(p), []Horizon{Week1, FourWeeks}))
	}
	scores := make([][2]float64, len(candidates))
	counts := [2]float64{}
	r := &runner{filter: newFilter(p, p.kernels()), tracks: tracks}
	begin := p.weeks - choiceWeeks
	r.scored = func(origin, track, horizon int, logScore float64, n int) {
		if origin+1 < begin {
			return
		}
		scores[track][horizon] += logScore
		if track == 0 {
			counts[horizon] += float64(n)
		}
	}
	if err := r.run(ctx, begin-learnWeeks, p.weeks, nil); err != nil {
		return Choice{}, nil, err
	}
	trials := make([]Trial, len(candidates))
	best := 0
	for i, c := range candidates {
		trials[i] = Trial{Choice: c, Week: scores[i][0] / math.Max(1, counts[0]), FourWeeks: scores[i][1] / math.Max(1, counts[1])}
		if trials[i].total() < trials[best].total()*(1-partGain) {
			best = i
		}
	}
	return candidates[best], trials, nil
}

func (t Trial) total() float64 { return t.Week + t.FourWeeks }
