package shape

import (
	"cmp"
	"math"
	"slices"

	"reli/tiles/mvt"
)

// Noding inserts vertices into lines until they meet at vertices only: where
// two lines cross, where one passes through a vertex of another, where they
// overlap. A crossing between whole units moves to the nearest one, which bends
// both lines by at most half a unit and may make new crossings: so it repeats.
const (
	// nodingRounds bounds the repetition. Shapes seen so far need two or three.
	nodingRounds = 48
	// snappingRound is the round from which lines also pass through every vertex
	// within half a unit. Bends then cannot go on forever (snap rounding,
	// Hobby 1999), at the price of vertices that most shapes do without.
	snappingRound = 6
	// fewSegments is up to where comparing all pairs beats building a grid.
	fewSegments = 32
)

// segment is one straight piece of a line.
type segment struct {
	a, b        mvt.Point
	line, index int32
	fresh       bool // not compared with all others yet
}

// split asks for a vertex at p in a segment.
type split struct {
	line, index int32
	along       int64
	at          mvt.Point
}

// node inserts vertices in lines and reports whether they now meet at vertices
// only. Lines that change are replaced, their old points are left alone. The
// first and last points stay.
func node(lines []mvt.Ring) bool {
	fresh := make([]bool, len(lines))
	var segments []segment
	for round := range nodingRounds {
		if round == 0 || round == snappingRound {
			for i := range fresh {
				fresh[i] = true
			}
		}
		segments = segments[:0]
		for l, line := range lines {
			for i := 1; i < len(line); i++ {
				segments = append(segments, segment{a: line[i-1], b: line[i], line: int32(l), index: int32(i), fresh: fresh[l]})
			}
		}
		var splits []split
		eachNearPair(segments, func(e, o *segment) {
			if e.fresh || o.fresh {
				splits = appendSplits(splits, e, o, round >= snappingRound)
			}
		})
		if len(splits) == 0 {
			return true
		}
		clear(fresh)
		insert(lines, splits, fresh)
	}
	return false
}

// appendSplits compares two segments.
func appendSplits(splits []split, e, o *segment, snap bool) []split {
	n := len(splits)
	splits = appendPass(splits, e, o.a, snap)
	splits = appendPass(splits, e, o.b, snap)
	splits = appendPass(splits, o, e.a, snap)
	splits = appendPass(splits, o, e.b, snap)
	if len(splits) > n {
		return splits
	}
	oa, ob := cross(e.a, e.b, o.a), cross(e.a, e.b, o.b)
	ea, eb := cross(o.a, o.b, e.a), cross(o.a, o.b, e.b)
	if oa == 0 || ob == 0 || ea == 0 || eb == 0 || (oa > 0) == (ob > 0) || (ea > 0) == (eb > 0) {
		return splits
	}
	t := float64(ea) / (float64(ea) - float64(eb))
	p := mvt.Point{
		X: e.a.X + int32(math.Round(t*float64(e.b.X-e.a.X))),
		Y: e.a.Y + int32(math.Round(t*float64(e.b.Y-e.a.Y))),
	}
	return appendSplit(appendSplit(splits, e, p), o, p)
}

// appendPass splits s at p when it passes through p, or within half a unit.
func appendPass(splits []split, s *segment, p mvt.Point, snap bool) []split {
	if p.X < min(s.a.X, s.b.X) || p.X > max(s.a.X, s.b.X) || p.Y < min(s.a.Y, s.b.Y) || p.Y > max(s.a.Y, s.b.Y) {
		return splits
	}
	if cross(s.a, s.b, p) == 0 || snap && passesPixel(s, p) {
		return appendSplit(splits, s, p)
	}
	return splits
}

func appendSplit(splits []split, s *segment, p mvt.Point) []split {
	if p == s.a || p == s.b {
		return splits
	}
	along := int64(p.X-s.a.X)*int64(s.b.X-s.a.X) + int64(p.Y-s.a.Y)*int64(s.b.Y-s.a.Y)
	return append(splits, split{line: s.line, index: s.index, along: along, at: p})
}

// passesPixel reports whether the line of s meets the unit square around p.
func passesPixel(s *segment, p mvt.Point) bool {
	low, high := false, false
	for _, corner := range [4]mvt.Point{{X: -1, Y: -1}, {X: 1, Y: -1}, {X: -1, Y: 1}, {X: 1, Y: 1}} {
		side := crossDoubled(s.a, s.b, mvt.Point{X: 2*p.X + corner.X, Y: 2*p.Y + corner.Y})
		low, high = low || side <= 0, high || side >= 0
	}
	return low && high
}

// insert puts the splits into their lines and marks those lines.
func insert(lines []mvt.Ring, splits []split, changed []bool) {
	slices.SortFunc(splits, func(a, b split) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.index, b.index), cmp.Compare(a.along, b.along), comparePoints(a.at, b.at))
	})
	for from := 0; from < len(splits); {
		l := splits[from].line
		to := from
		for to < len(splits) && splits[to].line == l {
			to++
		}
		old := lines[l]
		line := make(mvt.Ring, 0, len(old)+to-from)
		line = append(line, old[0])
		for i := 1; i < len(old); i++ {
			for ; from < to && int(splits[from].index) == i; from++ {
				if line[len(line)-1] != splits[from].at {
					line = append(line, splits[from].at)
				}
			}
			line = append(line, old[i])
		}
		lines[l], changed[l] = line, true
	}
}
