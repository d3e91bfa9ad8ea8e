// Package warning is the statistical core of the early warnings: it says
// whether the count of a place and category this week is more than its past
// leads to expect, keeps the false alarms of a whole county within a budget,
// and measures by injected outbreaks how much it would see.
//
// The methods are Farrington flexible (Noufaily et al. 2013) and classic
// (Farrington et al. 1996), EARS C1, C2, C3 (Hutwagner et al. 2003) and the
// standardised CUSUM, with the definitions of the R package surveillance, whose
// results they reproduce.
//
// It is arithmetic on slices, without I/O, clock or own randomness. It decides
// no response level and sends nothing: analytics/level and web do. Callers bring
// complete weeks; a week that is missing is NaN.
package warning
