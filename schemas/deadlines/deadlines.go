// Package deadlines says by when a matter has to be done, by source, category
// and urgency, in days or working days, and how a date stands on a day: 正常,
// 将到期 or 已过期. The embedded rules are ours where no law names a limit; a
// county brings its own file.
//
// It is a contract, pure and without a clock. It does not know what is open,
// and it changes no date that a record brings. Ingest computes dates with it,
// analytics/tip asks how they stand, cmd/reli reads the file.
package deadlines

import (
	_ "embed"
	"time"

	"reli/schemas"
	"reli/schemas/calendar"
)

//go:embed default.yaml
var embedded []byte

// Source gives the text of the embedded rules, for a county to begin with.
func Source() []byte { return append([]byte(nil), embedded...) }

// Rules are immutable and safe for concurrent use.
type Rules struct {
	version  string
	soon     int
	rules    []rule
	calendar *calendar.Calendar
}

type rule struct {
	source, category string          // "" fits all
	urgency          schemas.Urgency // 0 fits all
	days             int
	working          bool
}

// Version is what the file calls itself; it is kept with what it dated.
func (r *Rules) Version() string { return r.version }

// Soon is how many days before its last day a matter is 将到期.
func (r *Rules) Soon() int { return r.soon }

// Due gives the last second of the local day on which a matter that was
// reported at a time has to be done, the zero time where no rule fits. known
// is false where working days were counted in a year whose holidays the
// calendar does not have.
func (r *Rules) Due(source, category string, urgency schemas.Urgency, reported time.Time, zone *time.Location) (due time.Time, known bool) {
	for _, one := range r.rules {
		if one.source != "" && one.source != source || one.category != "" && one.category != category || one.urgency != 0 && one.urgency != urgency {
			continue
		}
		day, known := reported.In(zone), true
		if one.working {
			day, known = r.calendar.AddWorkingDays(day, one.days)
		} else {
			day = day.AddDate(0, 0, one.days)
		}
		return endOfDay(day), known
	}
	return time.Time{}, true
}

func endOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location()).Add(-time.Second)
}

// Standing is how a date stands.
type Standing string

// Standings.
const (
	Normal  Standing = "normal"   // 正常
	DueSoon Standing = "due_soon" // 将到期
	Overdue Standing = "overdue"  // 已过期
)

// Stands says how a date stands at a time: it is overdue from 24:00 local time
// of its day on, whatever its time of day, and due soon from soon days before
// its day until then.
func Stands(due, now time.Time, zone *time.Location, soon int) Standing {
	last, today := civil(due.In(zone)), civil(now.In(zone))
	switch {
	case today.After(last):
		return Overdue
	case !today.AddDate(0, 0, soon).Before(last):
		return DueSoon
	}
	return Normal
}

func civil(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
