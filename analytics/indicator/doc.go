// Package indicator makes the figures that the seven offices of a county are
// measured by: 化解率, 办结率, handling times, the petition rates, 万人成讼率 and
// the others of DOMAIN.md F14–F24. Each has a definition in words beside it,
// numerator and denominator are always shown, a figure on too few cases is not
// shown as a figure, and a share or rate has an interval.
//
// It counts the courses of incidents in one statement (package course) and
// does the arithmetic; it ranks nobody and writes no report. Packages
// analytics/report and web call it.
package indicator
