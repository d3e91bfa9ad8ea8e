package forecast

import "math"

// jump compares the group's last 4 weeks with the up to 48 before them.
func (p *Panel) jump(g int) float64 {
	recent, recentWeeks := p.observedSum(g, p.weeks-4, p.weeks)
	before, beforeWeeks := p.observedSum(g, p.weeks-52, p.weeks-4)
	if recentWeeks == 0 || beforeWeeks < MinWeeks {
		return 0
	}
	expected := before / beforeWeeks * recentWeeks
	change := 2 * math.Abs(math.Sqrt(recent)-math.Sqrt(expected))
	ratio := (recent + .5) / (expected + .5)
	if change < jumpSigmas || (ratio < jumpFactor && ratio > 1./jumpFactor) {
		return 0
	}
	return ratio
}

func (p *Panel) observedSum(g, from, to int) (events, weeks float64) {
	for w := max(0, from); w < to; w++ {
		if p.observed(g, w, p.weeks) {
			events += p.totals[g][w]
			weeks++
		}
	}
	return events, weeks
}
