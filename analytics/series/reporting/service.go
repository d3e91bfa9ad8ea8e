package reporting

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/schemas"
)

//go:embed delays.sql
var delaysSQL string

// Service keeps the delays of the newest data version. It is safe for
// concurrent use.
type Service struct {
	db    *clickhouse.DB
	store *cube.Store

	reading singleflight.Group
	last    atomic.Pointer[Delays]
}

// New makes a Service. It starts nothing.
func New(db *clickhouse.DB, store *cube.Store) *Service { return &Service{db: db, store: store} }

// Source is what is known of the delays of one source.
type Source struct {
	Source string   `json:"source"`
	AsOf   cube.Day `json:"as_of"` // day of its last report
	Basis  Basis    `json:"basis"`
	// Incidents that the shares rest on, of the last 225 days.
	Incidents int64 `json:"incidents"`
	// Unreported is the share of a day's incidents still out, 0, 1, 2 … days
	// after it, down to Negligible.
	Unreported []float64 `json:"unreported"`
	shares     [MaxDelay + 1]float64
}

// Negligible is the share below which a point counts as final.
const Negligible = .01

// Delays are those of all sources in one data version. They do not change.
type Delays struct {
	Version uint64
	Sources []Source // by code
}

// patience is how long a question waits for newer delays: they say how final a
// count is, and never hold the count itself up.
const patience = time.Second

// Delays gives those of a state of the store. While the engine is busy or away
// it gives the last known ones, and none at all before the first.
func (s *Service) Delays(ctx context.Context, snap *cube.Snapshot) (*Delays, error) {
	if last := s.last.Load(); last != nil && last.Version == snap.Version {
		return last, nil
	}
	// The statement goes on for the next question when this one has its answer.
	reading := s.reading.DoChan("", func() (any, error) {
		d, err := s.read(context.WithoutCancel(ctx), snap)
		if err == nil {
			s.last.Store(d)
		}
		return d, err
	})
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case r := <-reading:
		switch p, known := schemas.AsProblem(r.Err); {
		case r.Err == nil:
			return r.Val.(*Delays), nil
		case known && p.Code == schemas.CodeUnavailable:
			return s.lastKnown(), nil
		}
		return nil, fmt.Errorf("read reporting delays: %w", r.Err)
	case <-late.C:
		return s.lastKnown(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Service) lastKnown() *Delays {
	if last := s.last.Load(); last != nil {
		return last
	}
	return &Delays{Sources: []Source{}}
}

func (s *Service) read(ctx context.Context, snap *cube.Snapshot) (*Delays, error) {
	asOf, triangles := map[string]cube.Day{}, map[string]*triangle{}
	for _, a := range snap.Catalogue.Activity {
		asOf[a.Source] = cube.DayOf(time.Unix(a.LastReportedAt, 0).In(s.store.Zone()))
		triangles[a.Source] = &triangle{}
	}
	var rows []struct {
		Source string `ch:"source"`
		Day    int32  `ch:"day"`
		Delay  int32  `ch:"delay"`
		N      uint64 `ch:"n"`
	}
	if err := s.db.Select(ctx, &rows, delaysSQL, clickhouse.Param("zone", s.store.Zone().String()),
		clickhouse.Param("history", history), clickhouse.Param("most", MaxDelay)); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if t, ok := triangles[r.Source]; ok {
			t.add(int(asOf[r.Source])-int(r.Day), int(r.Delay), float64(r.N))
		}
	}
	return judge(snap.Version, asOf, triangles), nil
}

// judge makes the shares of each source.
func judge(version uint64, asOf map[string]cube.Day, triangles map[string]*triangle) *Delays {
	d := &Delays{Version: version}
	all, newest := &triangle{}, cube.Day(0)
	for code, t := range triangles {
		all.merge(t)
		newest = max(newest, asOf[code])
	}
	for code, t := range triangles {
		one := Source{Source: code, AsOf: asOf[code], Incidents: int64(t.total), Unreported: []float64{}}
		switch {
		case newest-one.AsOf > MaxDelay:
			one.Basis = Stopped
		case t.total >= leastIncidents && t.late == 0:
			one.Basis = OneTime
		case t.total >= leastIncidents:
			one.Basis, one.shares = OwnDelays, t.missing()
		case all.total >= leastIncidents && all.late > 0:
			one.Basis, one.shares = AllDelays, all.missing()
		default:
			one.Basis = NotEnough
		}
		for _, share := range one.shares {
			if share < Negligible {
				break
			}
			one.Unreported = append(one.Unreported, share)
		}
		d.Sources = append(d.Sources, one)
	}
	slices.SortFunc(d.Sources, func(a, b Source) int { return cmp.Compare(a.Source, b.Source) })
	return d
}

// Of gives the delays of some sources only; none for all.
func (d *Delays) Of(sources ...[]string) *Delays {
	out := &Delays{Version: d.Version, Sources: []Source{}}
	for _, s := range d.Sources {
		wanted := true
		for _, list := range sources {
			wanted = wanted && (len(list) == 0 || slices.Contains(list, s.Source))
		}
		if wanted {
			out.Sources = append(out.Sources, s)
		}
	}
	return out
}

// Unreported is the share of the incidents of the days [from, to) that is
// still out, the sources weighted by their size and the days alike. ok is
// false where no source says anything.
func (d *Delays) Unreported(from, to cube.Day) (share float64, ok bool) {
	sum, weight := 0.0, 0.0
	for _, s := range d.Sources {
		if s.Basis != OwnDelays && s.Basis != AllDelays {
			continue
		}
		w := float64(max(s.Incidents, 1))
		for day := from; day < to; day++ {
			sum += w * s.at(day)
			weight += w
		}
	}
	if weight == 0 {
		return 0, false
	}
	return sum / weight, true
}

// at is the share of a day's incidents still out. The day of the last report
// counts as reported to its end, so that the share is a lower bound there.
func (s *Source) at(day cube.Day) float64 {
	age := int(s.AsOf - day)
	switch {
	case age < 0:
		return 1
	case age > MaxDelay:
		return 0
	}
	return s.shares[age]
}
