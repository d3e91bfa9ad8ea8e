package demo

import (
	"math/rand/v2"

	"reli/schemas"
)

// Shares of what may happen beside the closed loop. The figures are invented.
const (
	mediateShare  = 0.93 // resolutions that a recorded mediation came before
	failShare     = 0.06 // of these, with a failed one first
	sueShare      = 0.25 // failed mediations that end in a suit
	pretrialShare = 0.45 // failed mediations that the court settles before a suit
	skipShare     = 0.05 // petitions brought to a level above the one that has to answer
	crossShare    = 0.025
	spillShare    = 0.004 // of petitions and large groups
	whistleShare  = 0.04
)

// ratedShares say how often a closed matter is rated, by source as in sources.
var ratedShares = [len(sources)]float64{0.12, 0.25, 0.62, 0.78, 0.1}

var ratings = [...]choice{
	{string(schemas.TransitionSatisfied), 0.64}, {string(schemas.TransitionFair), 0.25}, {string(schemas.TransitionDissatisfied), 0.11},
}

// beside adds the steps that do not move the state: mediations and their
// failure, suits, calls for departments, ratings. They are drawn from a stream
// of their own, so that the matters are the same with and without them.
func (l *life) beside(r *report, u units) {
	rng := l.extra
	add := func(at float64, kind schemas.TransitionKind, unit string, level schemas.Level) {
		l.steps = append(l.steps, step{int64(at), kind, unit, level})
	}
	assigned := float64(l.steps[1].at)
	if sources[r.source].code == "petition" && rng.Float64() < skipShare {
		add(float64(r.reported)+hour*rng.Float64(), schemas.TransitionSkip, u.first, schemas.LevelCounty)
	}
	if rng.Float64() < crossShare {
		add(assigned+hour*rng.Float64(), schemas.TransitionCross, u.assigner, schemas.LevelTownship)
	}
	if (r.scale == schemas.ScaleMassGroup || sources[r.source].code == "petition") && rng.Float64() < spillShare {
		add(assigned+day*(1+20*rng.Float64()), schemas.TransitionSpill, countyOffice("信访局"), schemas.LevelCounty)
	}
	if rng.Float64() < whistleShare {
		called := assigned + hour*rng.Float64()
		add(called, schemas.TransitionWhistle, u.assigner, schemas.LevelTownship)
		add(called+0.5*hour+6*hour*rng.ExpFloat64(), schemas.TransitionMuster, countyOffice(categories[r.category].office), schemas.LevelCounty)
	}
	before := assigned
	for _, s := range l.steps[:len(l.steps):len(l.steps)] {
		if s.kind == schemas.TransitionResolve {
			l.mediate(before, float64(s.at), s.unit, s.level, rng)
			before = float64(s.at)
		}
	}
	if rng.Float64() < ratedShares[r.source] {
		add(before+day*(0.5+14*rng.Float64()), rated(rng), u.first, u.taking)
	}
}

// mediate adds what came before a resolution.
func (l *life) mediate(from, to float64, unit string, level schemas.Level, rng *rand.Rand) {
	if rng.Float64() >= mediateShare {
		return
	}
	at := from + (to-from)*(0.2+0.3*rng.Float64())
	l.steps = append(l.steps, step{int64(at), schemas.TransitionMediate, unit, level})
	if rng.Float64() >= failShare {
		return
	}
	at += (to - at) * (0.2 + 0.3*rng.Float64())
	l.steps = append(l.steps, step{int64(at), schemas.TransitionFail, unit, level})
	at += (to - at) * (0.2 + 0.5*rng.Float64())
	switch p := rng.Float64(); {
	case p < sueShare:
		l.steps = append(l.steps, step{int64(at), schemas.TransitionSue, countyOffice("法院"), schemas.LevelCounty})
	case p < sueShare+pretrialShare:
		l.steps = append(l.steps, step{int64(at), schemas.TransitionPretrial, countyOffice("法院"), schemas.LevelCounty})
	}
}

func rated(rng *rand.Rand) schemas.TransitionKind {
	p := rng.Float64()
	for _, c := range ratings {
		if p -= c.share; p < 0 {
			return schemas.TransitionKind(c.code)
		}
	}
	return schemas.TransitionDissatisfied
}
