// Package cube turns a Selection into counts. It owns the daily cube: it
// computes the touched partitions from incidents and transitions, swaps them
// in atomically, and gives every settled state a data version. It is the one
// place where a Selection becomes SQL.
//
// It draws nothing and names no level: tiles, the statistics and web ask it
// for tallies. It never writes incidents, transitions or areas.
package cube
