package level

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"reli/geo/area"
)

// grades checks the four levels: all there, the lowest first, each higher than
// the one before, and somebody to answer for each on every tier.
func (c *checker) grades() {
	before := 0
	for i := range c.policy.Levels {
		g := &c.policy.Levels[i]
		l, known := ParseLevel(g.Level)
		if !known || int(l) != i+1 {
			c.fault(FaultValue, "want the levels blue, yellow, orange, red in this order", "levels", i, "level")
			continue
		}
		if g.At <= before || g.At > maxPoints*maxRules {
			c.fault(FaultValue, fmt.Sprintf("want a score above %d, that of the level below", before), "levels", i, "at")
		}
		before = g.At
		if g.Stay < 0 || g.Stay > maxStay {
			c.fault(FaultValue, fmt.Sprintf("want 0 to %d days", maxStay), "levels", i, "stay")
		}
		if g.Population < 0 {
			c.fault(FaultValue, "want a number of people", "levels", i, "population")
		}
		if g.AnswerDays < 1 || g.AnswerDays > maxAnswerDays {
			c.fault(FaultValue, fmt.Sprintf("want 1 to %d days", maxAnswerDays), "levels", i, "answer_days")
		}
		c.policy.plan.grades[l] = g
		c.bodies(i, g)
	}
	if len(c.policy.Levels) != len(Classes()) {
		c.fault(FaultValue, "want the four levels blue, yellow, orange and red", "levels")
	}
}

func (c *checker) bodies(i int, g *Grade) {
	for _, t := range tierNames() {
		b, ok := g.Body[t]
		switch {
		case !ok:
			c.fault(FaultNobody, fmt.Sprintf("nobody answers for level %s of a %s: want a body", g.Level, t), "levels", i, "body")
		case b.ID == "" || strings.TrimSpace(b.Zh) == "" || strings.TrimSpace(b.En) == "":
			c.fault(FaultNobody, fmt.Sprintf("nobody answers for level %s of a %s: want id, zh and en", g.Level, t), "levels", i, "body", t)
		}
	}
	for key, b := range g.Body {
		t, ok := c.tier(key, "levels", i, "body", key)
		if !ok {
			continue
		}
		c.placeholders(t, b.ID, "levels", i, "body", key, "id")
		c.placeholders(t, b.Zh, "levels", i, "body", key, "zh")
		c.placeholders(t, b.En, "levels", i, "body", key, "en")
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}?|\}`)

// placeholders refuses one that an area of the tier has no value for.
func (c *checker) placeholders(t area.Level, text string, path ...any) {
	for _, found := range placeholder.FindAllString(text, -1) {
		word := strings.Trim(found, "{}")
		of, err := area.ParseLevel(word)
		switch {
		case found == "{area}" || found == "{lead}":
		case err != nil || found != "{"+word+"}":
			c.fault(FaultUnknownName, "want {area}, {grid}, {village}, {township}, {county} or {lead}, have "+found, path...)
		case of > t:
			c.fault(FaultNobody, fmt.Sprintf("a %s lies in no single %s, so nobody answers: %s", t, of, found), path...)
		}
	}
}

func (c *checker) floors() {
	seen := map[string]bool{}
	for _, r := range c.policy.Rules {
		seen[r.ID] = true
	}
	for i := range c.policy.Floors {
		f := &c.policy.Floors[i]
		c.named(seen, f.ID, f.Zh, f.En, "floors", i)
		planned := plannedFloor{Floor: f}
		var known bool
		if planned.level, known = ParseLevel(f.Level); !known {
			c.fault(FaultUnknownName, "want blue, yellow, orange or red", "floors", i, "level")
			continue
		}
		if planned.input, planned.info, known = LookupInput(f.Input); !known {
			c.fault(FaultUnknownName, "no such input: "+f.Input, "floors", i, "input")
		}
		if len(f.AtLeast) == 0 {
			c.fault(FaultNeverFires, "without a number for any tier it can never fire", "floors", i)
		}
		for key, least := range f.AtLeast {
			t, ok := c.tier(key, "floors", i, "at_least", key)
			switch {
			case !ok:
			case !finite(least) || least <= 0:
				c.fault(FaultValue, "want a number above 0", "floors", i, "at_least", key)
			case planned.info.Most > 0 && least > planned.info.Most:
				c.fault(FaultNeverFires, fmt.Sprintf("%s is at most %g, so it can never fire", f.Input, planned.info.Most), "floors", i, "at_least", key)
			default:
				planned.atLeast[t], planned.holds[t] = least, true
			}
		}
		c.policy.plan.floors = append(c.policy.plan.floors, planned)
	}
}

// reach refuses a level that no area can get: its score is more than all rules
// together give on any tier, and no floor lifts to it or above.
func (c *checker) reach() {
	if len(c.faults) > 0 {
		return // points and levels are not what they should be
	}
	most := 0
	for _, t := range tiers() {
		sum := 0
		for _, r := range c.policy.plan.rules {
			if r.holds[t] {
				sum += r.highest(t)
			}
		}
		most = max(most, sum)
	}
	for i, g := range c.policy.Levels {
		lifted := slices.ContainsFunc(c.policy.plan.floors, func(f plannedFloor) bool { return int(f.level) > i })
		if g.At > most && !lifted {
			c.fault(FaultNeverFires, fmt.Sprintf("all rules together give at most %d points, so %s is never reached", most, g.Level), "levels", i, "at")
		}
	}
}

// highest gives the most points that the rule can give on a tier.
func (r *plannedRule) highest(t area.Level) int {
	if r.info.Most > 0 {
		return r.give(t, r.info.Most)
	}
	return r.Points
}

func (c *checker) leads() {
	if b, ok := c.policy.Leads[defaultLead]; !ok || b.ID == "" || b.Zh == "" || b.En == "" {
		c.fault(FaultNobody, "nobody leads where no category is named: want id, zh and en of default", "leads", defaultLead)
	}
	for code, b := range c.policy.Leads {
		if b.ID == "" || b.Zh == "" || b.En == "" {
			c.fault(FaultNobody, "nobody leads: want id, zh and en", "leads", code)
		}
		if strings.ContainsAny(b.ID+b.Zh+b.En, "{}") {
			c.fault(FaultUnknownName, "a leading department has no placeholders", "leads", code)
		}
	}
}

func (c *checker) tips() {
	t := c.policy.Tips
	if len(t.Overdue) == 0 && t.Every == 0 && t.Days == 0 {
		return
	}
	for key, n := range t.Overdue {
		if _, ok := c.tier(key, "tips", "overdue", key); ok && n < 1 {
			c.fault(FaultValue, "want at least 1 overdue matter", "tips", "overdue", key)
		}
	}
	if t.Every < 1 || t.Every > maxStay {
		c.fault(FaultValue, fmt.Sprintf("want 1 to %d days", maxStay), "tips", "every")
	}
	if t.Days < 1 || t.Days > maxAnswerDays {
		c.fault(FaultValue, fmt.Sprintf("want 1 to %d days", maxAnswerDays), "tips", "answer_days")
	}
}
