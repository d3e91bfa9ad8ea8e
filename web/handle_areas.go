package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
)

// maxFound bounds a list of areas found by a search.
const maxFound = 50

// What one page of a list with shapes holds at most. A corner takes some forty
// bytes of JSON; an area with more corners than that has a page of its own.
const (
	mostShapes  = 1000
	mostCorners = 50_000
)

type areaView struct {
	Code       string            `json:"code"`
	Name       string            `json:"name"`
	Level      string            `json:"level"`
	Parent     string            `json:"parent"`
	Population uint32            `json:"population"`
	BBox       [4]float64        `json:"bbox"`
	Center     [2]float64        `json:"center"`
	Path       []areaStep        `json:"path,omitempty"`
	Geometry   *geojson.Geometry `json:"geometry,omitempty"`
	Owners     []ownerView       `json:"owners,omitempty"` // of one area
}

type areaStep struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Level string `json:"level"`
}

func viewOf(t *area.Tree, a area.Area) areaView {
	b := t.Bounds(a.Code)
	c, _ := planar.CentroidArea(a.Geometry)
	return areaView{Code: a.Code, Name: a.Name, Level: a.Level.String(), Parent: a.Parent, Population: a.Population,
		BBox: [4]float64{b.West, b.South, b.East, b.North}, Center: [2]float64{c.Lon(), c.Lat()}}
}

func pathOf(t *area.Tree, code string) []areaStep {
	var out []areaStep
	for _, step := range t.Path(code) {
		a, _ := t.Get(step)
		out = append(out, areaStep{a.Code, a.Name, a.Level.String()})
	}
	return out
}

// areas lists the areas of a level or under a parent, or those that a text
// finds by name, pinyin, initials or code. With shapes the list comes in pages.
func (s *Server) areas(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "level", "parent", "q", "geometry", "after", "set", "v"); err != nil {
		return err
	}
	shapes, err := flag(q, "geometry")
	if err != nil {
		return err
	}
	if !shapes && q.Has("after") {
		return schemas.BadParameter("after", "only a list with geometry=1 comes in pages")
	}
	if set := q.Get("set"); set != "" && set != schemas.DivisionSet {
		if q.Has("level") || q.Has("parent") || q.Has("q") {
			return schemas.BadParameter("set", "goes with geometry and after alone")
		}
		return s.areaSet(w, r, set, shapes)
	}
	list, answer := []areaView{}, map[string]any{}
	if tree := s.opt.Store.Current().Catalogue.Tree; tree != nil {
		found, err := s.findAreas(tree, scopeOf(r), q)
		if err != nil {
			return err
		}
		if shapes {
			if found, answer["next_after"], err = pageOfShapes(found, shapeOf, q.Get("after")); err != nil {
				return err
			}
		}
		for _, a := range found {
			v := viewOf(tree, a)
			if q.Get("q") != "" {
				v.Path = pathOf(tree, a.Code)
			}
			if shapes {
				v.Geometry = geojson.NewGeometry(a.Geometry)
			}
			list = append(list, v)
		}
	}
	answer["areas"] = list
	return s.writeJSON(w, r, answer)
}

func shapeOf(a area.Area) (string, orb.MultiPolygon) { return a.Code, a.Geometry }

// pageOfShapes gives the areas of a list after that of a code, from the first
// where it is "", as many as fit a page; next is the code to go on after, nil on
// the last page. of gives an area's code and shape.
func pageOfShapes[A any](list []A, of func(A) (string, orb.MultiPolygon), after string) (page []A, next *string, err error) {
	if after != "" {
		at := slices.IndexFunc(list, func(a A) bool { code, _ := of(a); return code == after })
		if at < 0 {
			return nil, nil, schemas.BadParameter("after", "want next_after of the page before")
		}
		list = list[at+1:]
	}
	corners, last := 0, ""
	for n, a := range list {
		code, shape := of(a)
		for _, polygon := range shape {
			for _, ring := range polygon {
				corners += len(ring)
			}
		}
		if n == mostShapes || (n > 0 && corners > mostCorners) {
			return list[:n], &last, nil
		}
		last = code
	}
	return list, nil, nil
}

func (s *Server) findAreas(tree *area.Tree, scope cube.Scope, q url.Values) ([]area.Area, error) {
	found, err := listAreas(tree, scope, q.Get("level"), q.Get("parent"))
	if err != nil || strings.TrimSpace(q.Get("q")) == "" {
		return found, err
	}
	return s.names.Of(tree).Find(q.Get("q"), found, maxFound), nil
}

// listAreas gives the areas of a level, all those inside a parent where both
// are given, the children of a parent alone, or all areas; those that a scope
// hides are not there.
func listAreas(tree *area.Tree, scope cube.Scope, levelName, parent string) ([]area.Area, error) {
	found, err := allAreas(tree, scope, levelName, parent)
	if len(scope.Areas) == 0 {
		return found, err
	}
	return slices.DeleteFunc(found, func(a area.Area) bool { return !scope.Shows(tree, a.Code) }), err
}

func allAreas(tree *area.Tree, scope cube.Scope, levelName, parent string) ([]area.Area, error) {
	if parent != "" {
		if _, ok := tree.Get(parent); !ok || !scope.Shows(tree, parent) {
			return nil, &schemas.Problem{Code: schemas.CodeUnknownArea, Status: http.StatusBadRequest, Field: "parent", Detail: "no such area"}
		}
	}
	if levelName == "" && parent != "" {
		var found []area.Area
		for _, code := range tree.Children(parent) {
			a, _ := tree.Get(code)
			found = append(found, a)
		}
		return found, nil
	}
	if levelName == "" {
		return tree.All(), nil
	}
	level, err := area.ParseLevel(levelName)
	if err != nil {
		return nil, schemas.BadParameter("level", "want county, township, village or grid")
	}
	found := slices.Clone(tree.AtLevel(level))
	if parent == "" {
		return found, nil
	}
	return slices.DeleteFunc(found, func(a area.Area) bool {
		return a.Code == parent || !slices.Contains(tree.Path(a.Code), parent)
	}), nil
}

func (s *Server) area(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "geometry", "day", "v"); err != nil {
		return err
	}
	on, err := s.dayOf(q)
	if err != nil {
		return err
	}
	tree := s.opt.Store.Current().Catalogue.Tree
	if tree == nil {
		return notFound("no areas are loaded")
	}
	a, ok := tree.Get(chi.URLParam(r, "code"))
	if !ok || !scopeOf(r).Shows(tree, a.Code) {
		return notFound("no such area")
	}
	v := viewOf(tree, a)
	v.Path = pathOf(tree, a.Code)
	v.Owners = s.ownersOf(tree, a.Code, on)
	switch q.Get("geometry") {
	case "", "0":
	case "1":
		v.Geometry = geojson.NewGeometry(a.Geometry)
	default:
		return schemas.BadParameter("geometry", "want 0 or 1")
	}
	return s.writeJSON(w, r, v)
}

// onlyParameters refuses parameters of other names, and one that is given
// twice: which one counts would be a guess.
func onlyParameters(q url.Values, names ...string) error {
	for name, values := range q {
		if !slices.Contains(names, name) {
			return schemas.BadParameter(clip(name), "unknown parameter")
		}
		if len(values) > 1 {
			return schemas.BadParameter(name, "given %d times, want once", len(values))
		}
	}
	return nil
}

// dictionaries lists every code with its names.
func (s *Server) dictionaries(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "v"); err != nil {
		return err
	}
	cat := s.opt.Store.Current().Catalogue
	d, scope := schemas.LoadDictionary(), scopeOf(r)
	return s.writeJSON(w, r, map[string]any{
		"categories": shownEntries(cat.Categories, scope.Categories), "sources": shownEntries(cat.Sources, scope.Sources), "channels": cat.Channels,
		"scales": d.Scales, "urgencies": d.Urgencies, "statuses": d.Statuses, "levels": d.Levels,
		"measures": cube.Measures(),
	})
}
