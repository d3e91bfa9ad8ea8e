package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
)

// maxAreas bounds a list of areas found by a search.
const maxFound = 50

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

// areas lists the areas of a level or under a parent, or those whose name or
// code holds a text.
func (s *Server) areas(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "level", "parent", "q", "v"); err != nil {
		return err
	}
	list := []areaView{}
	tree := s.opt.Store.Current().Catalogue.Tree
	if tree != nil {
		found, err := findAreas(tree, q)
		if err != nil {
			return err
		}
		for _, a := range found {
			v := viewOf(tree, a)
			if q.Get("q") != "" {
				v.Path = pathOf(tree, a.Code)
			}
			list = append(list, v)
		}
	}
	return s.writeJSON(w, r, map[string]any{"areas": list})
}

func findAreas(tree *area.Tree, q url.Values) ([]area.Area, error) {
	found, err := listAreas(tree, q.Get("level"), q.Get("parent"))
	if err != nil {
		return nil, err
	}
	text := strings.ToLower(strings.TrimSpace(q.Get("q")))
	if text == "" {
		return found, nil
	}
	found = slices.DeleteFunc(slices.Clone(found), func(a area.Area) bool {
		return !strings.Contains(strings.ToLower(a.Name), text) && !strings.HasPrefix(strings.ToLower(a.Code), text)
	})
	// Coarse levels first: who types a township's name means the township.
	slices.SortStableFunc(found, func(a, b area.Area) int { return int(a.Level) - int(b.Level) })
	return found[:min(len(found), maxFound)], nil
}

// listAreas gives the areas of a level, all those inside a parent where both
// are given, the children of a parent alone, or all areas.
func listAreas(tree *area.Tree, levelName, parent string) ([]area.Area, error) {
	if parent != "" {
		if _, ok := tree.Get(parent); !ok {
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
	if err := onlyParameters(q, "geometry", "v"); err != nil {
		return err
	}
	tree := s.opt.Store.Current().Catalogue.Tree
	if tree == nil {
		return notFound("no areas are loaded")
	}
	a, ok := tree.Get(chi.URLParam(r, "code"))
	if !ok {
		return notFound("no such area")
	}
	v := viewOf(tree, a)
	v.Path = pathOf(tree, a.Code)
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
	d := schemas.LoadDictionary()
	return s.writeJSON(w, r, map[string]any{
		"categories": cat.Categories, "sources": cat.Sources, "channels": cat.Channels,
		"scales": d.Scales, "urgencies": d.Urgencies, "statuses": d.Statuses, "levels": d.Levels,
		"measures": cube.Measures(),
	})
}
