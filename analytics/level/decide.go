package level

import (
	"maps"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
)

// Place is what a policy asks of an area besides its inputs.
type Place struct {
	Code       string
	Tier       area.Level
	Population uint32            // 0 for unknown, which is not few
	Names      map[string]string // area, grid, village, township, county: as far as the tier has them
	Codes      map[string]string // the same, as codes
	Lead       string            // category of most of the open matters, "" without any
}

// Standing is the level that the rules gave an area before, and since when.
// The zero Standing is an area that was never looked at.
type Standing struct {
	Level Level
	Since cube.Day
}

// Contribution is what one rule adds to a score.
type Contribution struct {
	Rule   string  `json:"rule"`
	Input  string  `json:"input"`
	Amount float64 `json:"amount"`
	Points int     `json:"points"`
}

// Decision is what a policy says of an area on a day.
type Decision struct {
	Level Level // after hysteresis and minimum stay
	Since cube.Day
	// Bare is what the day's score alone would be, without regard to the past.
	Bare          Level
	Score         int            // the sum of the contributions, exactly
	Contributions []Contribution // those with points, the most first
}

// give gives the rule's points for an amount.
func (r *plannedRule) give(t area.Level, amount float64) int {
	none, all := r.ramp[t][0], r.ramp[t][1]
	share := min(max((amount-none)/(all-none), 0), 1)
	// A hair of slack, so that a share such as 3/10 of 10 points is 3 and not 2.
	return int(math.Floor(float64(r.Points)*share + 1e-9))
}

// points gives what each rule of the plan gives where every input is off by a
// share, and what the highest floor adds; floor is −1 for none.
func (p *Policy) points(t area.Level, in *Inputs, share float64, given []int) (score, floor, added int) {
	for i := range p.plan.rules {
		r := &p.plan.rules[i]
		given[i] = 0
		if !r.holds[t] {
			continue
		}
		met := true
		for _, n := range r.needs {
			met = met && given[n] > 0
		}
		if met {
			given[i] = r.give(t, steady(in[r.input], share, r.info.Count))
		}
		score += given[i]
	}
	floor = -1
	for i := range p.plan.floors {
		f := &p.plan.floors[i]
		if !f.holds[t] || steady(in[f.input], share, f.info.Count) < f.atLeast[t] {
			continue
		}
		if lacking := p.plan.grades[f.level].At - score; lacking > added {
			floor, added = i, lacking
		}
	}
	return score + added, floor, added
}

// grade gives the level of a score: the highest that is reached and that an
// area of so many people may get.
func (p *Policy) grade(score int, people uint32) Level {
	for l := Red; l > None; l-- {
		if g := p.plan.grades[l]; score >= g.At && (people == 0 || int(people) >= g.Population) {
			return l
		}
	}
	return None
}

// Decide gives the level of an area on a day. It is a pure function: equal
// arguments give equal decisions.
//
// A level that stands changes only if the change would survive an error of
// policy.Noise in every input (see steady): it rises to what the inputs give
// when all of them are that much smaller, and falls, once it stood for its
// minimum stay, to what they give when all are that much greater. All rules
// only grow with their inputs, so with a Noise of 0.11 errors of ±5 % around
// any values never change a level that was set from values with such errors:
// 0.95/1.05 > 1 − 0.11 and 1.05/0.95 < 1 + 0.11.
func (p *Policy) Decide(place Place, in Inputs, before Standing, day cube.Day) Decision {
	given := make([]int, len(p.plan.rules))
	score, floor, added := p.points(place.Tier, &in, 0, given)
	d := Decision{Score: score, Bare: p.grade(score, place.Population), Contributions: p.contributions(&in, given, floor, added)}
	d.Level, d.Since = d.Bare, day
	if before.Since == 0 {
		return d
	}
	d.Level = before.Level
	off := func(share float64) Level {
		score, _, _ := p.points(place.Tier, &in, share, given)
		return p.grade(score, place.Population)
	}
	if least := off(-p.Noise); least > before.Level {
		d.Level = least
	} else if most := off(p.Noise); most < before.Level && day-before.Since >= cube.Day(p.plan.grades[before.Level].Stay) {
		d.Level = most
	}
	if d.Level == before.Level {
		d.Since = before.Since
	}
	return d
}

// fewExact is the count up to which an error of a few per cent is less than
// one matter, so that there is none.
const fewExact = 9

// steady gives a value that is off by a share, downwards for a negative one.
// Counts stay whole; up to fewExact they are taken as exact.
func steady(v, share float64, count bool) float64 {
	switch {
	case share == 0 || v == 0:
		return v
	case !count:
		return v * (1 + share)
	case v <= fewExact:
		return v
	case share < 0:
		return max(fewExact, math.Floor(v*(1+share)))
	}
	return math.Ceil(v * (1 + share))
}

// contributions lists what gave points, the most first.
func (p *Policy) contributions(in *Inputs, given []int, floor, added int) []Contribution {
	var out []Contribution
	if floor >= 0 {
		f := p.plan.floors[floor]
		out = append(out, Contribution{f.ID, f.Input, in[f.input], added})
	}
	for i, n := range given {
		if n > 0 {
			r := p.plan.rules[i]
			out = append(out, Contribution{r.ID, r.Input, in[r.input], n})
		}
	}
	slices.SortStableFunc(out, func(a, b Contribution) int { return b.Points - a.Points })
	return out
}

// Body names the one body that answers for a level of an area.
func (p *Policy) Body(place Place, l Level) Body {
	if l == None {
		return Body{}
	}
	b := p.plan.grades[l].Body[place.Tier.String()]
	lead, ok := p.Leads[place.Lead]
	if !ok {
		lead = p.Leads[defaultLead]
	}
	zh, en, codes := map[string]string{"lead": lead.Zh}, map[string]string{"lead": lead.En}, map[string]string{"lead": lead.ID}
	for k, v := range place.Names {
		zh[k], en[k] = v, v
	}
	maps.Copy(codes, place.Codes)
	return Body{ID: fill(b.ID, codes), Zh: fill(b.Zh, zh), En: fill(b.En, en)}
}
