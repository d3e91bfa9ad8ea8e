package cube

// Step is the length of a step in a series.
type Step string

// Steps. Weeks begin on Monday (GB/T 7408, ISO 8601).
const (
	StepDay   Step = "day"
	StepWeek  Step = "week"
	StepMonth Step = "month"
)

// Valid reports whether the step is one of the above.
func (s Step) Valid() bool { return s == StepDay || s == StepWeek || s == StepMonth }

// Begin gives the first day of the step that holds d.
func (s Step) Begin(d Day) Day {
	switch s {
	case StepWeek:
		return d - Day(d.Weekday()-1)
	case StepMonth:
		return d - Day(d.Time().Day()-1)
	}
	return d
}
