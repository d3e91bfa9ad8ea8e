package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"

	"reli/analytics/cube"
	"reli/geo"
	"reli/geo/area"
	"reli/geo/tile"
)

// task asks for one tile of one window.
type task struct {
	tile     tile.ID
	from, to cube.Day
}

// Zooms and windows of the requests.
const (
	minZoom, maxZoom     = 10, 13
	countyZoom           = 8
	minWindow, maxWindow = 30, 230
)

// ground is where and when requests are drawn from.
type ground struct {
	bounds       geo.Bounds
	first, after cube.Day
	places       []geo.LngLat // a place in each grid with an incident
	upTo         []uint64     // incidents up to and with that grid
}

func newGround(ctx context.Context, r *reli) (*ground, error) {
	cat := r.store.Current().Catalogue
	if cat.Tree == nil || cat.Incidents == 0 {
		return nil, fmt.Errorf("the store holds no county")
	}
	g := &ground{bounds: cat.Bounds, first: cat.First, after: cat.Last + 1}
	var sum uint64
	err := r.db.Each(ctx, `SELECT grid, toUInt64(sum(n)) FROM cube WHERE grid != '' GROUP BY grid ORDER BY grid`,
		func(scan func(...any) error) error {
			var code string
			var n uint64
			if err := scan(&code, &n); err != nil {
				return err
			}
			sum += n
			g.places, g.upTo = append(g.places, cat.Tree.Bounds(code).Center()), append(g.upTo, sum)
			return nil
		})
	return g, err
}

// place draws where an incident is.
func (g *ground) place(r *rand.Rand) geo.LngLat {
	n := r.Uint64N(g.upTo[len(g.upTo)-1])
	return g.places[sort.Search(len(g.upTo), func(i int) bool { return g.upTo[i] > n })]
}

// window draws a window inside the time of the data.
func (g *ground) window(r *rand.Rand) (from, to cube.Day) {
	days := cube.Day(minWindow + r.IntN(maxWindow-minWindow+1))
	from = g.first + cube.Day(r.IntN(max(1, int(g.after-g.first-days)+1)))
	return from, from + days
}

// cold draws tiles with a fresh window each, so that no cache can help.
func (g *ground) cold(r *rand.Rand, n int) []task {
	seen := map[task]bool{}
	var tasks []task
	for len(tasks) < n {
		t := task{tile: tile.At(g.place(r), minZoom+r.IntN(maxZoom-minZoom+1))}
		t.from, t.to = g.window(r)
		if !seen[t] {
			seen[t] = true
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// viewport draws the 20 tiles of a screen with one fresh window.
func (g *ground) viewport(r *rand.Rand) []task {
	const columns, lines = 5, 4
	at := tile.At(g.place(r), minZoom+r.IntN(maxZoom-minZoom+1))
	from, to := g.window(r)
	var tasks []task
	for y := range uint32(lines) {
		for x := range uint32(columns) {
			tasks = append(tasks, task{tile.ID{Z: at.Z, X: at.X - columns/2 + x, Y: at.Y - lines/2 + y}, from, to})
		}
	}
	return tasks
}

// county draws a fresh window for all tiles that show the county at a zoom.
func (g *ground) county(r *rand.Rand, zoom int) []task {
	from, to := g.window(r)
	var tasks []task
	for _, id := range tile.Covering(g.bounds, zoom) {
		tasks = append(tasks, task{id, from, to})
	}
	return tasks
}

// grids are the areas of the layer that all peers draw.
func grids(r *reli) []area.Area { return r.store.Current().Catalogue.Tree.AtLevel(area.Grid) }
