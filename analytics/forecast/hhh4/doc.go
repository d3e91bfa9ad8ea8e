// Package hhh4 fits the endemic–epidemic model of Held, Höhle & Hofmann (2005)
// to weekly counts of places: what comes from a place's own past week, from its
// neighbours' past week, and from a seasonal background. It is the reference
// the neighbour term of analytics/forecast is measured against.
//
// It is arithmetic on slices, without I/O, clock or randomness, and it is not
// the forecast the server shows. The backtest and reports may call it.
package hhh4
