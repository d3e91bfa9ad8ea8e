// Package shape prepares areas and hexagons for vector tiles: once a zoom, in
// world pixels, as geometry that package mvt copies into tiles.
//
// What it promises of the geometry of every zoom:
//
//   - Neighbours stay neighbours. Borders are cut into arcs between the points
//     where three or more areas meet, each arc is simplified once, and every area
//     on either side of it, of every level given together, uses the result: no
//     slivers, and a township's border runs along its grids' borders.
//   - Rings are valid after rounding to whole units: no ring crosses or touches
//     itself, holes lie inside, exteriors run the way the format wants.
//   - No area vanishes. One too small for its zoom becomes the smallest triangle.
//   - A crowd stays small: see [Options.Crowd]. Rectangles of two pixels keep an
//     area's place and size and give up its borders with the neighbours.
//   - Clipping to a tile gives valid rings and no bridges along the edge.
//
// The way there: borders are noded (every crossing and every touch becomes a
// shared vertex), and the boundary of an area is then taken from the winding
// numbers of the noded edges, which cannot be invalid.
//
// It is not a general geometry library and knows neither counts nor styles.
// Package tiles calls it; it does no I/O.
package shape
