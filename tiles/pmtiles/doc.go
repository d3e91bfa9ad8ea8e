// Package pmtiles writes PMTiles archives, version 3 of the specification
// (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md): a tile
// pyramid in one file, for maps without a server.
//
// Archives are clustered, tile contents are gzipped vector tiles, equal tiles are
// kept once and runs of them take one entry. Equal tiles in give equal files out.
//
// It writes only and knows nothing of what is in a tile. Package tiles calls it
// for `reli tiles export`.
package pmtiles
