// Package course keeps the courses of incidents: one row an incident that says
// on which local day each of its steps was, from when to when it was open, and
// which report of the same matter came before. Indicators, ledgers and reports
// count these rows.
//
// It is a second view of the records beside the cube, settled by the same
// marks; it decides nothing and shows nothing. Only the packages under
// analytics/indicator, analytics/ledger and analytics/report call it.
package course
