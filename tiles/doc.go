// Package tiles draws a Selection: it cuts Mapbox Vector Tiles from the
// fields of analytics/cube, and gives the legend, the TileJSON and the style
// that go with them. Tiles are kept in a byte-bounded cache that hangs on the
// data version.
//
// It counts nothing itself and speaks no HTTP: package web parses requests,
// calls Server and writes the answers.
package tiles
