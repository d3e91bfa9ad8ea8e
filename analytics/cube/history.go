package cube

import (
	"time"

	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// NextMap says what is stored when a map is loaded over another: loaded areas
// that hold today, and those that held once. An area of the old map that the
// new one leaves out is closed today; its records stay where they were counted,
// in the village, township and county above it, so that totals of the past do
// not change. current are the areas that hold; they make the tree.
func NextMap(stored, loaded []schemas.Area, today time.Time) (current, closed []schemas.Area) {
	there := map[string]bool{}
	for _, a := range loaded {
		if a.Open() {
			current = append(current, a)
			there[a.Code] = true
		}
	}
	shut := func(a schemas.Area) {
		if !there[a.Code] {
			there[a.Code] = true
			closed = append(closed, a)
		}
	}
	for _, a := range loaded {
		if !a.Open() {
			shut(a)
		}
	}
	for _, a := range stored {
		if a.Open() {
			a.ValidTo = today
		}
		shut(a)
	}
	return current, closed
}

// ClosedPaths gives closed areas those of their ancestors that still hold.
func ClosedPaths(tree *area.Tree, closed []schemas.Area) []clickhouse.AreaPath {
	parents := map[string]string{}
	for _, a := range closed {
		parents[a.Code] = a.Parent
	}
	out := make([]clickhouse.AreaPath, 0, len(closed))
	for _, a := range closed {
		above := a.Parent
		for range area.Grid { // a map has no more levels
			if _, holds := tree.Get(above); holds {
				break
			}
			above = parents[above]
		}
		out = append(out, clickhouse.AreaPath{Code: a.Code, County: tree.Ancestor(above, area.County),
			Township: tree.Ancestor(above, area.Township), Village: tree.Ancestor(above, area.Village)})
	}
	return out
}
