package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/tiles/mvt"
)

func milli(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// encode makes a tile of grids with counts; where they are is of no matter.
func encode(t *testing.T, counts map[string]uint64) []byte {
	t.Helper()
	b := mvt.NewBuilder()
	l := b.Layer("grid")
	id, count := l.Key("id"), l.Key("count")
	var arena mvt.Arena
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		l.UniqueString(id, code)
		l.Uint(count, counts[code])
		l.Add(arena.Polygons(mvt.Polygon{{{X: 0, Y: 0}, {X: 9, Y: 0}, {X: 9, Y: 9}}}))
	}
	body := b.AppendTile(nil)
	require.NotEmpty(t, body)
	return body
}
