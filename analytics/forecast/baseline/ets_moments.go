package baseline

import "gonum.org/v1/gonum/mat"

// Forecast gives mean and variance of the next n periods: of the product of
// level and season, whose errors are the same, with normal errors (Hyndman et
// al. 2008, section 6.3, models of class 3).
func (m *ETS) Forecast(n int) (mean, variance []float64) {
	period := len(m.Season)
	// x is level and trend, z the season from the next period on; both are
	// multiplied by F + G·e, and the observation is the product wx·(1+e)·wz.
	fx := mat.NewDense(2, 2, []float64{1, m.Phi, 0, m.Phi})
	gx := mat.NewDense(2, 2, []float64{m.Alpha, m.Alpha * m.Phi, m.Beta, m.Beta * m.Phi})
	fz, gz := mat.NewDense(period, period, nil), mat.NewDense(period, period, nil)
	for i := range period {
		fz.Set(i, (i+1)%period, 1)
	}
	gz.Set(period-1, 0, m.Gamma)
	// The state is the vector of all products z⊗x.
	var f, g, k, gf, state mat.Dense
	f.Kronecker(fz, fx)
	g.Kronecker(gz, gx)
	k.Kronecker(gz, fx)
	gf.Kronecker(fz, gx)
	k.Add(&k, &gf)
	state.Kronecker(mat.NewDense(period, 1, append([]float64(nil), m.Season...)), mat.NewDense(2, 1, []float64{m.Level, m.Trend}))
	w := mat.NewDense(1, 2*period, nil)
	w.Set(0, 0, 1)
	w.Set(0, 1, m.Phi)

	spread := mat.NewDense(2*period, 2*period, nil) // covariance of the state
	for range n {
		var mu, wide mat.Dense
		mu.Mul(w, &state)
		wide.Product(w, spread, w.T())
		mean = append(mean, mu.At(0, 0))
		variance = append(variance, (1+m.Variance)*wide.At(0, 0)+m.Variance*mu.At(0, 0)*mu.At(0, 0))
		spread = m.spread(spread, &state, &f, &g, &k)
		var next, turned mat.Dense
		next.Mul(&f, &state)
		turned.Mul(&g, &state)
		turned.Scale(m.Variance, &turned)
		state.Add(&next, &turned)
	}
	return mean, variance
}

// spread is the covariance of the state one period later: the state is
// multiplied by F + K·e + G·e².
func (m *ETS) spread(v *mat.Dense, state, f, g, k mat.Matrix) *mat.Dense {
	var squares, fvf, fvg, gvf, kvk, gvg, second, fourth mat.Dense
	squares.Mul(state, state.T())
	second.Add(v, &squares)
	fourth.Scale(3, v)
	squares.Scale(2, &squares)
	fourth.Add(&fourth, &squares)
	fvf.Product(f, v, f.T())
	fvg.Product(f, v, g.T())
	gvf.Product(g, v, f.T())
	kvk.Product(k, &second, k.T())
	gvg.Product(g, &fourth, g.T())
	gvg.Scale(m.Variance, &gvg)
	fvg.Add(&fvg, &gvf)
	fvg.Add(&fvg, &kvk)
	fvg.Add(&fvg, &gvg)
	fvg.Scale(m.Variance, &fvg)
	fvf.Add(&fvf, &fvg)
	return &fvf
}
