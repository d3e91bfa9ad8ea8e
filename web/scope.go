package web

import (
	"net/http"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/web/access"
)

// scoped cuts a Selection to what the principal of a request may see. It is the
// one place where a scope gets into a Selection. An area that may not be named
// is answered like one that does not exist. Without a principal there is no
// Selection, whatever the route forgot.
func (s *Server) scoped(r *http.Request, sel cube.Selection) (cube.Selection, error) {
	p := access.From(r.Context())
	if p.Role == "" {
		return cube.Selection{}, &schemas.Problem{Code: schemas.CodeSignIn, Status: http.StatusUnauthorized, Detail: "sign in first"}
	}
	sel.Scope = p.Scope
	if sel.Scope.Protected {
		return s.protected(sel)
	}
	if sel.Area != "" && !sel.Scope.Shows(s.opt.Store.Current().Catalogue.Tree, sel.Area) {
		return cube.Selection{}, &schemas.Problem{Code: schemas.CodeUnknownArea, Status: http.StatusBadRequest, Field: "area", Detail: "no such area"}
	}
	return sel, nil
}

// protected makes a Selection that analytics/disclose can answer: its tables
// are of single areas, and of everything in them.
func (s *Server) protected(sel cube.Selection) (cube.Selection, error) {
	tree, scope := s.opt.Store.Current().Catalogue.Tree, sel.Scope
	switch {
	case len(scope.Categories)+len(scope.Sources) > 0:
		return sel, schemas.BadParameter("scope", "a display for visitors cannot be held to categories or sources")
	case sel.Area == "" && len(scope.Areas) == 1:
		sel.Area = scope.Areas[0]
	case sel.Area == "" && len(scope.Areas) > 1:
		return sel, schemas.BadParameter("area", "choose one of your areas")
	}
	if sel.Area != "" && !scope.Holds(tree, sel.Area) {
		return sel, &schemas.Problem{Code: schemas.CodeUnknownArea, Status: http.StatusBadRequest, Field: "area", Detail: "no such area"}
	}
	return sel, nil
}

// scopeOf gives the scope of who asks.
func scopeOf(r *http.Request) cube.Scope { return access.From(r.Context()).Scope }

// shownEntries leaves of a dictionary the codes of a scope's set.
func shownEntries(all []schemas.Entry, own []string) []schemas.Entry {
	if len(own) == 0 {
		return all
	}
	out := []schemas.Entry{}
	for _, e := range all {
		for _, code := range own {
			if e.Code == code {
				out = append(out, e)
			}
		}
	}
	return out
}
