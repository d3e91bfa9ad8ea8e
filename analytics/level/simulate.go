package level

import (
	"context"
	"fmt"
	"strings"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Limits of a simulation.
const (
	maxSimulated = 1100 // days: three years
	// leadIn days before the first are decided but not compared, so that both
	// policies stand as they would have stood.
	leadIn = 30
	// maxListed differences are listed; all are counted.
	maxListed = 5000
)

// Simulation says what a policy would have changed on days of the past.
type Simulation struct {
	From  cube.Day `json:"from"`
	To    cube.Day `json:"to"` // the last day
	Old   string   `json:"old"`
	New   string   `json:"new"`
	Areas int      `json:"areas"`
	// AreaDays counts the days of all areas by the level under the old policy,
	// then by that under the new one.
	AreaDays [Red + 1][Red + 1]int `json:"area_days"`
	// Steps counts how often a level changed from one day to the next.
	OldSteps    int          `json:"old_steps"`
	NewSteps    int          `json:"new_steps"`
	Differences []Difference `json:"differences"` // runs of days, by day and area
	LeftOut     int          `json:"left_out"`    // differences beyond the list's end
}

// Difference is a run of days [From, To] on which an area would have been at
// another level.
type Difference struct {
	Area     string   `json:"area"`
	Name     string   `json:"name"`
	Tier     string   `json:"tier"`
	From     cube.Day `json:"from"`
	To       cube.Day `json:"to"`
	Old      Level    `json:"old"`
	New      Level    `json:"new"`
	OldScore int      `json:"old_score"` // of the first day
	NewScore int      `json:"new_score"`
	BodyZh   string   `json:"body_zh"` // who would answer
	BodyEn   string   `json:"body_en"`
}

// Simulate replays two policies over the loaded data of the days [from, to],
// without overrides, and compares them. It writes nothing.
func Simulate(ctx context.Context, db *clickhouse.DB, store *cube.Store, was, would *Policy, from, to cube.Day) (*Simulation, error) {
	if to < from || to-from >= maxSimulated {
		return nil, schemas.BadParameter("to", "want 1 to %d days", maxSimulated)
	}
	sim := &Simulation{From: from, To: to, Old: was.Version, New: would.Version, Differences: []Difference{}}
	if store.Current().Catalogue.Tree == nil {
		return sim, nil
	}
	f, err := readFacts(ctx, db, store, from-leadIn, to)
	if err != nil {
		return nil, err
	}
	sim.Areas = len(f.places)
	other := &replay{policy: would, standing: make([]Standing, len(f.places))}
	base := &replay{policy: was, standing: make([]Standing, len(f.places))}
	c := comparison{sim: sim, running: map[int]int{}, before: make([][2]Level, len(f.places))}
	err = base.each(ctx, f, func(s *sweep, i int, d cube.Day, old Decision, _ bool) {
		fresh, _ := other.decide(s, i, d)
		c.note(s.places[i], i, d, old, fresh, would)
	})
	return sim, err
}

// comparison gathers what differs.
type comparison struct {
	sim     *Simulation
	running map[int]int // place → position of its difference that goes on
	before  [][2]Level
}

func (c *comparison) note(p Place, i int, d cube.Day, old, fresh Decision, would *Policy) {
	was := c.before[i]
	c.before[i] = [2]Level{old.Level, fresh.Level}
	if d < c.sim.From {
		return
	}
	c.sim.AreaDays[old.Level][fresh.Level]++
	if d > c.sim.From {
		if was[0] != old.Level {
			c.sim.OldSteps++
		}
		if was[1] != fresh.Level {
			c.sim.NewSteps++
		}
	}
	if old.Level == fresh.Level {
		delete(c.running, i)
		return
	}
	if at, goesOn := c.running[i]; goesOn && at < 0 {
		if was == c.before[i] {
			return // of a run that is not listed
		}
	} else if goesOn {
		if run := &c.sim.Differences[at]; run.Old == old.Level && run.New == fresh.Level {
			run.To = d
			return
		}
	}
	if len(c.sim.Differences) == maxListed {
		c.sim.LeftOut++
		c.running[i] = -1
		return
	}
	body := would.Body(p, fresh.Level)
	c.running[i] = len(c.sim.Differences)
	c.sim.Differences = append(c.sim.Differences, Difference{p.Code, p.Names["area"], p.Tier.String(), d, d, old.Level, fresh.Level,
		old.Score, fresh.Score, body.Zh, body.En})
}

// Text writes the simulation as tables for people.
func (sim *Simulation) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s, %s … %s, %d areas\n\n", sim.Old, sim.New, sim.From, sim.To, sim.Areas)
	fmt.Fprintf(&b, "area-days: old level down, new level across\n%8s", "")
	for l := None; l <= Red; l++ {
		fmt.Fprintf(&b, "%10s", codeOf(l))
	}
	b.WriteByte('\n')
	for old := None; old <= Red; old++ {
		fmt.Fprintf(&b, "%8s", codeOf(old))
		for l := None; l <= Red; l++ {
			fmt.Fprintf(&b, "%10d", sim.AreaDays[old][l])
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\nchanges of level from day to day: old %d, new %d\n", sim.OldSteps, sim.NewSteps)
	fmt.Fprintf(&b, "runs of days that differ: %d\n", len(sim.Differences)+sim.LeftOut)
	for _, d := range sim.Differences {
		fmt.Fprintf(&b, "%s … %s  %-8s %-15s %s → %s  (%d → %d)  %s  %s\n", d.From, d.To, d.Tier, d.Area, codeOf(d.Old), codeOf(d.New),
			d.OldScore, d.NewScore, d.Name, d.BodyZh)
	}
	if sim.LeftOut > 0 {
		fmt.Fprintf(&b, "… and %d more\n", sim.LeftOut)
	}
	return b.String()
}

func codeOf(l Level) string {
	if l == None {
		return "none"
	}
	return l.Class().Code
}

// TierName names the tier of an entry.
func (e Entry) TierName() string { return area.Level(e.Tier).String() }
