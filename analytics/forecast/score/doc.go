// Package score holds the predictive distributions of counts and the proper
// scores, calibration figures and spatial hit rates by which forecasts of
// counts are judged.
//
// It is arithmetic only: slices in, numbers out, no I/O, no clock, and any
// randomness comes from the caller. It is not a forecasting model and chooses
// nothing. analytics/forecast and its other sub-packages call it, and so may
// any room that has to judge a forecast of counts.
package score
