package ingest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Units that numbers of people and lengths of time come in. A unit behind the
// number itself goes before the one that the profile declares.
func peopleUnits() map[string]float64 {
	return map[string]float64{"人": 1, "人次": 1, "名": 1, "百人": 1e2, "千人": 1e3, "万人": 1e4, "万人次": 1e4, "万": 1e4}
}

func timeUnits() map[string]float64 {
	return map[string]float64{"分钟": 60, "小时": 3600, "时": 3600, "天": 86400, "日": 86400, "周": 7 * 86400}
}

// measure is how a field's numbers are read.
type measure struct {
	factor float64 // of a number without a unit, 0 when it needs one
	units  map[string]float64
}

// compileUnits: people is a number of people; due_at, as a number, is a length
// of time from reported_at.
func (f *profileFile) compileUnits(p *Profile) error {
	p.units = map[int]measure{}
	known := map[string]map[string]float64{}
	if f.Record == RecordIncident {
		p.units[fPeople] = measure{factor: 1, units: peopleUnits()}
		known["people"], known["due_at"] = peopleUnits(), timeUnits()
	}
	for _, field := range slices.Sorted(maps.Keys(f.Units)) {
		units, ok := known[field]
		if !ok {
			return fault(fmt.Sprintf("a %s has no such field that is counted in units", f.Record), "units", field)
		}
		factor, ok := units[f.Units[field]]
		if !ok {
			return fault(fmt.Sprintf("%s is counted in %s", field, strings.Join(slices.Sorted(maps.Keys(units)), ", ")), "units", field)
		}
		p.units[f.Record.field(field)] = measure{factor: factor, units: units}
	}
	return nil
}

// read gives a number in the base unit: “3”, “1,200人”, “1.5万人”, “约30余人”.
func (m measure) read(s string) (float64, bool) {
	s = strings.TrimPrefix(trim(s), "约")
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	number, name := s, ""
	if end >= 0 {
		number, name = s[:end], trim(strings.TrimLeft(s[end:], "余多+"))
	}
	factor := m.factor
	if name != "" {
		factor = m.units[name]
	}
	number, grouped := ungrouped(number)
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || factor == 0 || !grouped {
		return 0, false
	}
	return n * factor, true
}

// ungrouped takes the commas out of 1,234,567; ok is false where they do not
// stand before three digits, as in 3,5.
func ungrouped(s string) (string, bool) {
	whole, fraction, point := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups[1:] {
		if len(g) != 3 || i == 0 && len(groups[0]) > 3 {
			return s, false
		}
	}
	if whole = strings.Join(groups, ""); !point {
		return whole, true
	}
	return whole + "." + fraction, !strings.Contains(fraction, ",")
}

// people gives a whole number of people, 0 when the field is empty.
func (r *row) people(field int) uint32 {
	s := r.text(field)
	if s == "" {
		return 0
	}
	n, ok := r.profile.units[field].read(s)
	whole := math.Round(n)
	if !ok || n > maxPeople || math.Abs(n-whole) > 1e-6 {
		r.refuse(field, FaultBadNumber, fmt.Sprintf("want a whole number from 0 to %d", maxPeople))
		return 0
	}
	return uint32(whole)
}

// maxBareTerm is the largest number without a unit that is a length of time:
// the serial numbers of dates begin at 32,874 for 1990.
const maxBareTerm = 10_000

// year gives the year of the row, as 2024 or 2024年, that of the input where
// the row has none.
func (r *row) year(usual int) int {
	s := r.text(fYear)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(trim(strings.TrimSuffix(s, "年")))
	if err != nil || n < defaultMinYear || n > lastYear {
		r.refuse(fYear, FaultBadNumber, fmt.Sprintf("want a year from %d to %d", defaultMinYear, lastYear))
		return 0
	}
	return n
}

// term reads a deadline that is written as a length of time. ok is false where
// it is not; a date is then looked for.
func (r *row) term(field int, from time.Time) (due time.Time, ok bool) {
	u, declared := r.profile.units[field]
	if !declared {
		return time.Time{}, false
	}
	s := trim(r.values[field])
	if bare, err := strconv.ParseFloat(s, 64); err == nil && bare > maxBareTerm {
		return time.Time{}, false
	}
	seconds, ok := u.read(s)
	if !ok || seconds > maxDueAhead.Seconds() || from.IsZero() {
		return time.Time{}, false
	}
	return from.Add(time.Duration(seconds) * time.Second), true
}
