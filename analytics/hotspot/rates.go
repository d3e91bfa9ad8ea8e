package hotspot

import "math"

// Prior is the distribution of true rates that the rates of a map suggest: its
// mean b and variance a in the notation of Marshall (1991), per unit of exposure.
// A variance of 0 means that chance alone explains the differences between cells.
type Prior struct{ Mean, Variance float64 }

// shrink pulls a raw rate towards the prior mean by its own uncertainty:
// b + a (r − b)/(a + b/n).
func (p Prior) shrink(raw, exposure float64) float64 {
	if p.Variance == 0 || exposure == 0 {
		return p.Mean
	}
	return p.Mean + p.Variance*(raw-p.Mean)/(p.Variance+p.Mean/exposure)
}

// Rates are the rates of a map, one entry a cell.
type Rates struct {
	Raw      []float64 // cases per unit of exposure; 0 where Defined is false
	Smoothed []float64 // empirical-Bayes estimate; the prior mean where Defined is false
	Defined  []bool    // false where a cell has no exposure
}

// MarshallGlobal returns rates smoothed towards the map's mean (Marshall 1991):
// b = Σcases/Σexposure, s² = Σ n_i (r_i−b)²/Σn, a = max(0, s² − b/n̄),
// estimate b + a (r_i−b)/(a + b/n_i). A cell without exposure may have no cases and
// gets b; it does not count in n̄.
func MarshallGlobal(cases, exposure []float64) (Rates, Prior, error) {
	if err := checkRates(cases, exposure); err != nil {
		return Rates{}, Prior{}, err
	}
	prior := marshallPrior(cases, exposure)
	r := rawRates(cases, exposure)
	for i := range r.Smoothed {
		r.Smoothed[i] = prior.shrink(r.Raw[i], exposure[i])
	}
	return r, prior, nil
}

// MarshallLocal returns rates smoothed towards the rate m_i of the cell and its
// neighbours (Marshall 1991, as given by Bailey and Gatrell 1995, p. 306):
// m_i = Σcases/Σexposure over the neighbourhood, C_i = Σ n_j (r_j−m_j)²,
// a_i = max(0, C_i/Σn − m_i/n̄_i). w must have self. A neighbourhood without
// exposure gives Defined false and a smoothed rate of 0.
func MarshallLocal(cases, exposure []float64, w *Weights) (Rates, []Prior, error) {
	if err := checkRates(cases, exposure); err != nil {
		return Rates{}, nil, err
	}
	if err := checkWeights(w, len(cases), true); err != nil {
		return Rates{}, nil, err
	}
	r := rawRates(cases, exposure)
	priors := make([]Prior, len(cases))
	squares := make([]float64, len(cases)) // n_j (r_j − m_j)²
	for i := range cases {
		if n := w.sum(i, exposure); n > 0 {
			priors[i].Mean = w.sum(i, cases) / n
		}
		d := r.Raw[i] - priors[i].Mean
		squares[i] = exposure[i] * d * d
	}
	for i := range cases {
		if n := w.sum(i, exposure); n > 0 {
			mean := n / float64(w.Degree(i))
			priors[i].Variance = max(0, w.sum(i, squares)/n-priors[i].Mean/mean)
		}
		r.Smoothed[i] = priors[i].shrink(r.Raw[i], exposure[i])
	}
	return r, priors, nil
}

// StandardisedRates returns the empirical-Bayes standardised rates of Assunção and
// Reis (1999), (r_i − b)/√(a + b/n_i), which have the same mean and variance in
// small and large cells and so may enter Gi* and Moran's I. A cell without exposure
// gets 0, the value that says nothing. A map without cases is refused (NoCases).
func StandardisedRates(cases, exposure []float64) ([]float64, Prior, error) {
	if err := checkRates(cases, exposure); err != nil {
		return nil, Prior{}, err
	}
	prior := marshallPrior(cases, exposure)
	if prior.Mean == 0 {
		return nil, Prior{}, Refuse(NoCases, "cases", "no case on the whole map")
	}
	out := make([]float64, len(cases))
	for i, n := range exposure {
		if n > 0 {
			out[i] = (cases[i]/n - prior.Mean) / math.Sqrt(prior.Variance+prior.Mean/n)
		}
	}
	return out, prior, nil
}

// marshallPrior returns the moment estimates b and a over cells with exposure.
func marshallPrior(cases, exposure []float64) Prior {
	var total, all, cells float64
	for i, n := range exposure {
		total += cases[i]
		all += n
		if n > 0 {
			cells++
		}
	}
	p := Prior{Mean: total / all}
	for i, n := range exposure {
		if n > 0 {
			d := cases[i]/n - p.Mean
			p.Variance += n * d * d / all
		}
	}
	p.Variance = max(0, p.Variance-p.Mean*cells/all)
	return p
}

func rawRates(cases, exposure []float64) Rates {
	r := Rates{
		Raw:      make([]float64, len(cases)),
		Smoothed: make([]float64, len(cases)),
		Defined:  make([]bool, len(cases)),
	}
	for i, n := range exposure {
		if n > 0 {
			r.Raw[i], r.Defined[i] = cases[i]/n, true
		}
	}
	return r
}

// checkRates refuses counts and exposures from which no rate can be formed.
func checkRates(cases, exposure []float64) error {
	if len(cases) == 0 {
		return Refuse(TooFew, "cases", "no cells")
	}
	if len(cases) != len(exposure) {
		return Refuse(LengthMismatch, "exposure", "must have one entry a cell")
	}
	if err := checkNonNegative("cases", cases); err != nil {
		return err
	}
	if err := checkNonNegative("exposure", exposure); err != nil {
		return err
	}
	var all float64
	for i, n := range exposure {
		if n == 0 && cases[i] > 0 {
			return RefuseAt(NoExposure, "exposure", i, "is zero where there are cases")
		}
		all += n
	}
	if all == 0 {
		return Refuse(NoExposure, "exposure", "is zero everywhere")
	}
	return nil
}
