package scan

import (
	"cmp"
	"context"
	"math"
	"slices"

	"reli/analytics/hotspot"
	"reli/analytics/hotspot/internal/montecarlo"
)

// earthRadius is the mean radius of the Earth in metres.
const earthRadius = 6_371_008.8

// circles lists for every place the others by growing distance, as far as a circle
// round it may reach.
type circles [][]int32

// reach is a place seen from a centre.
type reach struct {
	at       int32
	distance float64
}

// buildCircles sorts the places round every centre, only the nearest of them
// where a circle is bounded by their number. Places at the same distance enter
// one at a time, by x, then y, then position, as in SaTScan.
func buildCircles(ctx context.Context, points []Point, share []float64, o Options) (circles, error) {
	out := make(circles, len(points))
	var all float64
	for _, s := range share {
		all += s
	}
	distance := distanceFunc(o.Metric)
	err := montecarlo.Each(ctx, 0, len(points), o.Workers, func() func(int) error {
		around := make([]reach, 0, len(points))
		nearer := func(a, b reach) int {
			p, q := points[a.at], points[b.at]
			return cmp.Or(cmp.Compare(a.distance, b.distance),
				cmp.Compare(p.X, q.X), cmp.Compare(p.Y, q.Y), cmp.Compare(a.at, b.at))
		}
		return func(center int) error {
			around = around[:0]
			for j, p := range points {
				around = insert(around, reach{int32(j), distance(points[center], p)}, o.MaxLocations, nearer)
			}
			if o.MaxLocations <= 0 {
				slices.SortFunc(around, nearer)
			}
			out[center] = trim(around, share, all*o.MaxShare, o.MaxLocations)
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	entries := 0
	for _, c := range out {
		entries += len(c)
	}
	if entries > maxCircleEntries {
		return nil, hotspot.Refuse(hotspot.TooMany, "points",
			"circles hold too many places: lower max_share or max_locations")
	}
	return out, nil
}

// insert adds a place; where only so many are kept, to the sorted nearest ones.
func insert(around []reach, r reach, most int, nearer func(a, b reach) int) []reach {
	switch {
	case most <= 0:
		return append(around, r)
	case len(around) < most:
		around = append(around, r)
	case nearer(r, around[most-1]) >= 0:
		return around
	}
	last := len(around) - 1
	at, _ := slices.BinarySearchFunc(around[:last], r, nearer)
	copy(around[at+1:], around[at:last])
	around[at] = r
	return around
}

// trim keeps the places that fit into the largest circle.
func trim(around []reach, share []float64, limit float64, most int) []int32 {
	var sum float64
	var kept []int32
	for _, r := range around {
		sum += share[r.at]
		// Sums of the same shares in another order differ in the last digits.
		if sum > limit*(1+1e-12) || (most > 0 && len(kept) == most) {
			break
		}
		kept = append(kept, r.at)
	}
	return kept
}

// distanceFunc returns a function that grows with the distance; planar distances
// stay squared so that equal ones compare equal.
func distanceFunc(m Metric) func(a, b Point) float64 {
	if m == GreatCircle {
		return greatCircle
	}
	return func(a, b Point) float64 {
		dx, dy := a.X-b.X, a.Y-b.Y
		return dx*dx + dy*dy
	}
}

// radius returns the distance of two places in the unit of Cluster.Radius.
func radius(m Metric, a, b Point) float64 {
	if m == GreatCircle {
		return greatCircle(a, b)
	}
	return math.Hypot(a.X-b.X, a.Y-b.Y)
}

// greatCircle returns the distance in metres of two places in degrees (haversine).
func greatCircle(a, b Point) float64 {
	const degree = math.Pi / 180
	sinLat := math.Sin((b.Y - a.Y) * degree / 2)
	sinLng := math.Sin((b.X - a.X) * degree / 2)
	h := sinLat*sinLat + math.Cos(a.Y*degree)*math.Cos(b.Y*degree)*sinLng*sinLng
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))
}
