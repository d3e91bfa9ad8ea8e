package matter

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/links"
)

// Options of a Service.
type Options struct {
	DB    *clickhouse.DB
	Rules *links.Rules
	Now   func() time.Time
	Zone  *time.Location // zone of the local days
	// Gate is that of the cube: held from the mark to the write.
	Gate sync.Locker
}

// Service takes sayings of pairs and finds proposals. What it writes shows once
// the cube has settled. It is safe for concurrent use.
type Service struct {
	opt     Options
	writing sync.Mutex // one saying after the other
}

// New makes a Service.
func New(opt Options) *Service { return &Service{opt: opt} }

// Rules gives the rules in force.
func (s *Service) Rules() *links.Rules { return s.opt.Rules }

// List gives every pair that anything was said of, in the order of reports.
func (s *Service) List(ctx context.Context) (all []clickhouse.PairState, err error) {
	return all, s.opt.DB.PairStates(ctx, func(p clickhouse.PairState) error {
		all = append(all, p)
		return nil
	})
}

// Declare says for sources that pairs are of one matter. What a person parted
// stays apart.
func (s *Service) Declare(ctx context.Context, pairs []clickhouse.Pair) error {
	return s.say(ctx, clickhouse.Link{Action: clickhouse.LinkJoin, Origin: clickhouse.LinkDeclared, Confidence: 1}, pairs)
}

// Join says as a person that pairs are of one matter, Part that they are not;
// the last word of a person goes before every rule and declaration.
func (s *Service) Join(ctx context.Context, by string, pairs []clickhouse.Pair) error {
	return s.say(ctx, clickhouse.Link{Action: clickhouse.LinkJoin, Origin: clickhouse.LinkByPerson, Confidence: 1, By: by}, pairs)
}

// Part undoes links, see Join.
func (s *Service) Part(ctx context.Context, by string, pairs []clickhouse.Pair) error {
	return s.say(ctx, clickhouse.Link{Action: clickhouse.LinkPart, Origin: clickhouse.LinkByPerson, Confidence: 1, By: by}, pairs)
}

func (s *Service) say(ctx context.Context, what clickhouse.Link, pairs []clickhouse.Pair) error {
	rows := make([]clickhouse.Link, len(pairs))
	for i, p := range pairs {
		if p.A == p.B || p.A.Source == "" || p.A.ID == "" || p.B.ID == "" || p.B.Source == "" {
			return schemas.BadParameter("pairs", "pair %d does not name two reports", i+1)
		}
		rows[i] = what
		rows[i].Pair = clickhouse.PairOf(p.A, p.B)
	}
	return s.write(ctx, rows)
}

// write adds sayings: the days of their reports are marked first, and nobody
// settles in between.
func (s *Service) write(ctx context.Context, rows []clickhouse.Link) error {
	if len(rows) == 0 {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	seq, err := s.opt.DB.LastLink(ctx)
	if err != nil {
		return err
	}
	now := s.opt.Now()
	seq = max(seq+1, uint64(max(now.UnixNano(), 0)))
	bySource := map[string][]string{}
	for i := range rows {
		rows[i].Seq, rows[i].At = seq+uint64(i), now
		for _, r := range []clickhouse.Report{rows[i].A, rows[i].B} {
			bySource[r.Source] = append(bySource[r.Source], r.ID)
		}
	}
	s.opt.Gate.Lock()
	defer s.opt.Gate.Unlock()
	var days []uint16
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		some, err := s.opt.DB.IncidentDays(ctx, s.opt.Zone.String(), source, bySource[source])
		if err != nil {
			return err
		}
		days = append(days, some...)
	}
	slices.Sort(days)
	if err := s.opt.DB.MarkDays(ctx, uint64(max(now.UnixNano(), 0)), slices.Compact(days)); err != nil {
		return err
	}
	return s.opt.DB.InsertLinks(ctx, "", rows)
}

// Propose gives the pairs that the rules take for one matter, the surest
// first, those already joined by a rule among them. What a person parted is
// not proposed, and what a source declares or a person joined need not be.
func (s *Service) Propose(ctx context.Context) ([]Proposal, error) {
	all, _, err := s.proposals(ctx)
	return all, err
}

func (s *Service) proposals(ctx context.Context) ([]Proposal, map[clickhouse.Pair]clickhouse.PairState, error) {
	said := map[clickhouse.Pair]clickhouse.PairState{}
	err := s.opt.DB.PairStates(ctx, func(p clickhouse.PairState) error {
		said[p.Pair] = p
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	settled := func(p clickhouse.Pair) bool {
		of, ok := said[p]
		return ok && (of.Declared || of.Person != "")
	}
	var all []Proposal
	var group []candidate
	var grid, category string
	flush := func() {
		if len(group) > 1 {
			all = append(all, propose(s.opt.Rules, group, settled)...)
		}
		group = group[:0]
	}
	err = s.opt.DB.GridReports(ctx, s.opt.Zone.String(), func(r clickhouse.GridReport) error {
		if r.Grid != grid || r.Category != category {
			flush()
			grid, category = r.Grid, r.Category
		}
		group = append(group, candidate{r.Report, r.Named, r.Scale, r.Day})
		return nil
	})
	flush()
	slices.SortFunc(all, surestFirst)
	return all, said, err
}

// Applied is what a run of the rules came to.
type Applied struct {
	Proposals int // pairs that the rules found
	Sure      int // of these, as sure as the rules want for joining
	Joined    int // of these, joined now
	Parted    int // pairs that a rule joined before and that the rules no longer do
}

// Apply joins the pairs that the rules are sure enough of, and parts those
// that a rule joined and the rules no longer do. What stands by rules after it
// depends on the records and the words of persons alone, not on what was
// applied when.
func (s *Service) Apply(ctx context.Context) (Applied, error) {
	all, said, err := s.proposals(ctx)
	if err != nil {
		return Applied{}, err
	}
	done := Applied{Proposals: len(all)}
	var rows []clickhouse.Link
	sure := map[clickhouse.Pair]bool{}
	for _, p := range all {
		if p.Confidence < s.opt.Rules.Apply {
			break
		}
		sure[p.Pair] = true
		if old := said[p.Pair]; old.ByRule != clickhouse.LinkJoin {
			rows = append(rows, clickhouse.Link{Pair: p.Pair, Action: clickhouse.LinkJoin, Origin: clickhouse.LinkByRule,
				Rule: p.Rule, Rules: s.opt.Rules.Version, Confidence: p.Confidence})
		}
	}
	done.Sure, done.Joined = len(sure), len(rows)
	for pair, old := range said {
		if old.ByRule == clickhouse.LinkJoin && !sure[pair] && !old.Declared && old.Person == "" {
			rows = append(rows, clickhouse.Link{Pair: pair, Action: clickhouse.LinkPart, Origin: clickhouse.LinkByRule,
				Rule: old.Rule, Rules: s.opt.Rules.Version, Confidence: old.Confidence})
		}
	}
	done.Parted = len(rows) - done.Joined
	return done, s.write(ctx, rows)
}
