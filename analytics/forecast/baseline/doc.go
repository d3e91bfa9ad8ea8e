// Package baseline holds the simple forecasts every model has to beat: last
// week, last year's mean, the empirical-Bayes gamma-Poisson mean, the
// intermittent-demand methods of Croston, Syntetos & Boylan and Teunter,
// Syntetos & Babai, and exponential smoothing with damped trend and
// multiplicative season.
//
// It is arithmetic on slices, without I/O, clock or randomness. It is not what
// the server shows: analytics/forecast is. The backtest and reports call it.
package baseline
