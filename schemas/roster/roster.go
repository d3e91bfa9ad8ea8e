// Package roster reads the tables that say who answers for a place and how many
// work in it: owners by date (包县, 包乡, 包村, 包案) and members of staff by date
// (网格员). Posts and numbers, never names: a row that looks like a telephone or
// identity number is refused.
//
// It is a contract, pure and without a clock. It does not know the division
// tree: whether a code is an area, and what lies in it, its callers see
// (analytics/indicator sums staff upwards, web shows owners beside an area).
// The tables are files of the county, which cmd/reli reads; nothing of them is
// stored.
package roster

import (
	"cmp"
	"slices"
)

// Roster is immutable and safe for concurrent use. The nil Roster has nothing.
type Roster struct {
	owners []Owner
	staff  []Staff
}

// Owner says which post answers for an area in what way, from a day to a day,
// both included and written 2026-01-31; To is "" while it lasts.
type Owner struct {
	Area string `json:"area"`
	Kind string `json:"kind"` // 包乡, 包村 …: the county's word
	Post string `json:"post"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Staff says how many members of staff an area has. Areas above it have them
// too.
type Staff struct {
	Area     string
	Count    int
	From, To string
}

func within(day, from, to string) bool { return day >= from && (to == "" || day <= to) }

// Owners gives who answers for any of the areas on a day, in the order of the
// areas, then of the kinds.
func (r *Roster) Owners(areas []string, day string) []Owner {
	out := []Owner{}
	if r == nil {
		return out
	}
	for _, o := range r.owners {
		if within(day, o.From, o.To) && slices.Contains(areas, o.Area) {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Owner) int {
		return cmp.Or(cmp.Compare(slices.Index(areas, a.Area), slices.Index(areas, b.Area)), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// StaffOn gives the members of staff on a day by the area they are listed for.
// It is nil where none are listed at all, on any day.
func (r *Roster) StaffOn(day string) map[string]int {
	if r == nil || len(r.staff) == 0 {
		return nil
	}
	out := map[string]int{}
	for _, s := range r.staff {
		if within(day, s.From, s.To) {
			out[s.Area] = s.Count
		}
	}
	return out
}
