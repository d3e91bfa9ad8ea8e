package outlook

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"reli/analytics/cube"
	"reli/geo/hex"
)

// withShapes adds the shape of every spot. The answer itself is shared and is
// not changed.
func (h *Hotspots) withShapes(snap *cube.Snapshot) *Hotspots {
	out := *h
	out.Spots = make([]Spot, len(h.Spots))
	for i, s := range h.Spots {
		members := s.Members
		if len(members) == 0 {
			members = []string{s.ID}
		}
		var shape orb.MultiPolygon
		for _, id := range members {
			shape = append(shape, shapeOf(snap, h.Layer, id)...)
		}
		if len(shape) > 0 {
			s.Geometry = geojson.NewGeometry(shape)
		}
		out.Spots[i] = s
	}
	return &out
}

// shapeOf gives the outline of a hexagon or area; none for an area without one.
func shapeOf(snap *cube.Snapshot, layer, id string) orb.MultiPolygon {
	if layer != LayerHex {
		a, _ := snap.Catalogue.Tree.Get(id)
		return a.Geometry
	}
	c, err := hex.Parse(id)
	if err != nil {
		return nil
	}
	var ring orb.Ring
	for _, p := range c.Boundary() {
		ring = append(ring, orb.Point{p.Lng, p.Lat})
	}
	if len(ring) == 0 {
		return nil
	}
	return orb.MultiPolygon{{append(ring, ring[0])}}
}
