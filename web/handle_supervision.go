package web

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/geo/area"
	"reli/schemas"
	"reli/web/hooks"
)

type supervisedPlace struct {
	Area       string      `json:"area"`
	Name       string      `json:"name"`
	Tier       string      `json:"tier"`
	Path       []areaStep  `json:"path"`
	Urgent     *int        `json:"urgent"`
	Overdue    *int        `json:"overdue"`
	DueSoon    *int        `json:"due_soon"`
	Failed     *int        `json:"failed"`
	Supervised *int        `json:"supervised"`
	Level      level.Level `json:"level"`
}

type supervisedMatter struct {
	Source     string   `json:"source"`
	SourceID   string   `json:"source_id"`
	Matter     string   `json:"matter_id"`
	Category   string   `json:"category"`
	CategoryZh string   `json:"category_zh"`
	CategoryEn string   `json:"category_en"`
	Area       string   `json:"area"`
	Name       string   `json:"name"`
	Unit       string   `json:"unit"`
	Urgency    int      `json:"urgency"`
	Opened     cube.Day `json:"opened"`
	Due        any      `json:"due"` // null without a date
	DaysOver   int      `json:"days_over"`
	Urgent     bool     `json:"urgent"`
	Overdue    bool     `json:"overdue"`
	DueSoon    bool     `json:"due_soon"`
	Standing   string   `json:"standing"` // normal, due_soon or overdue
	Failed     bool     `json:"failed"`
	Supervised bool     `json:"supervised"`
}

// shownCount gives a count; where counts are protected only that there is one,
// as null: a raw count beside the protected ones would break their proof.
func shownCount(n int, protected bool) *int {
	if protected && n > 0 {
		return nil
	}
	return &n
}

// supervision gives the list of 督办: matters and places, never persons. Where
// counts are protected it names the townships alone.
func (s *Server) supervision(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "area", "tier", "limit", "v"); err != nil {
		return err
	}
	_, tier, limit, err := levelFilter(q)
	if err != nil {
		return err
	}
	if tier != area.Unknown && tier != area.Township && tier != area.Village {
		return schemas.BadParameter("tier", "want township or village")
	}
	sel, err := s.levelArea(r, q.Get("area"))
	if err != nil {
		return err
	}
	snap := s.opt.Store.Current()
	tree, scope := snap.Catalogue.Tree, sel.Scope
	list, err := s.response.Tips.Supervision(r.Context(), func(m tip.Matter) bool {
		return s.shows(sel, tree, m.Area) && allows(scope.Categories, m.Category) && allows(scope.Sources, m.Source)
	})
	if err != nil {
		return err
	}
	protected := guarded(r)
	places, matters := []supervisedPlace{}, []supervisedMatter{}
	for _, p := range list.Places {
		if tier != area.Unknown && p.Tier != tier || protected && p.Tier != area.Township || !sel.Scope.Holds(tree, p.Area) || len(places) == limit {
			continue
		}
		v := supervisedPlace{p.Area, s.nameOf(p.Area), p.Tier.String(), pathOf(tree, p.Area), shownCount(p.Urgent, protected),
			shownCount(p.Overdue, protected), shownCount(p.DueSoon, protected), shownCount(p.Failed, protected), shownCount(p.Supervised, protected), p.Level}
		places = append(places, v)
	}
	names := nameTable(snap.Catalogue, cube.DimensionCategory)
	totals := map[string]int{"urgent": 0, "overdue": 0, "due_soon": 0, "failed": 0, "supervised": 0}
	for _, m := range list.Matters {
		for name, is := range map[string]bool{"urgent": m.Urgent, "overdue": m.Overdue, "due_soon": m.DueSoon, "failed": m.Failed, "supervised": m.Supervised} {
			if is {
				totals[name]++
			}
		}
		if protected || len(matters) == limit {
			continue
		}
		v := supervisedMatter{m.Source, m.SourceID, m.Matter, m.Category, m.Category, m.Category, m.Area, s.nameOf(m.Area), m.Unit, int(m.Urgency), m.Opened,
			dayOrNull(m.Due), m.DaysOver, m.Urgent, m.Overdue, m.DueSoon, string(m.Standing), m.Failed, m.Supervised}
		if e, ok := names(m.Category); ok {
			v.CategoryZh, v.CategoryEn = e.Zh, e.En
		}
		matters = append(matters, v)
	}
	shown := map[string]*int{}
	for name, n := range totals {
		shown[name] = shownCount(n, protected)
	}
	return s.writeJSON(w, r, map[string]any{"day": list.Day, "data_version": list.DataVersion, "totals": shown, "areas": places, "matters": matters})
}

// allows reports whether a scope's set holds a code; an empty set holds all.
func allows(own []string, code string) bool { return len(own) == 0 || slices.Contains(own, code) }

// webhooks tells how the receivers of tips stand.
func (s *Server) webhooks(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	list := []hooks.Status{}
	if s.response.Hooks != nil {
		var err error
		if list, err = s.response.Hooks.Statuses(r.Context()); err != nil {
			return err
		}
	}
	return s.writeJSON(w, r, map[string]any{"receivers": list})
}

// retryWebhook takes the dead letters of a receiver up again.
func (s *Server) retryWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	if s.response.Hooks == nil {
		return notFound("no receiver is configured")
	}
	n, err := s.response.Hooks.Retry(r.Context(), chi.URLParam(r, "receiver"))
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]int{"again": n})
}
