package quality

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// maxDays bounds the days that an answer lists for a source.
const maxDays = 400

// Expected is what became of a source's own list of ids.
type Expected struct {
	Listed  uint64        `json:"listed"`
	Missing uint64        `json:"missing"`
	Days    []ExpectedDay `json:"days"` // with something missing, newest first
}

// ExpectedDay is a day of a list.
type ExpectedDay struct {
	Day     cube.Day `json:"day"`
	Listed  uint64   `json:"listed"`
	Missing uint64   `json:"missing"`
}

// expected compares the lists with the records, by source.
func (s *Service) expected(ctx context.Context) (map[string]*Expected, error) {
	lists, err := s.opt.DB.ExpectedIDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read expected ids: %w", err)
	}
	out := map[string]*Expected{}
	for source, list := range lists {
		slices.SortFunc(list, func(a, b clickhouse.ExpectedID) int { return cmp.Compare(a.Hash, b.Hash) })
		came := make([]bool, len(list))
		err := s.opt.DB.SourceIDs(ctx, source, func(id string) error {
			i, found := slices.BinarySearchFunc(list, s.opt.Hash(source, id), func(e clickhouse.ExpectedID, h string) int { return cmp.Compare(e.Hash, h) })
			if found {
				came[i] = true
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("compare with expected ids: %w", err)
		}
		out[source] = compare(list, came)
	}
	return out, nil
}

func compare(list []clickhouse.ExpectedID, came []bool) *Expected {
	e := &Expected{Days: []ExpectedDay{}}
	days := map[cube.Day]ExpectedDay{}
	for i, id := range list {
		d := days[cube.Day(id.Day)]
		d.Day, d.Listed = cube.Day(id.Day), d.Listed+1
		e.Listed++
		if !came[i] {
			d.Missing++
			e.Missing++
		}
		days[d.Day] = d
	}
	for _, d := range days {
		if d.Missing > 0 {
			e.Days = append(e.Days, d)
		}
	}
	slices.SortFunc(e.Days, func(a, b ExpectedDay) int { return cmp.Compare(b.Day, a.Day) })
	e.Days = e.Days[:min(len(e.Days), maxDays)]
	return e
}
