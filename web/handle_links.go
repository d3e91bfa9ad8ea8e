package web

import (
	"net/http"
	"strconv"
	"time"

	"reli/analytics/matter"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/web/access"
)

const (
	// maxLinkForm bounds a body of pairs.
	maxLinkForm = 8 << 20
	// maxLinksShown bounds a list of pairs.
	maxLinksShown = 10_000
)

// reportName names a report as its source does.
type reportName struct {
	Source string `json:"source"`
	ID     string `json:"source_id"`
}

type linkForm struct {
	Do    string          `json:"do,omitempty"`
	Pairs [][2]reportName `json:"pairs,omitempty"`
}

type linkView struct {
	A          clickhouse.Report `json:"a"`
	B          clickhouse.Report `json:"b"`
	State      string            `json:"state"`  // joined, parted or proposed
	Origin     string            `json:"origin"` // declared, rule or person
	Rule       string            `json:"rule,omitempty"`
	Rules      string            `json:"rules,omitempty"`
	Confidence float64           `json:"confidence"`
	At         *time.Time        `json:"at"` // null of what is only proposed
	By         string            `json:"by,omitempty"`
}

func viewOfPair(p clickhouse.PairState) linkView {
	v := linkView{A: p.A, B: p.B, State: "parted", Origin: p.Origin(), Rule: p.Rule, Rules: p.Rules, Confidence: p.Confidence, At: &p.At, By: p.By}
	if p.Stands {
		v.State = "joined"
	}
	return v
}

// readLinks reads pairs as they may be stored.
func (s *Server) readLinks(w http.ResponseWriter, r *http.Request) (form linkForm, pairs []clickhouse.Pair, err error) {
	if err := onlyParameters(r.URL.Query()); err != nil {
		return form, nil, err
	}
	body := takeBody(w, r, maxLinkForm)
	if err := body.decode(&form); err != nil {
		if _, ok := schemas.AsProblem(err); !ok {
			err = &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusBadRequest, Detail: "want JSON with pairs: " + err.Error(), Err: err}
		}
		return form, nil, err
	}
	for i, named := range form.Pairs {
		var pair [2]clickhouse.Report
		for j, n := range named {
			var ok bool
			if pair[j].Source, pair[j].ID, ok = s.opt.Ingest.StoredReport(n.Source, n.ID); !ok {
				return form, nil, schemas.BadParameter("pairs", "pair %d: want the code of a source and an id", i+1)
			}
		}
		pairs = append(pairs, clickhouse.PairOf(pair[0], pair[1]))
	}
	return form, pairs, nil
}

// postLinks takes what sources say: pairs of reports of one matter.
func (s *Server) postLinks(w http.ResponseWriter, r *http.Request) error {
	form, pairs, err := s.readLinks(w, r)
	switch {
	case err != nil:
		return err
	case form.Do != "":
		return schemas.BadParameter("do", "declared pairs are joined; decisions are taken at /v1/links/decisions")
	case len(pairs) == 0:
		return schemas.BadParameter("pairs", "there are none")
	}
	if err := s.opt.Matters.Declare(r.Context(), pairs); err != nil {
		return err
	}
	s.settle.request()
	return s.writeJSON(w, r, map[string]int{"declared": len(pairs)})
}

// decideLinks takes a person's word on pairs, or lets the rules join what they
// are sure of.
func (s *Server) decideLinks(w http.ResponseWriter, r *http.Request) error {
	form, pairs, err := s.readLinks(w, r)
	if err != nil {
		return err
	}
	by := access.From(r.Context()).ID
	answer := map[string]any{"do": form.Do, "pairs": len(pairs)}
	switch {
	case form.Do == "apply" && len(pairs) == 0:
		var done matter.Applied
		if done, err = s.opt.Matters.Apply(r.Context()); err == nil {
			answer = map[string]any{"do": form.Do, "rules": s.opt.Matters.Rules().Version,
				"proposals": done.Proposals, "sure": done.Sure, "joined": done.Joined, "parted": done.Parted}
		}
	case form.Do == "apply":
		return schemas.BadParameter("pairs", "the rules choose the pairs")
	case len(pairs) == 0 && (form.Do == "join" || form.Do == "undo"):
		return schemas.BadParameter("pairs", "there are none")
	case form.Do == "join":
		err = s.opt.Matters.Join(r.Context(), by, pairs)
	case form.Do == "undo":
		err = s.opt.Matters.Part(r.Context(), by, pairs)
	default:
		return schemas.BadParameter("do", "want join, undo or apply")
	}
	if err != nil {
		return err
	}
	traceOf(r).says(answer)
	s.settle.request()
	return s.writeJSON(w, r, answer)
}

// links lists what was said of pairs, or what the rules propose.
func (s *Server) links(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParameters(q, "state", "limit", "v"); err != nil {
		return err
	}
	limit := maxLinksShown
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLinksShown {
			return schemas.BadParameter("limit", "want 1 to %d", maxLinksShown)
		}
		limit = n
	}
	list := []linkView{}
	state, total := q.Get("state"), 0
	add := func(v linkView) {
		if total++; len(list) < limit {
			list = append(list, v)
		}
	}
	switch state {
	case "proposed":
		all, err := s.opt.Matters.Propose(r.Context())
		if err != nil {
			return err
		}
		for _, p := range all {
			add(linkView{A: p.A, B: p.B, State: state, Origin: clickhouse.LinkByRule, Rule: p.Rule, Rules: s.opt.Matters.Rules().Version, Confidence: p.Confidence})
		}
	case "", "joined", "parted":
		all, err := s.opt.Matters.List(r.Context())
		if err != nil {
			return err
		}
		for _, p := range all {
			if v := viewOfPair(p); state == "" || v.State == state {
				add(v)
			}
		}
	default:
		return schemas.BadParameter("state", "want joined, parted or proposed")
	}
	return s.writeJSON(w, r, map[string]any{"links": list, "total": total, "apply": s.opt.Matters.Rules().Apply})
}
