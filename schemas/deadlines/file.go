package deadlines

import (
	"fmt"
	"regexp"

	"reli/schemas"
	"reli/schemas/calendar"
)

// Limits of a file. No limit in days of this field is longer than a year.
const (
	maxBytes = 1 << 20
	maxRules = 1000
	maxDays  = 366
	maxSoon  = 60
)

func wrong(at, format string, args ...any) error {
	return schemas.BadFile("deadlines", at, format, args...)
}

// file is the YAML as it is written; default.yaml explains the keys.
type file struct {
	Version string     `yaml:"version"`
	Soon    int        `yaml:"soon"`
	Rules   []ruleFile `yaml:"rules"`
}

type ruleFile struct {
	Source      string `yaml:"source"`
	Category    string `yaml:"category"`
	Urgency     string `yaml:"urgency"`
	Days        *int   `yaml:"days"`
	WorkingDays *int   `yaml:"working_days"`
}

var (
	urgencies = map[string]schemas.Urgency{"": schemas.UrgencyUnknown, "normal": schemas.UrgencyNormal,
		"urgent": schemas.UrgencyUrgent, "critical": schemas.UrgencyCritical}
	code = regexp.MustCompile(`^([a-z0-9][a-z0-9_.-]{0,47})?$`) // as in profiles
)

// Default gives the embedded rules on a calendar.
func Default(c *calendar.Calendar) *Rules {
	r, err := Parse(embedded, c)
	if err != nil {
		panic(err) // the file is embedded
	}
	return r
}

// Parse reads a file of deadlines; working days are counted on the calendar.
// Unknown keys and values that cannot be are errors (*schemas.FileError).
func Parse(text []byte, c *calendar.Calendar) (*Rules, error) {
	var f file
	if err := schemas.DecodeFile("deadlines", text, maxBytes, &f); err != nil {
		return nil, err
	}
	switch {
	case !code.MatchString(f.Version) || f.Version == "":
		return nil, wrong("version", "want lower-case letters, digits, _ . and -")
	case f.Soon < 0 || f.Soon > maxSoon:
		return nil, wrong("soon", "want 0 to %d days", maxSoon)
	case len(f.Rules) > maxRules:
		return nil, wrong("rules", "more than %d", maxRules)
	}
	r := &Rules{version: f.Version, soon: f.Soon, calendar: c}
	for i, one := range f.Rules {
		compiled, err := one.compile(fmt.Sprintf("rules[%d]", i))
		if err != nil {
			return nil, err
		}
		r.rules = append(r.rules, compiled)
	}
	return r, nil
}

func (f ruleFile) compile(at string) (rule, error) {
	urgency, known := urgencies[f.Urgency]
	switch {
	case !known:
		return rule{}, wrong(at+".urgency", "want normal, urgent or critical")
	case !code.MatchString(f.Source):
		return rule{}, wrong(at+".source", "%q is no code", f.Source)
	case !code.MatchString(f.Category):
		return rule{}, wrong(at+".category", "%q is no code", f.Category)
	case (f.Days == nil) == (f.WorkingDays == nil):
		return rule{}, wrong(at, "want one of days and working_days")
	}
	r := rule{source: f.Source, category: f.Category, urgency: urgency}
	if n := f.Days; n != nil {
		r.days = *n
	} else {
		r.days, r.working = *f.WorkingDays, true
	}
	if r.days < 0 || r.days > maxDays {
		return rule{}, wrong(at, "want 0 to %d days", maxDays)
	}
	return r, nil
}
