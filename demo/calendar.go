package demo

import (
	"math"
	"time"
)

// zone is the local time of the county. Fixed: no daylight saving since 1991.
var zone = time.FixedZone("CST", 8*60*60)

// dayKind says how a day is spent.
type dayKind uint8

const (
	workday dayKind = iota
	weekend
	holiday
)

// civil is a date without a place.
type civil struct {
	year  int
	month time.Month
	day   int
}

func civilOf(at time.Time) civil {
	year, month, date := at.Date()
	return civil{year, month, date}
}

func (c civil) midnight() time.Time { return time.Date(c.year, c.month, c.day, 0, 0, 0, 0, zone) }

// freeSpans and makeUpDays are the days off and the weekend days worked for
// them, as the State Council's yearly notices set them (国办发明电〔2022〕16号,
// 〔2023〕7号, 〔2024〕12号, 〔2025〕7号), checked against chinese-days 1.5.7.
// Years outside 2023–2026 have only the holidays of fixed date.
var freeSpans = []struct {
	from   civil
	days   int
	spring bool
}{
	{civil{2023, 1, 1}, 2, false}, {civil{2023, 1, 21}, 7, true}, {civil{2023, 4, 5}, 1, false}, {civil{2023, 4, 29}, 5, false},
	{civil{2023, 6, 22}, 3, false}, {civil{2023, 9, 29}, 8, false},
	{civil{2024, 1, 1}, 1, false}, {civil{2024, 2, 10}, 8, true}, {civil{2024, 4, 4}, 3, false}, {civil{2024, 5, 1}, 5, false},
	{civil{2024, 6, 10}, 1, false}, {civil{2024, 9, 15}, 3, false}, {civil{2024, 10, 1}, 7, false},
	{civil{2025, 1, 1}, 1, false}, {civil{2025, 1, 28}, 8, true}, {civil{2025, 4, 4}, 3, false}, {civil{2025, 5, 1}, 5, false},
	{civil{2025, 5, 31}, 3, false}, {civil{2025, 10, 1}, 8, false},
	{civil{2026, 1, 1}, 3, false}, {civil{2026, 2, 15}, 9, true}, {civil{2026, 4, 4}, 3, false}, {civil{2026, 5, 1}, 5, false},
	{civil{2026, 6, 19}, 3, false}, {civil{2026, 9, 25}, 3, false}, {civil{2026, 10, 1}, 7, false},
}

var makeUpDays = []civil{
	{2023, 1, 28}, {2023, 1, 29}, {2023, 4, 23}, {2023, 5, 6}, {2023, 6, 25}, {2023, 10, 7}, {2023, 10, 8},
	{2024, 2, 4}, {2024, 2, 18}, {2024, 4, 7}, {2024, 4, 28}, {2024, 5, 11}, {2024, 9, 14}, {2024, 9, 29}, {2024, 10, 12},
	{2025, 1, 26}, {2025, 2, 8}, {2025, 4, 27}, {2025, 9, 28}, {2025, 10, 11},
	{2026, 1, 4}, {2026, 2, 14}, {2026, 2, 28}, {2026, 5, 9}, {2026, 9, 20}, {2026, 10, 10},
}

const firstYearKnown, lastYearKnown = 2023, 2026

// calendar answers what kind of day a local date is.
type calendar struct {
	kinds   map[civil]dayKind
	springs []time.Time // first day off of each Spring Festival
}

func newCalendar() calendar {
	c := calendar{kinds: map[civil]dayKind{}}
	for _, s := range freeSpans {
		from := s.from.midnight()
		for i := range s.days {
			c.kinds[civilOf(from.AddDate(0, 0, i))] = holiday
		}
		if s.spring {
			c.springs = append(c.springs, from)
		}
	}
	for _, d := range makeUpDays {
		c.kinds[d] = workday
	}
	return c
}

func (c calendar) kind(day time.Time) dayKind {
	if k, known := c.kinds[civilOf(day)]; known {
		return k
	}
	known := day.Year() >= firstYearKnown && day.Year() <= lastYearKnown
	if !known && fixedHoliday(day) {
		return holiday
	}
	if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		return weekend
	}
	return workday
}

// fixedHoliday is 元旦, 劳动节 and 国庆节, whose dates do not follow the moon.
func fixedHoliday(day time.Time) bool {
	_, month, d := day.Date()
	return month == time.January && d == 1 || month == time.May && d <= 3 || month == time.October && d <= 7
}

// season is the factor of the yearly cycle on a day: high in spring, when the
// fields are divided, and in autumn; higher still in the fortnight before the
// Spring Festival, when wages and debts are settled.
func (c calendar) season(day time.Time) float64 {
	year := 2 * math.Pi * float64(day.YearDay()) / 365.25
	f := 1 + 0.14*math.Cos(year-2*math.Pi*110/365.25) + 0.07*math.Cos(2*year-4*math.Pi*95/365.25)
	for _, s := range c.springs {
		if before := s.Sub(day).Hours() / 24; before > 0 && before <= 15 {
			f *= 1.15
		}
	}
	return f
}

// weekdays are the factors of the working days of the week, Sunday first.
var weekdays = [7]float64{0.97, 1.15, 1.06, 1.0, 0.97, 0.94, 0.97}
