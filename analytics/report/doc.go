// Package report makes the reports that counties hand in, from indicators and
// ledgers: the overview, the 矛盾纠纷排查情况表, the quarterly ranking of
// townships, the notice on the petition rates, the three ledgers. It knows
// their periods in local days, when each is made, and keeps what it made.
//
// A report is a Document of tables; HTML, XLSX, CSV, Arrow and JSON are
// written from it. It has no figures of its own: what they mean stands in
// analytics/indicator and analytics/ledger. Package web and cmd/reli call it.
package report
