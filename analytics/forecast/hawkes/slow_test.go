package hawkes

import "math"

func slowLogLik(p Process, times []float64, end float64) float64 {
	sum := -p.Background * end
	for i, t := range times {
		rate := p.Background
		for _, earlier := range times[:i] {
			rate += p.Branching * p.Decay * math.Exp(-p.Decay*(t-earlier))
		}
		sum += math.Log(rate) - p.Branching*(1-math.Exp(-p.Decay*(end-t)))
	}
	return sum
}
