package web

import (
	"net/url"
	"slices"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
	"reli/schemas/roster"
)

// ownerView is an owner with the name of the area that he answers for: the one
// asked for or one above it.
type ownerView struct {
	roster.Owner
	Name string `json:"name"`
}

// dayOf reads the day whose owners are wanted, today by default.
func (s *Server) dayOf(q url.Values) (string, error) {
	text := q.Get("day")
	if text == "" {
		return s.opt.Store.Today().String(), nil
	}
	d, err := cube.ParseDay(text)
	if err != nil {
		return "", schemas.BadParameter("day", "want a day as 2026-01-31")
	}
	return d.String(), nil
}

// ownersOf lists who answers for an area, its own owners first.
func (s *Server) ownersOf(t *area.Tree, code, day string) (out []ownerView) {
	path := t.Path(code)
	slices.Reverse(path)
	for _, o := range s.opt.Roster.Owners(path, day) {
		a, _ := t.Get(o.Area)
		out = append(out, ownerView{o, a.Name})
	}
	return out
}
