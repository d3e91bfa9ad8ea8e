package level

import (
	"strings"

	"reli/geo/area"
)

// Limits of a policy.
const (
	maxPolicyBytes = 1 << 20
	maxRules       = 200
	maxPoints      = 10_000
)

// Policy is a set of rules as it stands in its file. Parse gives only those
// that hold together.
type Policy struct {
	Format  int     `yaml:"format" json:"format"`   // of the file; 1
	Version string  `yaml:"version" json:"version"` // of the rules; stands beside each level
	Zh      string  `yaml:"zh" json:"zh"`
	En      string  `yaml:"en" json:"en"`
	NoteZh  string  `yaml:"note_zh" json:"note_zh"`
	NoteEn  string  `yaml:"note_en" json:"note_en"`
	Noise   float64 `yaml:"noise" json:"noise"` // share by which inputs may be off without a level changing
	Rules   []Rule  `yaml:"rules" json:"rules"`
	Floors  []Floor `yaml:"floors" json:"floors"`
	Levels  []Grade `yaml:"levels" json:"levels"` // the lowest first
	Leads   Leads   `yaml:"leads" json:"leads"`
	Tips    Tips    `yaml:"tips" json:"tips"`

	plan plan
}

// Rule gives an area points for an input: none up to the ramp's first number,
// all from its second on, in between in proportion, rounded down.
type Rule struct {
	ID     string               `yaml:"id" json:"id"`
	Zh     string               `yaml:"zh" json:"zh"`
	En     string               `yaml:"en" json:"en"`
	Input  string               `yaml:"input" json:"input"` // code of an Input
	Points int                  `yaml:"points" json:"points"`
	Ramp   map[string][]float64 `yaml:"ramp" json:"ramp"` // by tier; a tier that is absent gets none
	// Needs names rules that must give points for this one to do so.
	Needs []string `yaml:"needs" json:"needs,omitempty"`
}

// Floor lifts an area to a level at once.
type Floor struct {
	ID      string             `yaml:"id" json:"id"`
	Zh      string             `yaml:"zh" json:"zh"`
	En      string             `yaml:"en" json:"en"`
	Input   string             `yaml:"input" json:"input"`
	AtLeast map[string]float64 `yaml:"at_least" json:"at_least"` // by tier
	Level   string             `yaml:"level" json:"level"`
}

// Grade says when a level is reached and who then answers.
type Grade struct {
	Level      string          `yaml:"level" json:"level"`
	At         int             `yaml:"at" json:"at"`                   // score from which on
	Stay       int             `yaml:"stay" json:"stay"`               // days that it lasts at least
	Population int             `yaml:"population" json:"population"`   // fewest people of an area that gets it
	AnswerDays int             `yaml:"answer_days" json:"answer_days"` // to answer a tip
	Body       map[string]Body `yaml:"body" json:"body"`               // by tier
}

// Body is who answers. Its texts may hold {area}, {grid}, {village},
// {township}, {county} and {lead}; in the id they become codes, elsewhere
// names.
type Body struct {
	ID string `yaml:"id" json:"id"`
	Zh string `yaml:"zh" json:"zh"`
	En string `yaml:"en" json:"en"`
}

// Leads names the leading department by the category that most of an area's
// open matters have; "default" is for all others.
type Leads map[string]Body

// Tips says when a tip is made besides a rise of a level.
type Tips struct {
	Overdue map[string]int `yaml:"overdue" json:"overdue"` // by tier: so many overdue matters call for a tip
	Every   int            `yaml:"every" json:"every"`     // days until the same area is told again
	Days    int            `yaml:"answer_days" json:"answer_days"`
}

const defaultLead = "default"

// tierNames are the keys of maps by tier.
func tierNames() []string {
	var out []string
	for _, t := range tiers() {
		out = append(out, t.String())
	}
	return out
}

// plan is a policy made ready: numbers by tier, rules in the order in which
// they need each other.
type plan struct {
	rules  []plannedRule
	floors []plannedFloor
	grades [Red + 1]*Grade
}

type plannedRule struct {
	*Rule
	input Input
	info  InputInfo
	needs []int // positions in plan.rules, all before this one
	at    int   // position in Policy.Rules
	ramp  [area.Grid + 1][2]float64
	holds [area.Grid + 1]bool // the tier has a ramp
}

type plannedFloor struct {
	*Floor
	input   Input
	info    InputInfo
	level   Level
	atLeast [area.Grid + 1]float64
	holds   [area.Grid + 1]bool
}

// Grade gives what the policy says of a level; nil for None.
func (p *Policy) Grade(l Level) *Grade { return p.plan.grades[min(l, Red)] }

// fill replaces the placeholders of a body's text.
func fill(text string, values map[string]string) string {
	for name, value := range values {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}
