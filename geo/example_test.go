package geo_test

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/crs"
	"reli/geo/hex"
	"reli/geo/tile"
)

// A record's coordinates become a position, a hexagon, a grid and a tile.
func Example() {
	system, err := crs.Parse("GCJ-02")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := crs.ToWGS84(system, 131.14947391372695, 46.73069794344076)
	if err != nil {
		fmt.Println(err)
		return
	}
	cell, err := hex.FromLngLat(p, 7)
	if err != nil {
		fmt.Println(err)
		return
	}
	grids := area.NewIndex([]area.Area{{
		Code: "990101100200001", Level: area.Grid,
		Geometry: orb.MultiPolygon{{{{131, 46.6}, {131.3, 46.6}, {131.3, 46.9}, {131, 46.9}}}},
	}})
	code, found := grids.Locate(p)
	fmt.Printf("%.6f %.6f\n", p.Lng, p.Lat)
	fmt.Println(cell)
	fmt.Println(code, found)
	fmt.Println(tile.At(p, 10))
	// Output:
	// 131.141311 46.728412
	// 871498174ffffff
	// 990101100200001 true
	// 10/885/361
}

func ExampleNew() {
	_, err := geo.New(46.73, 131.14) // latitude first
	var refused *geo.CoordinateError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
	}
	// Output: out_of_range
}
