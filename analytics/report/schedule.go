package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

const (
	// catchUp is how many periods of each cadence are made late, where nobody
	// ran the server on their day.
	catchUp = 2
	// lookEvery is how often the schedule is looked at: a report is there within
	// this time of its day's beginning.
	lookEvery = 5 * time.Minute
	// firstLook leaves a start to whoever waits for the map.
	firstLook = 20 * time.Second
	// keptListed bounds the list of kept reports: some years of all of them.
	keptListed = 2000
)

// Slot is a report of a cadence with its running and its last period.
type Slot struct {
	Report  string   `json:"report"`
	Zh      string   `json:"zh"`
	En      string   `json:"en"`
	Cadence Cadence  `json:"cadence"`
	Running Period   `json:"running"` // holds today
	Last    Period   `json:"last"`    // the last whole one
	RunDay  cube.Day `json:"run_day"` // on which the last one is made
	// State of the last one: waiting for its day, due, kept, or no_data.
	State  string     `json:"state"`
	MadeAt *time.Time `json:"made_at"`
}

// States of a slot.
const (
	slotWaiting = "waiting"
	slotDue     = "due"
	slotKept    = "kept"
	slotNoData  = "no_data"
)

// Kept is a kept report in a list.
type Kept struct {
	Report      string    `json:"report"`
	Zh          string    `json:"zh"`
	Period      Period    `json:"period"`
	MadeAt      time.Time `json:"made_at"`
	DataVersion uint64    `json:"data_version"`
}

// List is what GET /v1/reports answers.
type List struct {
	Today    cube.Day      `json:"today"`
	Reports  []Info        `json:"reports"`
	Cadences []CadenceInfo `json:"cadences"`
	Slots    []Slot        `json:"slots"`
	Kept     []Kept        `json:"kept"`
	Formats  []Format      `json:"formats"`
}

// List gives every report by cadence with the state of its last period, and
// what is kept, the newest first.
func (s *Service) List(ctx context.Context) (*List, error) {
	rows, err := s.db.Reports(ctx, keptListed)
	if err != nil {
		return nil, err
	}
	out := &List{Today: s.today(), Reports: Infos(), Cadences: Cadences(), Kept: []Kept{}, Formats: Formats()}
	made := map[string]clickhouse.ReportRow{}
	for _, r := range rows {
		made[r.Name+" "+r.Period] = r
		p, err := ParsePeriod(r.Period)
		info, known := Lookup(r.Name)
		if err != nil || !known {
			continue // of a version that made others
		}
		out.Kept = append(out.Kept, Kept{r.Name, info.Zh, p, r.MadeAt, r.DataVersion})
	}
	for _, info := range out.Reports {
		for _, c := range info.Cadences {
			slot := Slot{Report: info.Name, Zh: info.Zh, En: info.En, Cadence: c, Running: PeriodOf(c, out.Today)}
			slot.Last = slot.Running.Before()
			slot.RunDay = slot.Last.RunDay()
			slot.State = s.slotState(slot.Last)
			if r, ok := made[info.Name+" "+slot.Last.Name]; ok {
				slot.State, slot.MadeAt = slotKept, &r.MadeAt
			}
			out.Slots = append(out.Slots, slot)
		}
	}
	return out, nil
}

func (s *Service) slotState(p Period) string {
	switch {
	case s.today() < p.RunDay():
		return slotWaiting
	case !s.hasData(p):
		return slotNoData
	}
	return slotDue
}

// hasData reports whether the data reach into a period: a report on a time
// before them would be a sheet of zeros.
func (s *Service) hasData(p Period) bool {
	cat := s.store().Current().Catalogue
	return cat.Incidents > 0 && cat.First < p.To && cat.Last >= p.From
}

// RunDue makes and keeps every report whose day has come and that is not kept
// yet. It may be called at any time and any number of times.
func (s *Service) RunDue(ctx context.Context) ([]Kept, error) {
	var made []Kept
	for _, info := range Infos() {
		for _, c := range info.Cadences {
			p := PeriodOf(c, s.today()).Before()
			for range catchUp {
				k, err := s.runOne(ctx, info, p)
				if err != nil {
					return made, fmt.Errorf("report %s of %s: %w", info.Name, p.Name, err)
				}
				if k != nil {
					made = append(made, *k)
				}
				p = p.Before()
			}
		}
	}
	slices.SortStableFunc(made, func(a, b Kept) int { return cmp.Compare(a.Period.To, b.Period.To) })
	return made, nil
}

// runOne makes the report of a period where it is due.
func (s *Service) runOne(ctx context.Context, info Info, p Period) (*Kept, error) {
	if s.slotState(p) != slotDue {
		return nil, nil
	}
	if _, ok, err := s.db.Report(ctx, info.Name, string(p.Cadence), p.Name); err != nil || ok {
		return nil, err
	}
	d, err := s.make(ctx, info, job{period: p})
	if err != nil {
		return nil, err
	}
	d.State = StateKept
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	err = s.db.SaveReport(ctx, clickhouse.ReportRow{Name: info.Name, Cadence: string(p.Cadence), Period: p.Name,
		From: p.From.Time(), To: p.To.Time(), MadeAt: d.MadeAt, DataVersion: d.DataVersion, Document: string(text)})
	return &Kept{info.Name, info.Zh, p, d.MadeAt, d.DataVersion}, err
}

// Follow settles the courses after each change and makes reports on their day,
// until ctx ends.
func (s *Service) Follow(ctx context.Context) {
	var courses sync.WaitGroup
	courses.Go(func() { s.courses.Follow(ctx) })
	defer courses.Wait()
	for wait := firstLook; ; wait = lookEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		made, err := s.RunDue(ctx)
		for _, k := range made {
			s.logger.InfoContext(ctx, "report made", "report", k.Report, "period", k.Period.Name)
		}
		if err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "making reports failed, will be tried again", "error", err)
		}
	}
}
