// Package scan is Kulldorff's scan statistic: it looks at every circle of places
// (and every run of time steps) for more cases than expected and says how likely
// the best of them would arise by chance, which settles the multiple testing of all
// circles at once.
//
// Three forms: Spatial (discrete Poisson, one map), SpaceTime (discrete Poisson,
// cylinders) and Permutation (space-time permutation, needs no population). It is
// pure computation: slices in, clusters out, randomness from a seed, the same
// answer on any number of cores. It decides no response level.
//
// Sources: Kulldorff (1997) "A spatial scan statistic"; Kulldorff (2001)
// "Prospective time periodic geographical disease surveillance using a scan
// statistic"; Kulldorff et al. (2005) "A space-time permutation scan statistic for
// disease outbreak detection". Results agree with SaTScan to its printed digits.
//
// Callers: the analytics rooms and the handlers of web.
package scan
