package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/geo/area"
	"reli/schemas"
	"reli/tiles"
	"reli/web/access"
)

type tipView struct {
	ID       string      `json:"id"`
	Number   string      `json:"number"`
	Cause    string      `json:"cause"`
	Day      cube.Day    `json:"day"`
	MadeAt   time.Time   `json:"made_at"`
	AnswerBy cube.Day    `json:"answer_by"`
	Area     string      `json:"area"`
	Name     string      `json:"name"`
	Tier     string      `json:"tier"`
	Level    level.Level `json:"level"`
	Code     string      `json:"code"`
	Numeral  string      `json:"numeral"`
	Score    *int        `json:"score"`
	Body     bodyView    `json:"body"`
	TextZh   string      `json:"text_zh"`
	TextEn   string      `json:"text_en"`
	Policy   string      `json:"policy"`
	AckedAt  *time.Time  `json:"acked_at"`
	AckedBy  string      `json:"acked_by"`
	Note     string      `json:"note"`
	Late     bool        `json:"late"`
	Print    string      `json:"print"`
}

// viewTip gives a tip to who asks; without the counts where he may not see
// them.
func (s *Server) viewTip(r *http.Request, t tip.Tip) tipView {
	c := t.Level.Class()
	v := tipView{ID: t.ID, Number: t.Label(), Cause: t.Cause, Day: t.Day, MadeAt: t.MadeAt, AnswerBy: t.AnswerBy, Area: t.Area, Name: s.nameOf(t.Area),
		Tier: t.Tier.String(), Level: t.Level, Code: c.Code, Numeral: c.Numeral, Body: bodyView{t.Body.ID, t.Body.Zh, t.Body.En},
		TextZh: t.TextZh, TextEn: t.TextEn, Policy: t.Policy, AckedBy: t.AckedBy, Note: t.Note,
		Late: t.Late(s.opt.Store.Today(), s.opt.Store.Zone()), Print: "/v1/tips/" + t.ID + ".html"}
	if t.Acked() {
		v.AckedAt = &t.AckedAt
	}
	if outlineOnly(r) {
		v.TextZh, v.TextEn = t.Short(v.Name)
		v.Note = ""
		return v
	}
	if t.Cause == tip.CauseLevel {
		v.Score = &t.Score
	}
	return v
}

func (s *Server) nameOf(code string) string {
	if tree := s.opt.Store.Current().Catalogue.Tree; tree != nil {
		if a, ok := tree.Get(code); ok {
			return a.Name
		}
	}
	return code
}

// shownTips gives the tips of the areas that who asks may see. A display for
// visitors names no place below a township.
func (s *Server) shownTips(r *http.Request, code string, from, to cube.Day) ([]tip.Tip, error) {
	sel, err := s.levelArea(r, code)
	if err != nil {
		return nil, err
	}
	all, err := s.response.Tips.List(r.Context(), from, to)
	if err != nil {
		return nil, err
	}
	tree := s.opt.Store.Current().Catalogue.Tree
	return slices.DeleteFunc(all, func(t tip.Tip) bool { return !s.shows(sel, tree, t.Area) || coarseOnly(r, t.Tier) }), nil
}

// tips lists and counts tips.
func (s *Server) tips(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "area", "level", "tier", "state", "cause", "from", "to", "limit", "v"); err != nil {
		return err
	}
	want, tier, limit, err := levelFilter(q)
	if err != nil {
		return err
	}
	var from, to cube.Day
	for name, d := range map[string]*cube.Day{"from": &from, "to": &to} {
		if q.Get(name) != "" {
			if *d, err = cube.ParseDay(q.Get(name)); err != nil {
				return schemas.BadParameter(name, "%v", err)
			}
		}
	}
	state, cause := q.Get("state"), q.Get("cause")
	if !slices.Contains([]string{"", "open", "acked"}, state) {
		return schemas.BadParameter("state", "want open or acked")
	}
	if !slices.Contains([]string{"", tip.CauseLevel, tip.CauseDeadline}, cause) {
		return schemas.BadParameter("cause", "want level or deadline")
	}
	all, err := s.shownTips(r, q.Get("area"), from, to)
	if err != nil {
		return err
	}
	counts, months := s.countTips(all)
	all = slices.DeleteFunc(all, func(t tip.Tip) bool {
		return want != level.None && t.Level != want || tier != area.Unknown && t.Tier != tier || cause != "" && t.Cause != cause ||
			state == "open" && t.Acked() || state == "acked" && !t.Acked()
	})
	listed := []tipView{}
	for _, t := range all[:min(limit, len(all))] {
		listed = append(listed, s.viewTip(r, t))
	}
	return s.writeJSON(w, r, map[string]any{"counts": counts, "by_month": months, "found": len(all), "tips": listed})
}

type tipMonth struct {
	Month  string `json:"month"`
	Issued int    `json:"issued"`
	Acked  int    `json:"acked"`
}

// countTips counts tips, newest first, in all and by the local month they were
// made in.
func (s *Server) countTips(all []tip.Tip) (map[string]int, []tipMonth) {
	counts, months := map[string]int{"issued": len(all), "acked": 0, "open": 0, "late": 0}, []tipMonth{}
	for _, t := range all {
		month := t.MadeAt.In(s.opt.Store.Zone()).Format("2006-01")
		if n := len(months); n == 0 || months[n-1].Month != month {
			months = append(months, tipMonth{Month: month})
		}
		last := &months[len(months)-1]
		last.Issued++
		if t.Acked() {
			counts["acked"]++
			last.Acked++
		} else {
			counts["open"]++
		}
		if t.Late(s.opt.Store.Today(), s.opt.Store.Zone()) {
			counts["late"]++
		}
	}
	return counts, months
}

// oneTip finds a tip that who asks may see.
func (s *Server) oneTip(r *http.Request, id string) (tip.Tip, error) {
	sel, err := s.scoped(r, cube.Selection{})
	if err != nil {
		return tip.Tip{}, err
	}
	t, err := s.response.Tips.Get(r.Context(), id)
	if err != nil {
		return t, err
	}
	if !s.shows(sel, s.opt.Store.Current().Catalogue.Tree, t.Area) || coarseOnly(r, t.Tier) {
		return tip.Tip{}, notFound("no such tip")
	}
	return t, nil
}

// tipDocument gives one tip as a page to print or as JSON, or the feed.
func (s *Server) tipDocument(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "v"); err != nil {
		return err
	}
	name, ending, _ := strings.Cut(chi.URLParam(r, "document"), ".")
	switch {
	case name == "feed" && ending == "atom":
		return s.tipAtom(w, r)
	case name == "feed" && ending == "json":
		return s.tipFeed(w, r)
	case ending != "html" && ending != "json":
		return notFound("want /v1/tips/{id}.html, {id}.json, feed.atom or feed.json")
	}
	t, err := s.oneTip(r, name)
	if err != nil {
		return err
	}
	if ending == "json" {
		return s.writeJSON(w, r, s.viewTip(r, t))
	}
	return s.printTip(w, r, t)
}

// printTip writes the page with its style inside, so that it can be kept as one
// file.
func (s *Server) printTip(w http.ResponseWriter, r *http.Request, t tip.Tip) error {
	tree := s.opt.Store.Current().Catalogue.Tree
	var steps []string
	for _, step := range pathOf(tree, t.Area) {
		steps = append(steps, step.Name)
	}
	text, issuer := t.TextZh, "社会治安综合治理中心"
	if len(steps) > 0 {
		issuer = steps[0] + issuer
	}
	if outlineOnly(r) {
		text, _ = t.Short(s.nameOf(t.Area))
		t.Note = ""
	}
	var body bytes.Buffer
	if err := tip.Print(&body, t, strings.Join(steps, " › "), issuer, text, s.opt.Store.Zone()); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Security-Policy", printPolicy(tip.StyleHash()))
	tag := tiles.ETag(body.Bytes())
	h.Set("ETag", "W/"+tag)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, err := w.Write(body.Bytes())
	return clientGone(err)
}

// ackTip acknowledges a tip (签收).
func (s *Server) ackTip(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return err
	}
	var form struct {
		Note string `json:"note"`
	}
	if err := readForm(w, r, &form); err != nil {
		return err
	}
	t, err := s.oneTip(r, chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	who := access.From(r.Context())
	if t, err = s.response.Tips.Ack(r.Context(), t.ID, who.Name, form.Note); err != nil {
		return err
	}
	s.opt.Logger.InfoContext(r.Context(), "tip acknowledged", "request_id", requestIDOf(r), "principal", who.ID, "tip", t.ID)
	return s.writeJSON(w, r, s.viewTip(r, t))
}
