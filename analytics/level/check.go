package level

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"reli/geo/area"
)

// Bounds of what a policy may say.
const (
	maxStay       = 366
	maxAnswerDays = 366
	maxNoise      = 0.5
)

// name is the form of the ids and of the version of a policy.
var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,47}$`)

// checker looks for what is wrong with a policy and makes its plan.
type checker struct {
	policy *Policy
	root   ast.Node
	faults Faults
}

// fault notes one, at the place that path leads to.
func (c *checker) fault(code, detail string, path ...any) {
	f := Fault{Code: code, Detail: detail}
	f.Line, f.Column = position(find(c.root, path...))
	var b strings.Builder
	for _, step := range path {
		if i, ok := step.(int); ok {
			fmt.Fprintf(&b, "[%d]", i)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, step)
	}
	f.Path = b.String()
	c.faults = append(c.faults, f)
}

func (c *checker) check() {
	p := c.policy
	if p.Format != 1 {
		c.fault(FaultValue, "want format 1", "format")
	}
	if !name.MatchString(p.Version) {
		c.fault(FaultValue, "want lower-case letters, digits, . _ and -", "version")
	}
	if p.Zh == "" || p.En == "" {
		c.fault(FaultValue, "want a name in both languages: zh and en", "zh")
	}
	if !(p.Noise >= 0 && p.Noise <= maxNoise) {
		c.fault(FaultValue, fmt.Sprintf("want a share from 0 to %g", maxNoise), "noise")
	}
	if len(p.Rules) == 0 || len(p.Rules) > maxRules {
		c.fault(FaultValue, fmt.Sprintf("want 1 to %d rules", maxRules), "rules")
	}
	c.rules()
	c.order()
	c.grades()
	c.floors()
	c.reach()
	c.leads()
	c.tips()
}

// named checks an id and that it is not taken.
func (c *checker) named(seen map[string]bool, id, zh, en string, path ...any) {
	switch {
	case !name.MatchString(id):
		c.fault(FaultValue, "want an id of lower-case letters, digits, . _ and -", append(path, "id")...)
	case seen[id]:
		c.fault(FaultDuplicate, "the id is taken: "+id, append(path, "id")...)
	case zh == "" || en == "":
		c.fault(FaultValue, "want a name in both languages: zh and en", append(path, "zh")...)
	}
	seen[id] = true
}

func (c *checker) tier(key string, path ...any) (area.Level, bool) {
	t, err := area.ParseLevel(key)
	if err != nil {
		c.fault(FaultUnknownName, "want grid, village, township or county, have "+key, path...)
	}
	return t, err == nil
}

func (c *checker) rules() {
	seen := map[string]bool{}
	for i := range c.policy.Rules {
		r := &c.policy.Rules[i]
		c.named(seen, r.ID, r.Zh, r.En, "rules", i)
		planned := plannedRule{Rule: r, at: i}
		var known bool
		if planned.input, planned.info, known = LookupInput(r.Input); !known {
			c.fault(FaultUnknownName, "no such input: "+r.Input, "rules", i, "input")
		}
		most := planned.info.Most
		if r.Points < 1 || r.Points > maxPoints {
			c.fault(FaultNeverFires, fmt.Sprintf("want 1 to %d points; with none the rule can never fire", maxPoints), "rules", i, "points")
		}
		if len(r.Ramp) == 0 {
			c.fault(FaultNeverFires, "without a ramp for any tier the rule can never fire", "rules", i)
		}
		for key, ramp := range r.Ramp {
			t, ok := c.tier(key, "rules", i, "ramp", key)
			switch {
			case !ok:
			case len(ramp) != 2 || !finite(ramp[0]) || !finite(ramp[1]) || ramp[0] < 0 || ramp[1] <= ramp[0]:
				c.fault(FaultValue, "want [none, all]: two numbers from 0 on, the second greater", "rules", i, "ramp", key)
			case most > 0 && ramp[0]+(ramp[1]-ramp[0])/float64(max(1, r.Points)) > most:
				c.fault(FaultNeverFires, fmt.Sprintf("%s is at most %g, so the rule can never give a point", r.Input, most), "rules", i, "ramp", key)
			default:
				planned.ramp[t], planned.holds[t] = [2]float64{ramp[0], ramp[1]}, true
			}
		}
		c.policy.plan.rules = append(c.policy.plan.rules, planned)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// order puts the rules behind those that they need.
func (c *checker) order() {
	given := c.policy.plan.rules
	at := map[string]int{}
	for i := range given {
		at[given[i].ID] = i
	}
	const fresh, open, done = 0, 1, 2
	state, place := make([]int, len(given)), make([]int, len(given))
	var sorted []plannedRule
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		r := given[i]
		for n, id := range r.Needs {
			j, known := at[id]
			switch {
			case !known:
				c.fault(FaultUnknownName, "no such rule: "+id, "rules", r.at, "needs", n)
			case state[j] == open:
				c.fault(FaultCycle, fmt.Sprintf("%s needs itself, by way of %s", id, r.ID), "rules", r.at, "needs", n)
			default:
				if state[j] == fresh {
					visit(j)
				}
				if state[j] == done {
					r.needs = append(r.needs, place[j])
				}
			}
		}
		place[i], state[i] = len(sorted), done
		sorted = append(sorted, r)
		c.shared(r, sorted)
	}
	for i := range given {
		if state[i] == fresh {
			visit(i)
		}
	}
	c.policy.plan.rules = sorted
}

// shared refuses a rule that has no tier in common with those that it needs.
func (c *checker) shared(r plannedRule, sorted []plannedRule) {
	if len(r.needs) == 0 || !slices.Contains(r.holds[:], true) {
		return
	}
	last := &sorted[len(sorted)-1]
	for t := range last.holds {
		for _, n := range r.needs {
			last.holds[t] = last.holds[t] && sorted[n].holds[t]
		}
	}
	if !slices.Contains(last.holds[:], true) {
		c.fault(FaultNeverFires, "the rules that it needs hold for other tiers, so it can never fire", "rules", r.at, "needs")
	}
}
