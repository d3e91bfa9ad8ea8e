package cube

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"reli/schemas"
)

// Limits of a Selection in a URL.
const (
	// maxCodes bounds a comma list: more codes than any dictionary has.
	maxCodes = 200
	// maxWindowDays bounds a window: a human lifetime of records.
	maxWindowDays = 36_525
)

// parameters of a Selection; anything else belongs to the endpoint.
var parameters = []string{"from", "to", "area", "category", "source", "channel", "status", "hours", "weekdays", "measure"}

// Parameters names the URL parameters that ParseSelection reads.
func Parameters() []string { return slices.Clone(parameters) }

// ParseSelection reads a Selection from URL parameters and checks it against
// the catalogue, so that nothing unknown reaches the engine. Without from and
// to the window is the 30 days that end with today. Every error is a
// *schemas.Problem that names the parameter.
func ParseSelection(q url.Values, cat *Catalogue, today Day) (Selection, error) {
	s := Selection{From: today - 29, To: today + 1, Measure: MeasureCount}
	for _, read := range []func(url.Values, *Selection) error{
		parseWindow, parseHours, parseWeekdays, parseStatus, parseMeasure,
	} {
		if err := read(q, &s); err != nil {
			return Selection{}, err
		}
	}
	var err error
	if s.Categories, err = codes(q, "category", cat.HasCategory, schemas.CodeUnknownCategory); err != nil {
		return Selection{}, err
	}
	if s.Sources, err = codes(q, "source", cat.HasSource, schemas.CodeBadParameter); err != nil {
		return Selection{}, err
	}
	if s.Channels, err = codes(q, "channel", cat.HasChannel, schemas.CodeBadParameter); err != nil {
		return Selection{}, err
	}
	if s.Area, err = single(q, "area"); err != nil {
		return Selection{}, err
	}
	if s.Area != "" && !cat.HasArea(s.Area) {
		return Selection{}, &schemas.Problem{Code: schemas.CodeUnknownArea, Status: 400, Field: "area", Detail: "no such area"}
	}
	return s, nil
}

// single refuses a parameter that is given twice: which one counts would be a
// guess.
func single(q url.Values, name string) (string, error) {
	switch v := q[name]; len(v) {
	case 0:
		return "", nil
	case 1:
		return v[0], nil
	default:
		return "", schemas.BadParameter(name, "given %d times, want once", len(v))
	}
}

func parseWindow(q url.Values, s *Selection) error {
	for _, end := range []struct {
		name string
		day  *Day
	}{{"from", &s.From}, {"to", &s.To}} {
		text, err := single(q, end.name)
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		if *end.day, err = ParseDay(text); err != nil {
			return schemas.BadParameter(end.name, "%v", err)
		}
	}
	switch {
	case s.To <= s.From:
		return schemas.BadParameter("to", "the window is empty: to (%s) is not after from (%s)", s.To, s.From)
	case s.Days() > maxWindowDays:
		return schemas.BadParameter("to", "the window is longer than %d days", maxWindowDays)
	}
	return nil
}

func codes(q url.Values, name string, known func(string) bool, code string) ([]string, error) {
	text, err := single(q, name)
	if err != nil || text == "" {
		return nil, err
	}
	list := strings.Split(text, ",")
	if len(list) > maxCodes {
		return nil, schemas.BadParameter(name, "more than %d codes", maxCodes)
	}
	for _, c := range list {
		if !known(c) {
			return nil, &schemas.Problem{Code: code, Status: 400, Field: name, Detail: "unknown code " + strconv.Quote(clip(c))}
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// clip keeps a hostile value from filling an answer.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

func parseHours(q url.Values, s *Selection) error {
	set, err := ranges(q, "hours", 0, 24, true)
	s.Hours = Hours(set).normal()
	return err
}

func parseWeekdays(q url.Values, s *Selection) error {
	set, err := ranges(q, "weekdays", 1, 8, false)
	s.Weekdays = Weekdays(set).normal()
	return err
}

// ranges reads "8-18,22" into a bit set of numbers in [low, high). With
// exclusive, a range a-b ends before b (hours 8-18 are 08:00 to 18:00).
func ranges(q url.Values, name string, low, high int, exclusive bool) (uint32, error) {
	text, err := single(q, name)
	if err != nil || text == "" {
		return 0, err
	}
	var set uint32
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		a, errA := strconv.Atoi(first)
		b := a
		var errB error
		if isRange {
			if b, errB = strconv.Atoi(last); exclusive {
				b--
			}
		}
		if errA != nil || errB != nil || a < low || b >= high || b < a {
			return 0, schemas.BadParameter(name, "want numbers from %d to %d or ranges of them", low, high-1)
		}
		for n := a; n <= b; n++ {
			set |= 1 << n
		}
	}
	return set, nil
}

func parseStatus(q url.Values, s *Selection) error {
	text, err := single(q, "status")
	if err != nil {
		return err
	}
	switch st := Status(text); st {
	case "", StatusOpen, StatusClosed, StatusOverdue:
		s.Status = st
		return nil
	}
	return schemas.BadParameter("status", "want open, closed or overdue")
}

func parseMeasure(q url.Values, s *Selection) error {
	text, err := single(q, "measure")
	if err != nil || text == "" {
		return err
	}
	if _, ok := LookupMeasure(Measure(text)); !ok {
		return schemas.BadParameter("measure", "unknown measure %q", clip(text))
	}
	s.Measure = Measure(text)
	return nil
}
