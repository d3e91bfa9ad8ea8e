// Package forecast is the statistical core of the forecasts: expected counts of
// incidents by place and category over the next four weeks and three months,
// with intervals that are calibrated on the past, and a ranking of places by
// risk. It never claims to predict a dispute, and what it counts are reported
// incidents, not what happened.
//
// # Model
//
// A place's weekly rate is an empirical-Bayes gamma-Poisson estimate from its
// exponentially weighted past (Marshall 1991; Harvey & Fernandes 1989), times
// the yearly season of its group, times the group's recent level. Where the
// weeks before say so, more such pasts are added with weights found by maximum
// likelihood: other half-lives, the last weeks (self-excitement) and the
// neighbours'. The counts are negative binomial with a size that is a power of
// the mean. Intervals are quantiles of that distribution at transforms that
// covered as promised on past targets of the same rate and horizon, with
// forgetting: split conformal prediction that follows drift.
//
// Everything is learned from targets that were known at the time. All choices
// are made by Choose from the weeks it is given.
//
// # Use
//
//	p, err := forecast.NewPanel(spec, observations)
//	m, err := forecast.Fit(ctx, p)
//	f := m.Forecast(series, forecast.FourWeeks)
//
// The package does no I/O and knows neither clock nor database; slices go in
// and come out. analytics rooms above it read the cube, build the panel and
// store the result; analytics/forecast/backtest measures it. It is not an alarm
// (analytics/warning) and sets no level (analytics/level).
package forecast
