package quality

import (
	"context"
	_ "embed" // the statement below
	"fmt"
	"maps"
	"slices"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/schemas"
)

//go:embed records.sql
var recordsSQL string

// Lateness is how many days lie between two times of records.
type Lateness struct {
	Records  uint64 `json:"records"`
	Median   int    `json:"median"`
	P90      int    `json:"p90"`
	P99      int    `json:"p99"`
	SameDay  uint64 `json:"same_day"`
	Within7  uint64 `json:"within_7"`
	Within30 uint64 `json:"within_30"`
}

// OddDates counts records that were taken in and whose dates do not go
// together.
type OddDates struct {
	ReportedBefore uint64 `json:"reported_before_occurred"`
	DueBefore      uint64 `json:"due_before_occurred"`
	ClosedBefore   uint64 `json:"closed_before_reported"`
}

// Places says by which rung of the ladder records were located.
type Places struct {
	Rungs   map[string]uint64 `json:"rungs"`
	NoPoint float64           `json:"no_point"` // share without a point of their own
}

// Township is the quality of the records of a township.
type Township struct {
	Area    string `json:"area"`
	Name    string `json:"name"`
	Records uint64 `json:"records"`
	Places
	Delay Lateness `json:"delay"`
}

// tally adds up records.
type tally struct {
	n                      uint64
	rungs                  map[uint8]uint64
	delays, arrivals       map[uint16]uint64
	odd                    OddDates
	lastReported, ingested time.Time
}

func newTally() *tally {
	return &tally{rungs: map[uint8]uint64{}, delays: map[uint16]uint64{}, arrivals: map[uint16]uint64{}}
}

func (t *tally) add(o *tally) {
	t.n += o.n
	addCounts(t.rungs, o.rungs)
	addCounts(t.delays, o.delays)
	addCounts(t.arrivals, o.arrivals)
	t.odd.ReportedBefore += o.odd.ReportedBefore
	t.odd.DueBefore += o.odd.DueBefore
	t.odd.ClosedBefore += o.odd.ClosedBefore
	if o.lastReported.After(t.lastReported) {
		t.lastReported = o.lastReported
	}
	if o.ingested.After(t.ingested) {
		t.ingested = o.ingested
	}
}

func addCounts[K comparable](to, from map[K]uint64) {
	for k, n := range from {
		to[k] += n
	}
}

// tallies are the records of a scope by source and by township ("" for those
// that are in none).
type tallies struct {
	sources, townships map[string]*tally
}

func (s *Service) readRecords(ctx context.Context, scope cube.Scope) (*tallies, error) {
	out := &tallies{map[string]*tally{}, map[string]*tally{}}
	err := s.opt.DB.Each(ctx, recordsSQL, func(scan func(...any) error) error {
		var source, township string
		t := newTally()
		if err := scan(&source, &township, &t.n, &t.rungs, &t.delays, &t.arrivals, &t.odd.ReportedBefore, &t.odd.DueBefore,
			&t.odd.ClosedBefore, &t.lastReported, &t.ingested); err != nil {
			return err
		}
		of(out.sources, source).add(t)
		of(out.townships, township).add(t)
		return nil
	}, clickhouse.Param("tz", s.opt.Store.Zone().String()), clickhouse.Param("areas", texts(scope.Areas)),
		clickhouse.Param("categories", texts(scope.Categories)), clickhouse.Param("sources", texts(scope.Sources)))
	if err != nil {
		return nil, fmt.Errorf("count what records lack: %w", err)
	}
	return out, nil
}

func of(all map[string]*tally, key string) *tally {
	if all[key] == nil {
		all[key] = newTally()
	}
	return all[key]
}

// texts makes a parameter of a list that may be nil.
func texts(list []string) []string { return append([]string{}, list...) }

func (t *tally) places() Places {
	p := Places{Rungs: map[string]uint64{}}
	for q, n := range t.rungs {
		p.Rungs[schemas.LocationQuality(q).Rung()] += n
	}
	withPoint := p.Rungs[schemas.LocationPoint.Rung()] + p.Rungs[schemas.LocationOutside.Rung()]
	p.NoPoint = share(t.n-withPoint, t.n)
	return p
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// lateness reads the quantiles off counts by days: the least number of days
// that so many of the records keep to.
func lateness(byDays map[uint16]uint64) Lateness {
	var l Lateness
	days := slices.Sorted(maps.Keys(byDays))
	for _, d := range days {
		l.Records += byDays[d]
	}
	seen := uint64(0)
	for _, d := range days {
		before := seen
		seen += byDays[d]
		for of, quantile := range map[float64]*int{.5: &l.Median, .9: &l.P90, .99: &l.P99} {
			if want := of * float64(l.Records); float64(before) < want && float64(seen) >= want {
				*quantile = int(d)
			}
		}
		if d == 0 {
			l.SameDay = seen
		}
		if d <= 7 {
			l.Within7 = seen
		}
		if d <= 30 {
			l.Within30 = seen
		}
	}
	return l
}
