// Package outlook applies the statistics to the loaded data: forecasts,
// warnings, hot spots and backtests of a settled state. It reads weekly and
// daily counts from analytics/cube, hands them to analytics/forecast,
// analytics/warning and analytics/hotspot, and puts names, days and reasons to
// the numbers that come back. Answers are kept for the data version they were
// made from.
//
// It holds no statistics of its own and no SQL, writes nothing, and decides no
// response level. Only whole past local weeks (from Monday) and whole past days
// are read; the running ones would look like a fall. The handlers of web and the
// commands of cmd/reli call it.
package outlook
