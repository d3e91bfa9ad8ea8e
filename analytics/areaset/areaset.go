// Package areaset answers for the areas of other sets than the division tree
// (片区: those of police stations, courts, schools …), which may cross
// townships. Each grid belongs to the area that most of it lies in; what an
// area counts is the sum over its grids.
//
// It keeps sets and their crosswalks in the store and counts by package cube.
// It changes no record and no division. Packages web and cmd/reli may call it.
package areaset

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Service keeps the sets of a store.
type Service struct {
	db    *clickhouse.DB
	store *cube.Store
}

// New makes a Service.
func New(db *clickhouse.DB, store *cube.Store) *Service { return &Service{db: db, store: store} }

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// CheckName refuses what cannot name a set.
func CheckName(set string) error {
	if !name.MatchString(set) || set == schemas.DivisionSet {
		return schemas.BadParameter("set", "want lower-case letters, digits, _ and -, not %s", schemas.DivisionSet)
	}
	return nil
}

// Report says what a set came to.
type Report struct {
	Set        string `json:"set"`
	Areas      int    `json:"areas"`
	Grids      int    `json:"grids"`      // that belong to an area
	Divided    int    `json:"divided"`    // of these, those that lie in several
	Unassigned int    `json:"unassigned"` // grids that lie in none
}

// Replace makes areas a set, and lays it over the grids of today's map. version
// must be greater than that of any earlier call.
func (s *Service) Replace(ctx context.Context, set string, areas []schemas.Area, version uint64) (Report, error) {
	seen := map[string]bool{}
	for _, a := range areas {
		if seen[a.Code] {
			return Report{}, bad("the code %q is there twice", a.Code)
		}
		if len(a.Geometry) == 0 {
			return Report{}, bad("area %q has no geometry", a.Code)
		}
		seen[a.Code] = true
	}
	if err := s.db.ReplaceAreas(ctx, set, areas, nil, version); err != nil {
		return Report{}, err
	}
	return s.lay(ctx, set, areas, version)
}

func bad(format string, args ...any) error {
	return &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...)}
}

// Follow lays all sets over the grids of a new map.
func (s *Service) Follow(ctx context.Context, version uint64) error {
	sets, err := s.db.AreaSets(ctx)
	if err != nil {
		return err
	}
	for _, set := range sets {
		areas, err := s.db.Areas(ctx, set)
		if err != nil {
			return err
		}
		if _, err := s.lay(ctx, set, areas, version); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lay(ctx context.Context, set string, areas []schemas.Area, version uint64) (Report, error) {
	var shapes []area.Area
	for _, a := range areas {
		if !a.Open() {
			continue
		}
		shape, err := area.DecodeGeometry(a.Geometry)
		if err != nil {
			return Report{}, bad("area %q: %v", a.Code, err)
		}
		shapes = append(shapes, area.Area{Code: a.Code, Geometry: shape})
	}
	var grids []area.Area
	if tree := s.store.Current().Catalogue.Tree; tree != nil {
		grids = tree.AtLevel(area.Grid)
	}
	report := Report{Set: set, Areas: len(shapes)}
	rows, of := []clickhouse.CrossRow{}, map[string]int{}
	for _, share := range area.Overlay(grids, shapes) {
		rows = append(rows, clickhouse.CrossRow{Grid: share.Grid, Code: share.Code, Share: share.Share, Chosen: share.Chosen})
		of[share.Grid]++
	}
	for _, n := range of {
		if n > 1 {
			report.Divided++
		}
	}
	report.Grids, report.Unassigned = len(of), len(grids)-len(of)
	return report, s.db.ReplaceCrosswalk(ctx, set, rows, version)
}

// Area is an area of a set.
type Area struct {
	schemas.Area
	Grids      int    // that belong to it
	Population uint32 // of these
}

// Areas gives the areas of a set in the order of their codes; unknown sets are
// a Problem. Under a scope those are there that have a grid in it, with what is
// theirs in it.
func (s *Service) Areas(ctx context.Context, set string, scope cube.Scope) ([]Area, error) {
	stored, err := s.db.Areas(ctx, set)
	if err != nil {
		return nil, err
	}
	if len(stored) == 0 || set == schemas.DivisionSet {
		return nil, schemas.BadParameter("set", "no such set of areas")
	}
	rows, err := s.Crosswalk(ctx, set, scope)
	if err != nil {
		return nil, err
	}
	tree := s.store.Current().Catalogue.Tree
	grids, people := map[string]int{}, map[string]uint32{}
	for _, r := range rows {
		if r.Chosen {
			grids[r.Code]++
			g, _ := tree.Get(r.Grid)
			people[r.Code] += g.Population
		}
	}
	var out []Area
	for _, a := range stored {
		if a.Open() && (grids[a.Code] > 0 || len(scope.Areas) == 0) {
			out = append(out, Area{Area: a, Grids: grids[a.Code], Population: people[a.Code]})
		}
	}
	return out, nil
}

// Sets gives the names of the sets.
func (s *Service) Sets(ctx context.Context) ([]string, error) { return s.db.AreaSets(ctx) }

// Crosswalk gives which grid lies where, as far as a scope holds the grids of
// today's map.
func (s *Service) Crosswalk(ctx context.Context, set string, scope cube.Scope) ([]clickhouse.CrossRow, error) {
	rows, err := s.db.Crosswalk(ctx, set)
	tree := s.store.Current().Catalogue.Tree
	return slices.DeleteFunc(rows, func(r clickhouse.CrossRow) bool {
		return tree == nil || !scope.Holds(tree, r.Grid) || !known(tree, r.Grid)
	}), err
}

func known(tree *area.Tree, code string) bool {
	_, ok := tree.Get(code)
	return ok
}

// Outside is the key of what lies in no area of a set: reports without a grid,
// and those of grids that lie in none.
const Outside = ""

// Tallies counts a Selection by the areas of a set: each is the sum over its
// grids, and everything together is the whole Selection. A median cannot be
// summed and is refused.
func (s *Service) Tallies(ctx context.Context, snap *cube.Snapshot, sel cube.Selection, set string) ([]cube.Group, error) {
	if sel.Measure == cube.MeasureDays || sel.Measure == cube.MeasureRate || sel.Measure == cube.MeasureLevel {
		return nil, schemas.BadParameter("measure", "%s is no sum over grids", sel.Measure)
	}
	rows, err := s.db.Crosswalk(ctx, set)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, schemas.BadParameter("set", "no such set of areas, or no grid in it")
	}
	of := map[string]string{}
	for _, r := range rows {
		if r.Chosen {
			of[r.Grid] = r.Code
		}
	}
	grids, _, err := s.store.Tallies(ctx, snap, cube.Query{Selection: sel, By: cube.DimensionGrid})
	if err != nil {
		return nil, err
	}
	all, _, err := s.store.Tallies(ctx, snap, cube.Query{Selection: sel, By: cube.DimensionTotal})
	if err != nil {
		return nil, err
	}
	sums := map[string]cube.Tally{}
	var rest cube.Tally
	for _, g := range all {
		rest = g.Tally
	}
	for _, g := range grids {
		if code, ok := of[g.Key]; ok {
			sums[code] = add(sums[code], g.Tally, 1)
			rest = add(rest, g.Tally, -1)
		}
	}
	if rest.Count != 0 || rest.Base != 0 {
		sums[Outside] = rest
	}
	out := make([]cube.Group, 0, len(sums))
	for code, t := range sums {
		out = append(out, cube.Group{Key: code, Tally: t})
	}
	slices.SortFunc(out, func(a, b cube.Group) int { return cmp.Compare(a.Key, b.Key) })
	return out, nil
}

func add(a, b cube.Tally, sign int64) cube.Tally {
	return cube.Tally{Count: a.Count + sign*b.Count, Open: a.Open + sign*b.Open, Overdue: a.Overdue + sign*b.Overdue,
		Closed: a.Closed + sign*b.Closed, Weight: a.Weight + sign*b.Weight, Base: a.Base + sign*b.Base}
}
