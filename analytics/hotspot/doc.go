// Package hotspot is the statistical core of the hot-spot analysis: neighbour
// weights, Getis-Ord Gi and Gi*, false-discovery control, Moran's I, smoothed
// and standardised rates, Mann–Kendall trends and the emerging hot-spot classes.
// Its sub-packages hold the scan statistic (scan) and the near-repeat test (knox).
//
// It is not a reader of data: it takes slices and returns slices, knows no
// database, no clock and no map, and decides no response level. Randomness comes
// from the seed the caller passes; the same seed gives the same answer on any
// number of cores. Reported incidents are not true incidence: a hot spot here
// says where more is reported than elsewhere, not where more happens.
//
// Every function answers bad input (too little data, a constant map, NaN) with an
// *InputError or with an explicit "not defined" mark, never with NaN.
//
// Callers: the analytics rooms and the handlers of web.
package hotspot
