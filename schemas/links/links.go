// Package links says which reports of different sources a rule takes for one
// matter, and how sure it is. The embedded rules are ours; a county brings its
// own file.
//
// It is a contract, pure and without a clock: it finds no pair. Package
// analytics/matter finds them with it, cmd/reli reads the file.
package links

import (
	_ "embed"
	"fmt"
	"regexp"

	"reli/schemas"
)

//go:embed default.yaml
var embedded []byte

// Limits of a file.
const (
	maxBytes = 1 << 20
	maxRules = 100
	maxDays  = 366
)

// Rules are immutable and safe for concurrent use.
type Rules struct {
	Version string
	Apply   float64 // from this confidence on a pair is joined
	Propose float64 // from this confidence on it is proposed; at most Apply
	Rules   []Rule
}

// Rule is one way in which two reports of one grid and category agree.
type Rule struct {
	Name       string
	Scale      bool // the scale must agree, too
	Days       int  // most local days between the two
	Confidence float64
}

// file is the YAML as it is written; default.yaml explains the keys.
type file struct {
	Version string  `yaml:"version"`
	Apply   float64 `yaml:"apply"`
	Propose float64 `yaml:"propose"`
	Rules   []struct {
		Name       string   `yaml:"name"`
		Same       []string `yaml:"same"`
		Days       int      `yaml:"days"`
		Confidence float64  `yaml:"confidence"`
	} `yaml:"rules"`
}

var code = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,47}$`) // as in profiles

func wrong(at, format string, args ...any) error {
	return schemas.BadFile("links", at, format, args...)
}

// Source gives the text of the embedded rules, for a county to begin with.
func Source() []byte { return append([]byte(nil), embedded...) }

// Default gives the embedded rules.
func Default() *Rules {
	r, err := Parse(embedded)
	if err != nil {
		panic(err) // the file is embedded
	}
	return r
}

// Parse reads a file of rules. Unknown keys and values that cannot be are
// errors (*schemas.FileError).
func Parse(text []byte) (*Rules, error) {
	var f file
	if err := schemas.DecodeFile("links", text, maxBytes, &f); err != nil {
		return nil, err
	}
	switch {
	case !code.MatchString(f.Version):
		return nil, wrong("version", "want lower-case letters, digits, _ . and -")
	case !(f.Apply > 0 && f.Apply <= 1): // NaN as well
		return nil, wrong("apply", "want a confidence above 0, at most 1")
	case !(f.Propose > 0 && f.Propose <= f.Apply):
		return nil, wrong("propose", "want a confidence above 0, at most that of apply")
	case len(f.Rules) > maxRules:
		return nil, wrong("rules", "more than %d", maxRules)
	}
	r := &Rules{Version: f.Version, Apply: f.Apply, Propose: f.Propose}
	names := map[string]bool{}
	for i, one := range f.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		switch {
		case !code.MatchString(one.Name) || names[one.Name]:
			return nil, wrong(at+".name", "want a code that no other rule has")
		case one.Days < 0 || one.Days > maxDays:
			return nil, wrong(at+".days", "want 0 to %d days", maxDays)
		case !(one.Confidence > 0 && one.Confidence <= 1):
			return nil, wrong(at+".confidence", "want a number above 0, at most 1")
		}
		names[one.Name] = true
		rule := Rule{Name: one.Name, Days: one.Days, Confidence: one.Confidence}
		for _, what := range one.Same {
			if what != "scale" {
				return nil, wrong(at+".same", "%q cannot be asked for; grid and category always are", what)
			}
			rule.Scale = true
		}
		r.Rules = append(r.Rules, rule)
	}
	return r, nil
}
