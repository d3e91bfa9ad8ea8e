package matter

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"

	"reli/internal/clickhouse"
)

// Resolver keeps the matters that follow from links. It is used by one
// goroutine at a time.
type Resolver struct {
	db       *clickhouse.DB
	timeZone string
	stored   uint64 // digest of the rows in the store
	known    bool   // stored is known
}

// NewResolver makes a Resolver; timeZone is that of the local days.
func NewResolver(db *clickhouse.DB, timeZone string) *Resolver {
	return &Resolver{db: db, timeZone: timeZone}
}

// Resolve brings the matters of linked reports up to date and gives the months
// (yyyymm) besides those that changed in which a report's place in its matter
// may be another now: all months of the matters that have a report in one that
// changed. That is enough: a matter changes where a link, a report or its
// source's matter does, whose months are marked, and each piece of a matter
// that falls apart holds one of these.
func (r *Resolver) Resolve(ctx context.Context, changed []uint32) (more []uint32, err error) {
	if any, err := r.db.AnyLinks(ctx); err != nil || !any {
		return nil, err
	}
	var pairs []clickhouse.Pair
	err = r.db.PairStates(ctx, func(p clickhouse.PairState) error {
		if p.Stands {
			pairs = append(pairs, p.Pair)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var reports []clickhouse.LinkedReport
	if err := r.db.LinkedReports(ctx, r.timeZone, func(l clickhouse.LinkedReport) { reports = append(reports, l) }); err != nil {
		return nil, err
	}
	rows := Resolve(pairs, reports)
	if sum := digest(rows); !r.known || sum != r.stored {
		r.known = false
		if err := r.db.ReplaceMatters(ctx, rows); err != nil {
			return nil, err
		}
		r.stored, r.known = sum, true
	}
	return touched(rows, changed), nil
}

// Resolve gives the matters of reports that pairs join, those that share a
// matter of their source with them included, in the order of the reports. A
// matter is named by its first report in that order. A report that is not
// stored joins others, but is not among the rows; a matter of a single stored
// report is none.
func Resolve(pairs []clickhouse.Pair, reports []clickhouse.LinkedReport) []clickhouse.MatterOf {
	f := newForest()
	for _, p := range pairs {
		f.join(f.report(p.A), f.report(p.B))
	}
	for _, r := range reports {
		if r.Named != "" {
			if n, ok := f.reports[r.Report]; ok {
				f.join(n, f.matter(r.Named))
			}
		}
	}
	members := map[int][]clickhouse.LinkedReport{}
	for _, r := range reports {
		n, ok := f.reports[r.Report]
		if r.Named != "" && !ok {
			n, ok = f.matters[r.Named]
		}
		if ok {
			root := f.root(n)
			members[root] = append(members[root], r)
		}
	}
	var out []clickhouse.MatterOf
	for _, of := range members {
		if len(of) < 2 {
			continue
		}
		slices.SortFunc(of, func(a, b clickhouse.LinkedReport) int { return a.Compare(b.Report) })
		months := make([]uint32, len(of))
		for i, r := range of {
			months[i] = r.Month
		}
		slices.Sort(months)
		months = slices.Compact(months)
		for _, r := range of {
			out = append(out, clickhouse.MatterOf{Report: r.Report, Matter: of[0].Source + ":" + of[0].ID, Months: months})
		}
	}
	slices.SortFunc(out, func(a, b clickhouse.MatterOf) int { return a.Compare(b.Report) })
	return out
}

// touched gives the months of matters that have one of changed, but for
// changed themselves.
func touched(rows []clickhouse.MatterOf, changed []uint32) []uint32 {
	have := map[uint32]bool{}
	for _, m := range changed {
		have[m] = true
	}
	var more []uint32
	for _, r := range rows {
		if slices.ContainsFunc(r.Months, func(m uint32) bool { return slices.Contains(changed, m) }) {
			for _, m := range r.Months {
				if !have[m] {
					have[m] = true
					more = append(more, m)
				}
			}
		}
	}
	slices.Sort(more)
	return more
}

func digest(rows []clickhouse.MatterOf) uint64 {
	h := xxhash.New()
	var buf []byte
	for _, r := range rows {
		buf = buf[:0]
		for _, s := range []string{r.Source, r.ID, r.Matter} {
			buf = binary.AppendUvarint(buf, uint64(len(s)))
			buf = append(buf, s...)
		}
		for _, m := range r.Months {
			buf = binary.LittleEndian.AppendUint32(buf, m)
		}
		_, _ = h.Write(buf) // never fails
	}
	return h.Sum64()
}

// forest joins reports and matters that sources name into groups.
type forest struct {
	parent  []int
	reports map[clickhouse.Report]int
	matters map[string]int
}

func newForest() *forest {
	return &forest{reports: map[clickhouse.Report]int{}, matters: map[string]int{}}
}

func (f *forest) report(r clickhouse.Report) int { return node(f, f.reports, r) }
func (f *forest) matter(id string) int           { return node(f, f.matters, id) }

func node[K comparable](f *forest, of map[K]int, key K) int {
	n, ok := of[key]
	if !ok {
		n = len(f.parent)
		of[key] = n
		f.parent = append(f.parent, n)
	}
	return n
}

func (f *forest) root(n int) int {
	for f.parent[n] != n {
		f.parent[n] = f.parent[f.parent[n]]
		n = f.parent[n]
	}
	return n
}

func (f *forest) join(a, b int) {
	if a, b = f.root(a), f.root(b); a != b {
		f.parent[max(a, b)] = min(a, b)
	}
}
