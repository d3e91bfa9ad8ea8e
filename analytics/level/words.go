package level

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"reli/analytics/cube"
)

// names gives what rules and floors of a policy are called.
func (p *Policy) names(id string) (zh, en string) {
	for _, r := range p.Rules {
		if r.ID == id {
			return r.Zh, r.En
		}
	}
	for _, f := range p.Floors {
		if f.ID == id {
			return f.Zh, f.En
		}
	}
	return id, id // of a policy that is no longer in force
}

// Names gives what a rule or floor is called, its id where the policy does not
// have it (any more).
func (p *Policy) Names(id string) (zh, en string) { return p.names(id) }

// Amount writes the value of an input for people.
func Amount(code string, v float64) (zh, en string) {
	_, info, ok := LookupInput(code)
	number := strconv.FormatFloat(v, 'f', 1, 64)
	if ok && info.Count {
		number = strconv.FormatFloat(v, 'f', 0, 64)
	}
	if code == InputInfos()[Exceedance].Code {
		return fmt.Sprintf("(p=%.2g)", math.Pow(10, -v)), fmt.Sprintf("(p = %.2g)", math.Pow(10, -v))
	}
	if info.Count {
		return number + info.UnitZh, number
	}
	return number + info.UnitZh, number + " " + info.UnitEn
}

// Outline says why without any number, for those who may not see the counts.
func (p *Policy) Outline(e Entry) (zh, en string) {
	var partsZh, partsEn []string
	for _, c := range e.Contributions {
		nameZh, nameEn := p.names(c.Rule)
		partsZh, partsEn = append(partsZh, nameZh), append(partsEn, nameEn)
	}
	c := e.Level.Class()
	zh, en = c.Zh+c.Numeral+"级响应", c.En+" "+c.Numeral
	if e.Override != 0 {
		return zh + "：人工调整", en + ": set by hand"
	}
	return zh + ":" + strings.Join(partsZh, "、"), en + ": " + strings.Join(partsEn, ", ")
}

// maxNamed is how many contributions a reason names.
const maxNamed = 6

// Reason says in words why an area is at a level on a day.
func (p *Policy) Reason(d Decision, day cube.Day) (zh, en string) {
	var partsZh, partsEn []string
	for i, c := range d.Contributions {
		if i == maxNamed {
			partsZh, partsEn = append(partsZh, "等"), append(partsEn, "and more")
			break
		}
		nameZh, nameEn := p.names(c.Rule)
		amountZh, amountEn := Amount(c.Input, c.Amount)
		partsZh = append(partsZh, fmt.Sprintf("%s%s +%d", nameZh, amountZh, c.Points))
		partsEn = append(partsEn, fmt.Sprintf("%s %s +%d", nameEn, amountEn, c.Points))
	}
	whyZh, whyEn := strings.Join(partsZh, "、"), strings.Join(partsEn, ", ")
	if whyZh == "" {
		whyZh, whyEn = "当日无计分事项", "nothing gives points today"
	}
	headZh, headEn := p.head(d)
	holdZh, holdEn := p.hold(d, day)
	return headZh + ":" + whyZh + holdZh, headEn + ": " + whyEn + holdEn
}

func (p *Policy) head(d Decision) (zh, en string) {
	if d.Level == None {
		return fmt.Sprintf("得分 %d，未达%s（%d 分）", d.Score, Blue.Class().Zh, p.plan.grades[Blue].At),
			fmt.Sprintf("score %d, below %s (%d)", d.Score, Blue.Class().Code, p.plan.grades[Blue].At)
	}
	c := d.Level.Class()
	return fmt.Sprintf("%s%s级响应，得分 %d（%d 分起）", c.Zh, c.Numeral, d.Score, p.plan.grades[d.Level].At),
		fmt.Sprintf("%s %s, score %d (from %d)", c.En, c.Numeral, d.Score, p.plan.grades[d.Level].At)
}

// hold says why the level is not that of the day's score alone.
func (p *Policy) hold(d Decision, day cube.Day) (zh, en string) {
	switch {
	case d.Bare > d.Level:
		return "；得分刚过线，尚未超出防抖幅度，暂不升级", "; the score is only just above the line, within the margin for noise"
	case d.Bare == d.Level:
		return "", ""
	}
	if stay := cube.Day(p.plan.grades[d.Level].Stay); day-d.Since < stay {
		return fmt.Sprintf("；得分已回落，最短停留至 %s", d.Since+stay), fmt.Sprintf("; the score has fallen, the level stays at least until %s", d.Since+stay)
	}
	return "；得分略有回落，尚未超出防抖幅度，维持原级", "; the score has fallen only within the margin for noise"
}
