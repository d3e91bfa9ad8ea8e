package level

import (
	"context"

	"reli/analytics/cube"
)

// On gives the board of a day of the past from the history; that of the
// newest day is Board.
func (s *Service) On(ctx context.Context, day cube.Day) (*Board, error) {
	if b := s.Board(); b.Day == day {
		return b, nil
	}
	rows, err := s.opt.DB.LevelsOn(ctx, int32(day))
	if err != nil {
		return nil, err
	}
	var version uint64
	entries := make([]Entry, len(rows))
	for i, r := range rows {
		entries[i], version = entryOf(r), max(version, r.DataVersion)
	}
	return newBoard(day, version, 0, entries), nil
}

// History gives what was said of an area on the days [from, to], ascending.
// Days on which there was nothing to say have no entry.
func (s *Service) History(ctx context.Context, code string, from, to cube.Day) ([]Entry, error) {
	if _, err := s.area(code); err != nil {
		return nil, err
	}
	rows, err := s.opt.DB.LevelsOf(ctx, code, int32(from), int32(to))
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = entryOf(r)
	}
	return out, err
}
