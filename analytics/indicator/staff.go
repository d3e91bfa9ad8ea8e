package indicator

import (
	"slices"

	"reli/geo/area"
)

// staffed is the staff and grids of areas, of everything under "".
type staffed map[string]*Counts

// into adds what the roster says of an area to its counts.
func (s staffed) into(c *Counts, a *Area) {
	if of := s[a.Code]; of != nil {
		c.Staff, c.StaffedGrids, c.StaffedPeople = of.Staff, of.StaffedGrids, int64(a.Population)
	}
}

// staffOf sums the staff of the window's last day upwards; nothing where the
// county has no table of staff.
func staffOf(tree *area.Tree, r Request) staffed {
	members := r.Roster.StaffOn((r.Selection.To - 1).String())
	if members == nil || tree == nil {
		return nil
	}
	out := staffed{}
	add := func(code string, staff, grids int64) {
		path := tree.Path(code)
		if !r.Selection.Scope.Holds(tree, code) || (r.Selection.Area != "" && !slices.Contains(path, r.Selection.Area)) {
			return
		}
		for _, up := range append(path, "") {
			if out[up] == nil {
				out[up] = &Counts{}
			}
			out[up].Staff += staff
			out[up].StaffedGrids += grids
		}
	}
	for _, g := range tree.AtLevel(area.Grid) {
		add(g.Code, 0, 1)
	}
	for code, n := range members {
		if _, known := tree.Get(code); known {
			add(code, int64(n), 0)
		}
	}
	return out
}

func staffing() []Definition {
	ratio := func(code string, name words, unit words, decimals int, times float64, meaning, above, below words, numerator, denominator func(*Counts) int64) Definition {
		return Definition{Code: code, Zh: name.zh, En: name.en, Kind: KindRatio, UnitZh: unit.zh, UnitEn: unit.en, Decimals: decimals,
			DefinitionZh: meaning.zh, DefinitionEn: meaning.en, NumeratorZh: above.zh, NumeratorEn: above.en,
			DenominatorZh: below.zh, DenominatorEn: below.en, numerator: numerator, denominator: denominator, times: times}
	}
	staffWords := words{"网格员数", "grid staff"}
	staff := func(c *Counts) int64 { return c.Staff }
	return []Definition{
		ratio("staff_per_grid", words{"每网格网格员", "Staff per grid"}, words{"人/网格", "per grid"}, 2, 1,
			words{"统计期末日在册网格员 ÷ 网格数；无人员表的不显示", "grid staff on the window's last day ÷ grids; not shown without a table of staff"},
			staffWords, words{"网格数", "grids"}, staff, func(c *Counts) int64 { return c.StaffedGrids }),
		ratio("staff_per_thousand", words{"每千人网格员", "Staff per 1,000 people"}, words{"人/千人", "per 1,000"}, 2, 1000,
			words{"统计期末日在册网格员 ÷ 人口 × 1000", "grid staff on the window's last day ÷ population × 1,000"},
			staffWords, words{"人口", "population"}, staff, func(c *Counts) int64 { return c.StaffedPeople }),
		ratio("load_per_staff", words{"网格员人均件次", "Reports per member of staff"}, words{"件次/人", "per member"}, 2, 1,
			words{"排查数（件次）÷ 统计期末日在册网格员", "reports found ÷ grid staff on the window's last day"},
			foundWords, staffWords, reports, staff),
	}
}
