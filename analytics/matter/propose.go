package matter

import (
	"cmp"
	"maps"
	"slices"

	"reli/internal/clickhouse"
	"reli/schemas/links"
)

// Proposal is a pair that a rule takes for one matter.
type Proposal struct {
	clickhouse.Pair
	Rule       string
	Confidence float64
}

// candidate is a report as the rules see it; all of one call lie in one grid
// and are of one category.
type candidate struct {
	clickhouse.Report
	Named string // matter that its source names, "" for none
	Scale uint8
	Day   int32 // local day it occurred on
}

// propose gives the pairs of reports of one grid and category that rules take
// for one matter, the surest first. Pairs that share a matter of their sources
// are known already; parted are pairs that are none. No two reports of one
// source come into one matter: the surer pair goes first, equally sure ones in
// the order of their reports. The order of the reports given does not matter.
func propose(rules *links.Rules, reports []candidate, parted func(clickhouse.Pair) bool) []Proposal {
	best := map[clickhouse.Pair]Proposal{}
	for _, rule := range rules.Rules {
		for _, alike := range groups(reports, rule.Scale) {
			bySource := groupBy(alike, func(c candidate) string { return c.Source })
			for i, some := range bySource {
				for _, others := range bySource[i+1:] {
					matchSources(rule, rules.Propose, some, others, best)
				}
			}
		}
	}
	all := make([]Proposal, 0, len(best))
	for _, p := range best {
		if !parted(p.Pair) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, surestFirst)
	return compatible(all, reports)
}

func surestFirst(a, b Proposal) int {
	return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), a.A.Compare(b.A), a.B.Compare(b.B))
}

func groups(reports []candidate, scale bool) [][]candidate {
	if !scale {
		return [][]candidate{reports}
	}
	return groupBy(reports, func(c candidate) uint8 { return c.Scale })
}

// groupBy parts reports by a key, in the order of the keys.
func groupBy[K cmp.Ordered](reports []candidate, key func(candidate) K) [][]candidate {
	by := map[K][]candidate{}
	for _, c := range reports {
		by[key(c)] = append(by[key(c)], c)
	}
	out := make([][]candidate, 0, len(by))
	for _, k := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[k])
	}
	return out
}

// matchSources finds the pairs of two sources that a rule fits. A report with
// more alternatives than leave a pair worth proposing has none.
func matchSources(rule links.Rule, least float64, some, others []candidate, best map[clickhouse.Pair]Proposal) {
	byDay := func(a, b candidate) int { return cmp.Compare(a.Day, b.Day) }
	slices.SortFunc(some, byDay)
	slices.SortFunc(others, byDay)
	near, back := windows(rule.Days, some, others), windows(rule.Days, others, some)
	for i, w := range near {
		for j := w.low; j < w.high; j++ {
			sure := rule.Confidence / float64(max(w.high-w.low, back[j].high-back[j].low))
			if sure < least {
				if rule.Confidence/float64(w.high-w.low) < least {
					break // i has too many, whatever j has
				}
				continue
			}
			pair := clickhouse.PairOf(some[i].Report, others[j].Report)
			if old, ok := best[pair]; !ok || sure > old.Confidence {
				best[pair] = Proposal{pair, rule.Name, sure}
			}
		}
	}
}

// window is the reports [low, high) that lie near enough to one.
type window struct{ low, high int }

// windows gives for each of some the others at most days away; both are in the
// order of their days.
func windows(days int, some, others []candidate) []window {
	out := make([]window, len(some))
	var w window
	for i, c := range some {
		for w.low < len(others) && others[w.low].Day < c.Day-int32(days) {
			w.low++
		}
		for w.high < len(others) && others[w.high].Day <= c.Day+int32(days) {
			w.high++
		}
		out[i] = w
	}
	return out
}

// compatible leaves of proposals, in their order, those that bring no two
// reports of one source into one matter.
func compatible(all []Proposal, reports []candidate) []Proposal {
	f := newForest()
	for _, c := range reports {
		n := f.report(c.Report)
		if c.Named != "" {
			f.join(n, f.matter(c.Named))
		}
	}
	sources := map[int]map[string]bool{}
	for _, c := range reports {
		root := f.root(f.report(c.Report))
		if sources[root] == nil {
			sources[root] = map[string]bool{}
		}
		sources[root][c.Source] = true
	}
	var out []Proposal
	for _, p := range all {
		a, b := f.root(f.report(p.A)), f.root(f.report(p.B))
		if a == b || shares(sources[a], sources[b]) {
			continue
		}
		f.join(a, b)
		root := f.root(a)
		for _, old := range []int{a, b} {
			for s := range sources[old] {
				sources[root][s] = true
			}
		}
		out = append(out, p)
	}
	return out
}

func shares(a, b map[string]bool) bool {
	for s := range a {
		if b[s] {
			return true
		}
	}
	return false
}
