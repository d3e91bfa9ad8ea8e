// Package backtest measures a forecast as it would have done: it hides the last
// weeks, chooses the model on what is left, goes through the hidden weeks one
// by one and scores every method on the same targets.
//
// It works on a forecast.Panel only: no I/O, no clock; the seed is an option.
// It changes nothing in the model. The server's backtest endpoint and the
// command call it and store or print its Report.
package backtest
