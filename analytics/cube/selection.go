package cube

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/url"
	"slices"
	"strings"
)

// Status is a state as of the end of a Selection's window.
type Status string

// Statuses.
const (
	StatusOpen    Status = "open"    // not closed before the window's end
	StatusClosed  Status = "closed"  // closed before the window's end
	StatusOverdue Status = "overdue" // open, and its deadline is before the window's end
)

// Hours is a set of hours of day, bit h for hour h. 0 means all.
type Hours uint32

// Weekdays is a set of days of week, bit 1 for Monday … bit 7 for Sunday. 0
// means all.
type Weekdays uint8

const (
	allHours    Hours    = 1<<24 - 1
	allWeekdays Weekdays = 0b1111_1110
)

// normal writes "all hours" as 0.
func (h Hours) normal() Hours {
	if h&allHours == allHours {
		return 0
	}
	return h
}

// normal writes "all days" as 0.
func (w Weekdays) normal() Weekdays {
	if w&allWeekdays == allWeekdays {
		return 0
	}
	return w
}

// Selection says which incidents count and as what. Every tile, series,
// table, export and forecast is made from one. Empty sets mean "all".
type Selection struct {
	From, To   Day    // local days [From, To) in which an incident occurred
	Area       string // code of a division area, "" for everything
	Categories []string
	Sources    []string
	Channels   []string
	Status     Status // "" for all
	Hours      Hours
	Weekdays   Weekdays
	Measure    Measure
	Scope      Scope // of the principal who asks
}

// Canonical gives the one text of the selection: equal selections have equal
// texts. It is the cache key and the audit line, and names the scope too.
func (s Selection) Canonical() string { return s.Query() + s.Scope.Canonical() }

// Query gives the one text of the selection without its scope: the query
// string of links, which mean to each reader what he may see.
func (s Selection) Query() string {
	var b strings.Builder
	fmt.Fprintf(&b, "from=%s&to=%s", s.From, s.To)
	if s.Area != "" {
		b.WriteString("&area=" + url.QueryEscape(s.Area))
	}
	writeSet(&b, "category", s.Categories)
	writeSet(&b, "source", s.Sources)
	writeSet(&b, "channel", s.Channels)
	if s.Status != "" {
		b.WriteString("&status=" + string(s.Status))
	}
	writeBits(&b, "hours", uint32(s.Hours.normal()))
	writeBits(&b, "weekdays", uint32(s.Weekdays.normal()))
	b.WriteString("&measure=" + string(cmp.Or(s.Measure, MeasureCount)))
	return b.String()
}

func writeSet(b *strings.Builder, name string, codes []string) {
	if len(codes) == 0 {
		return
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(codes)))
	for i, code := range sorted {
		sorted[i] = url.QueryEscape(code)
	}
	b.WriteString("&" + name + "=" + strings.Join(sorted, ","))
}

func writeBits(b *strings.Builder, name string, set uint32) {
	if set == 0 {
		return
	}
	var parts []string
	for rest := set; rest != 0; rest &= rest - 1 {
		parts = append(parts, fmt.Sprint(bits.TrailingZeros32(rest)))
	}
	b.WriteString("&" + name + "=" + strings.Join(parts, ","))
}

// Days gives the length of the window.
func (s Selection) Days() int { return int(s.To - s.From) }

// Closed reports whether the window ended before today, so that only a
// correction can change its counts.
func (s Selection) Closed(today Day) bool { return s.To <= today }
