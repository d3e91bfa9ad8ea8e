package ingest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"reli/geo/area"
	"reli/schemas"
)

// maxAreaFaults is how many faults of a map a report lists.
const maxAreaFaults = 200

// AreaReport says what a map holds and where it breaks the rule 全覆盖、不交叉.
// A map with faults is taken all the same: the lower code gets the ground of an
// overlap, and what lies in a gap is outside.
type AreaReport struct {
	Areas   int            `json:"areas"`
	Levels  map[string]int `json:"levels"`  // areas by level
	Checked string         `json:"checked"` // level whose polygons were compared, "" for none
	Faults  int            `json:"faults"`
	List    []AreaFault    `json:"list"` // the largest first, at most 200
}

// AreaFault is a gap, an overlap or ground outside the county's outline.
type AreaFault struct {
	Kind         area.FaultKind `json:"kind"`
	A            string         `json:"a"`
	B            string         `json:"b"`
	SquareMetres float64        `json:"square_metres"`
	Lng          float64        `json:"lng"`
	Lat          float64        `json:"lat"`
}

// CheckAreas checks the polygons of the finest level that has any. The outline
// is that of the county, where it has one.
func CheckAreas(rows []schemas.Area) (AreaReport, error) {
	report := AreaReport{Areas: len(rows), Levels: map[string]int{}, List: []AreaFault{}}
	all, err := MapAreas(rows)
	if err != nil {
		return report, err
	}
	byLevel := map[area.Level][]area.Area{}
	var outline orb.MultiPolygon
	for _, a := range all {
		report.Levels[a.Level.String()]++
		if len(a.Geometry) == 0 {
			continue
		}
		byLevel[a.Level] = append(byLevel[a.Level], a)
		if a.Level == area.County {
			outline = append(outline, a.Geometry...)
		}
	}
	for level := area.Grid; level > area.County; level-- {
		shapes := byLevel[level]
		if len(shapes) == 0 {
			continue
		}
		report.Checked = level.String()
		faults := area.CheckTopology(shapes, outline)
		report.Faults = len(faults)
		report.List = largest(faults)
		return report, nil
	}
	return report, nil
}

func largest(faults []area.Fault) []AreaFault {
	slices.SortStableFunc(faults, func(a, b area.Fault) int { return cmp.Compare(b.SquareMetres, a.SquareMetres) })
	out := []AreaFault{}
	for _, f := range faults[:min(len(faults), maxAreaFaults)] {
		out = append(out, AreaFault{f.Kind, f.A, f.B, f.SquareMetres, f.At.Lng, f.At.Lat})
	}
	return out
}

// Line gives a fault as one line of a report.
func (f AreaFault) Line() string {
	return fmt.Sprintf("%s %s %s %.1f m² at %.6f, %.6f", f.Kind, f.A, f.B, f.SquareMetres, f.Lng, f.Lat)
}
