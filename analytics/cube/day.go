package cube

import (
	"fmt"
	"time"
)

// Day is a local calendar day, counted from 1970-01-01 like ClickHouse's
// Date. The zero Day stands for "none" where a day may be missing.
type Day int32

// dayLayout is how days are written in URLs and answers.
const dayLayout = "2006-01-02"

// DayOf gives the calendar day of t in its own zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD between 1970-01-02 and 2149-06-06, the range of
// ClickHouse's Date.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(dayLayout, s)
	if err != nil {
		return 0, fmt.Errorf("want a day as YYYY-MM-DD")
	}
	d := DayOf(t)
	if d < 1 || d > 65535 {
		return 0, fmt.Errorf("want a day between 1970-01-02 and 2149-06-06")
	}
	return d, nil
}

// Time gives midnight UTC of the day, for calendar arithmetic.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String writes YYYY-MM-DD.
func (d Day) String() string { return d.Time().Format(dayLayout) }

// Weekday gives 1 for Monday … 7 for Sunday.
func (d Day) Weekday() int {
	// 1970-01-01 was a Thursday.
	return int(((d+3)%7+7)%7) + 1
}

// AddYears moves by calendar years; 29 February becomes 28 February.
func (d Day) AddYears(n int) Day {
	t := d.Time()
	moved := t.AddDate(n, 0, 0)
	if moved.Month() != t.Month() {
		moved = moved.AddDate(0, 0, -moved.Day())
	}
	return DayOf(moved)
}

// monthDays gives the days [first, end) of a month, yyyymm.
func monthDays(month uint32) (first, end Day) {
	begin := time.Date(int(month/100), time.Month(month%100), 1, 0, 0, 0, 0, time.UTC)
	return DayOf(begin), DayOf(begin.AddDate(0, 1, 0))
}

// MarshalText writes the day for JSON.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(dayLayout, string(text))
	if err != nil {
		return fmt.Errorf("want a day as YYYY-MM-DD")
	}
	*d = DayOf(t)
	return nil
}
