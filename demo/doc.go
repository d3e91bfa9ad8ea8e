// Package demo makes the fictional county: a division tree with borders that
// fit together, and a year of incidents with their transitions, as files.
//
// The files then go through the ordinary ingest; demo knows nothing of the
// store and is called only by cmd/reli and by tests that need a county. It is
// not a simulator to draw conclusions from: the rates and shares are invented
// so that every path of the server has something to show (hot spots that grow
// and die out, late reports, reopened matters, matters that several sources
// report, records without a place, coordinates in GCJ-02).
//
// Everything follows from Options: equal options give equal bytes, whatever
// the number of processors. The bytes may differ between processor
// architectures, whose sines differ in the last bit.
//
// How the map comes about: townships, then a town zone and villages in each,
// then grids in each village are cut as weighted Voronoi cells (split.go).
// mesh.go joins all cells to one set of shared edges, collapse.go closes up
// edges too short to be seen, roughen.go and warp.go bend the edges, and
// every level of the tree is then drawn from those same edges (outline.go),
// so that there is no gap and no overlap at any level.
package demo
