// Package pmtiles writes and reads PMTiles archives, version 3 of the specification
// (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md): a tile
// pyramid in one file, for maps without a server.
//
// What it writes is clustered, tile contents are gzipped vector tiles, equal
// tiles are kept once and runs of them take one entry. Equal tiles in give equal
// files out. It reads archives of others too: raster or vector tiles, as they
// are or gzipped.
//
// It knows nothing of what is in a tile. Package tiles calls it for `reli tiles
// export`, web/basemap for a county's own base map.
package pmtiles
