package tiles_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/demo"
	"reli/geo/tile"
	"reli/test/county"
	"reli/tiles"
)

func TestFiveHundredClientsOfAColdTileCostOneQuery(t *testing.T) {
	c := county.Shared(t)
	store := c.Twin(t, 0) // answers with SQL, so that computations can be counted
	s, id := newServer(store), tileIn(c, 9)
	cost := func(sel cube.Selection, clients int) int64 {
		before := c.EngineWrites()
		release := c.HoldEngine()
		defer release()
		var wait sync.WaitGroup
		for range clients {
			wait.Go(func() {
				_, _, err := s.Tile(t.Context(), tiles.Request{Layers: allLayers()[:1], Tile: id, Selection: sel, Encoding: tiles.EncodingGzip})
				if err != nil {
					t.Error(err)
				}
			})
		}
		require.Eventually(t, func() bool { return c.EngineWrites() > before }, 10*time.Second, time.Millisecond)
		time.Sleep(50 * time.Millisecond) // let all of them ask
		release()
		wait.Wait()
		return c.EngineWrites() - before
	}
	first, second := window(t), window(t)
	second.To -= 7
	one := cost(first, 1)
	require.Positive(t, one)
	require.Equal(t, one, cost(second, 500))
}

func TestTheQueryOfAClientThatLeavesIsGone(t *testing.T) {
	c := county.Shared(t)
	s, id := newServer(c.Twin(t, 0)), tileIn(c, 9)
	release := c.HoldEngine()
	defer release()
	before := c.EngineWrites()
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, _, err := s.Tile(ctx, tiles.Request{Layers: allLayers()[:1], Tile: id, Selection: window(t)})
		left <- err
	}()
	require.Eventually(t, func() bool { return c.EngineWrites() > before }, 10*time.Second, time.Millisecond)
	require.True(t, stackHas("tiles.(*Server).draw"))
	at := time.Now()
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	require.Less(t, time.Since(at), 100*time.Millisecond)
	for stackHas("tiles.(*Server).draw") {
		require.Less(t, time.Since(at), 100*time.Millisecond, "the work goes on for nobody")
		time.Sleep(time.Millisecond)
	}
}

// TestASwapUnderLoadMixesNothing settles new versions while readers draw
// tiles of all layers. The sum of every layer of a tile is that of the one
// version that the tile names.
func TestASwapUnderLoadMixesNothing(t *testing.T) {
	c := county.Made(t, demo.Options{Seed: 3, Incidents: 3000})
	s, sel := newServer(c.Store), always()
	type sums struct{ hex, grid, township int64 }
	totals := map[uint64]sums{}
	record := func() {
		totals[c.Store.Current().Version] = sums{sqlTotal(t, c, sel, "i.cell != 0"),
			sqlTotal(t, c, sel, "p.grid != ''"), sqlTotal(t, c, sel, "p.township != ''")}
	}
	record()
	layers := []tiles.Layer{tiles.LayerHex, tiles.LayerGrid, tiles.LayerTownship}
	var whole []tile.ID
	for zoom := range 9 {
		shown := decode(t, tileIn(c, zoom), ask(t, s, sel, tileIn(c, zoom), layers...).Body, false)
		if len(shown[tiles.LayerGrid]) == 609 && (sums{sum(shown[tiles.LayerHex]), sum(shown[tiles.LayerGrid]), sum(shown[tiles.LayerTownship])}) == totals[c.Store.Current().Version] {
			whole = append(whole, tileIn(c, zoom))
		}
	}
	require.GreaterOrEqual(t, len(whole), 3, "no tile shows the whole county")

	type seen struct {
		version uint64
		id      tile.ID
		sums
	}
	found := make([][]seen, 8)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for n := range found {
		readers.Go(func() {
			for i := n; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				sel := sel
				sel.To -= cube.Day(i % 50) // hardly ever in the cache
				id := whole[i%len(whole)]
				answer, _, err := s.Tile(t.Context(), tiles.Request{Layers: layers, Tile: id, Selection: sel})
				if err != nil {
					t.Error(err)
					return
				}
				shown := decode(t, id, answer.Body, false)
				found[n] = append(found[n], seen{answer.DataVersion, id,
					sums{sum(shown[tiles.LayerHex]), sum(shown[tiles.LayerGrid]), sum(shown[tiles.LayerTownship])}})
			}
		})
	}
	grid := c.Store.Current().Catalogue.Tree.AtLevel(tiles.LayerGrid.Level())[17]
	at := c.Store.Current().Catalogue.Tree.Bounds(grid.Code).Center()
	for round := range 4 {
		var rows strings.Builder
		rows.WriteString("source,source_id,occurred_at,lng,lat,crs,grid,category\n")
		for n := range 40 + round {
			fmt.Fprintf(&rows, "swap,%d-%d,2025-%02d-11T08:00:00,%f,%f,WGS84,%s,land\n", round, n, 1+(round*7+n)%12,
				at.Lng+float64(n%5)/500, at.Lat+float64(n%7)/500, grid.Code)
		}
		c.Take(t, rows.String())
		record()
	}
	close(done)
	readers.Wait()
	versions := map[uint64]int{}
	for _, list := range found {
		for _, f := range list {
			require.Equal(t, totals[f.version], f.sums, "tile %s of version %d", f.id, f.version)
			versions[f.version]++
		}
	}
	require.GreaterOrEqual(t, len(versions), 3, "the versions changed while nobody looked: %v", versions)
}

func sum(places map[string]place) int64 {
	var n int64
	for _, p := range places {
		n += p.count
	}
	return n
}
