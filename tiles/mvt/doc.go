// Package mvt writes and reads Mapbox Vector Tiles, version 2.1 of the
// specification (https://github.com/mapbox/vector-tile-spec/tree/master/2.1).
//
// The encoder is made for geometry that is projected once a zoom and shown in
// many tiles. An [Arena] turns polygons in world pixels into a [Geometry]: the
// commands of the whole feature with only the first position left open. In the
// tile format every later position is a difference to the one before it, across
// rings too, so those bytes are the same in every tile: a [Builder] writes the
// first position of a feature and copies the rest. Nothing is allocated per
// feature once the builder's buffers have grown.
//
// The reader ([Decode], [Tile.Check]) exists to check tiles: it refuses what the
// specification forbids, and Check also what a careful encoder must not write.
//
// The package knows no projection, no clipping and no compression: package shape
// prepares valid geometry for it, package tiles calls it. It does no I/O.
package mvt
