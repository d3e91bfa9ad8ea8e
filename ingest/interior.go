package ingest

import (
	"slices"

	"github.com/paulmach/orb"

	"reli/geo"
)

// scanLines are the heights, as parts of the bounding box, at which an inside
// is looked for: the middle first, then ever finer. They avoid halves of
// halves meeting corners on round coordinates.
var scanLines = []float64{0.5, 0.3, 0.7, 0.41, 0.59, 0.13, 0.87, 0.21, 0.79, 0.05, 0.95, 0.01, 0.99}

// interiorPoint gives a point inside the polygons, as far from the outline as
// can be told cheaply: the middle of the widest stretch of inside on the first
// scan line that has one. ok is false when there is none.
func interiorPoint(mp orb.MultiPolygon) (p geo.LngLat, ok bool) {
	b := mp.Bound()
	for _, part := range scanLines {
		y := b.Min[1] + part*(b.Max[1]-b.Min[1])
		if x, width := widestStretch(mp, y); width > 0 {
			return geo.LngLat{Lng: x, Lat: y}, true
		}
	}
	return geo.LngLat{}, false
}

// widestStretch gives the middle and the width of the widest piece of the
// horizontal line y that lies inside, by the even-odd rule.
func widestStretch(mp orb.MultiPolygon, y float64) (middle, width float64) {
	var cuts []float64
	for _, polygon := range mp {
		for _, ring := range polygon {
			for i := range ring {
				a, b := ring[i], ring[(i+1)%len(ring)]
				if (a[1] > y) != (b[1] > y) {
					cuts = append(cuts, a[0]+(y-a[1])/(b[1]-a[1])*(b[0]-a[0]))
				}
			}
		}
	}
	slices.Sort(cuts)
	for i := 0; i+1 < len(cuts); i += 2 {
		if w := cuts[i+1] - cuts[i]; w > width {
			middle, width = (cuts[i]+cuts[i+1])/2, w
		}
	}
	return middle, width
}
