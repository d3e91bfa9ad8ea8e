package web

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"reli/analytics/areaset"
	"reli/analytics/cube"
	"reli/geo/area"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/schemas"
)

type setAreaView struct {
	Set        string            `json:"set"`
	Code       string            `json:"code"`
	Name       string            `json:"name"`
	Grids      int               `json:"grids"`
	Population uint32            `json:"population"` // of its grids
	BBox       [4]float64        `json:"bbox"`
	Center     [2]float64        `json:"center"`
	Geometry   *geojson.Geometry `json:"geometry,omitempty"`
}

// postAreaSet makes the map of the body a set of areas beside the divisions.
func (s *Server) postAreaSet(w http.ResponseWriter, r *http.Request, set string) error {
	if err := areaset.CheckName(set); err != nil {
		return err
	}
	declared, err := ingest.DeclaredSystem(r.URL.Query().Get("crs"))
	if err != nil {
		return err
	}
	body := takeBody(w, r, MaxBody)
	areas, err := ingest.ReadAreaSet(body, set, declared)
	if err != nil {
		return body.explain(err)
	}
	report, err := s.opt.Sets.Replace(r.Context(), set, areas, uint64(s.opt.Now().UnixNano()))
	if err != nil {
		return err
	}
	traceOf(r).says(report)
	return s.writeJSON(w, r, report)
}

// areaSet lists the areas of a set, with shapes in pages.
func (s *Server) areaSet(w http.ResponseWriter, r *http.Request, set string, shapes bool) error {
	scope := scopeOf(r)
	if scope.Protected {
		return noSets()
	}
	areas, err := s.opt.Sets.Areas(r.Context(), set, scope)
	if err != nil {
		return err
	}
	drawn := make([]drawnArea, len(areas))
	for i, a := range areas {
		drawn[i].Area = a
		if drawn[i].shape, err = area.DecodeGeometry(a.Geometry); err != nil {
			return err
		}
	}
	answer := map[string]any{}
	if shapes {
		of := func(a drawnArea) (string, orb.MultiPolygon) { return a.Code, a.shape }
		if drawn, answer["next_after"], err = pageOfShapes(drawn, of, r.URL.Query().Get("after")); err != nil {
			return err
		}
	}
	list := make([]setAreaView, 0, len(drawn))
	for _, a := range drawn {
		shape := a.shape
		b := shape.Bound()
		c, _ := planar.CentroidArea(shape)
		v := setAreaView{Set: set, Code: a.Code, Name: a.Name, Grids: a.Grids, Population: a.Population,
			BBox: [4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}, Center: [2]float64{c.Lon(), c.Lat()}}
		if shapes {
			v.Geometry = geojson.NewGeometry(shape)
		}
		list = append(list, v)
	}
	answer["areas"] = list
	return s.writeJSON(w, r, answer)
}

type drawnArea struct {
	areaset.Area
	shape orb.MultiPolygon
}

// noSets answers the display for visitors: what is told of two sets of areas
// that cross would tell the difference.
func noSets() error {
	return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "areas of other sets are not shown where counts are protected"}
}

// crosswalk tells which grid lies in which area of a set, or which sets there
// are.
func (s *Server) crosswalk(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "set", "format", "v"); err != nil {
		return err
	}
	if scopeOf(r).Protected {
		return noSets()
	}
	sets, err := s.opt.Sets.Sets(r.Context())
	if err != nil {
		return err
	}
	set := q.Get("set")
	if set != "" && !slices.Contains(sets, set) {
		return schemas.BadParameter("set", "no such set of areas")
	}
	rows := []clickhouse.CrossRow{}
	if set != "" {
		if rows, err = s.opt.Sets.Crosswalk(r.Context(), set, scopeOf(r)); err != nil {
			return err
		}
	}
	switch q.Get("format") {
	case "", "json":
		return s.writeJSON(w, r, map[string]any{"sets": append([]string{}, sets...), "set": set, "crosswalk": rows})
	case "csv":
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		out := csv.NewWriter(w)
		lines := [][]string{{"grid", "code", "share", "chosen"}}
		for _, c := range rows {
			lines = append(lines, []string{c.Grid, c.Code, strconv.FormatFloat(c.Share, 'f', 6, 64), strconv.FormatBool(c.Chosen)})
		}
		return out.WriteAll(lines)
	}
	return schemas.BadParameter("format", "want json or csv")
}

// setBreakdown counts by the areas of a set.
func (s *Server) setBreakdown(w http.ResponseWriter, r *http.Request, sel cube.Selection, set string) error {
	snap := s.opt.Store.Current()
	tallies, err := s.opt.Sets.Tallies(r.Context(), snap, sel, set)
	if err != nil {
		return err
	}
	areas, err := s.opt.Sets.Areas(r.Context(), set, sel.Scope)
	if err != nil {
		return err
	}
	names := map[string]string{areaset.Outside: ""}
	for _, a := range areas {
		names[a.Code] = a.Name
	}
	groups := make([]group, 0, len(tallies))
	var total int64
	for _, t := range tallies {
		value, _ := sel.Measure.Value(t.Tally)
		g := group{Key: t.Key, Zh: names[t.Key], En: names[t.Key], Count: t.Count, Value: value}
		if t.Key == areaset.Outside {
			g.Zh, g.En = "不在任何片区", "In none"
		}
		groups = append(groups, g)
		total += t.Count
	}
	slices.SortStableFunc(groups, func(a, b group) int { return int(b.Count - a.Count) })
	return s.writeJSON(w, r, map[string]any{"by": "set", "set": set, "groups": groups, "total": total, "data_version": snap.Version})
}
