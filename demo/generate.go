package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Options say what Generate makes. Only Dir is required.
type Options struct {
	Size      Size      // SizeS when empty
	Seed      uint64    // equal seeds give equal bytes
	Dir       string    // where the files go; made if missing, files of an earlier run are replaced
	End       time.Time // last local day (its date in Asia/Shanghai); 31 December 2025 when zero
	Days      int       // length of the period; when 0, the year that ends with End
	Incidents int64     // number of records; when 0, the size's
	Progress  func(Progress)
}

// Progress tells how far a stage has come. It is called from the goroutine
// that called Generate.
type Progress struct {
	Stage       string // "areas" or "incidents"
	Done, Total int64
}

// File is one file of records with the profile that reads it.
type File struct {
	Source  string // "" when the file has several
	Path    string
	Profile string // path of the profile file
	Records int64
}

// Summary says what was made.
type Summary struct {
	From, To    time.Time // first day, and the midnight after the last
	Areas       string    // path of areas.geojson
	Incidents   []File
	Transitions File // transitions.csv, of all sources

	Counties, Townships, Villages, Grids int
	Records                              int64 // incident records of all sources
	Matters                              int64 // matters with more than one report
	Points                               int64 // records with a point
	NoPlace                              int64 // records without any place
	Closed                               int64 // records whose state is closed at the end
	HotSpots                             []HotSpot
}

// Generate makes a fictional county and its incidents as files in Dir:
// areas.geojson, one incidents file and one profile per source, and
// transitions.csv. Files appear under their names only when all are complete.
func Generate(ctx context.Context, o Options) (Summary, error) {
	shape, start, days, err := o.resolve()
	if err != nil {
		return Summary{}, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return Summary{}, fmt.Errorf("demo: %w", err)
	}
	report := o.Progress
	if report == nil {
		report = func(Progress) {}
	}
	report(Progress{"areas", 0, int64(shape.grids)})
	c, err := newCounty(shape, o.Seed)
	if err != nil {
		return Summary{}, err
	}
	report(Progress{"areas", int64(shape.grids), int64(shape.grids)})

	sum := Summary{From: start, To: start.AddDate(0, 0, days), Counties: 1,
		Townships: len(c.townships), Villages: len(c.villages), Grids: len(c.grids)}
	scene := newScene(c, stream(o.Seed, "scene"))
	sum.HotSpots = scene.hot
	err = writeAll(o.Dir, &sum, c, func(out *output) error {
		p := newPeriod(start, days, shape.incidents, stream(o.Seed, "days"))
		s := newStory(c, scene, p, stream(o.Seed, "story"), out, &sum)
		s.life.extra = stream(o.Seed, "beside")
		return s.tell(ctx, shape.incidents, func(done, total int64) { report(Progress{"incidents", done, total}) })
	})
	if err != nil {
		return Summary{}, fmt.Errorf("demo: %w", err)
	}
	return sum, nil
}

// resolve fills in what was left open.
func (o Options) resolve() (s shape, start time.Time, days int, err error) {
	size := o.Size
	if size == "" {
		size = SizeS
	}
	if s, err = size.shape(); err != nil {
		return s, start, 0, err
	}
	switch {
	case o.Dir == "":
		return s, start, 0, errors.New("demo: no directory given")
	case o.Days < 0 || o.Incidents < 0:
		return s, start, 0, errors.New("demo: days and incidents cannot be negative")
	}
	if o.Incidents > 0 {
		s.incidents = o.Incidents
	}
	last := time.Date(2025, time.December, 31, 0, 0, 0, 0, zone)
	if !o.End.IsZero() {
		year, month, date := o.End.In(zone).Date()
		last = time.Date(year, month, date, 0, 0, 0, 0, zone)
	}
	after := last.AddDate(0, 0, 1)
	start = after.AddDate(-1, 0, 0)
	if o.Days > 0 {
		start = after.AddDate(0, 0, -o.Days)
	}
	return s, start, int(after.Sub(start) / (24 * time.Hour)), nil
}

// count keeps the summary.
func (s *Summary) count(r *report, l *life) {
	s.Records++
	s.Transitions.Records += int64(len(l.steps))
	s.Incidents[r.source].Records++
	switch r.ladder {
	case rungPoint:
		s.Points++
	case rungNone:
		s.NoPlace++
	}
	if l.state.Closed() {
		s.Closed++
	}
}
