package tip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// Causes of a tip.
const (
	CauseLevel    = "level"    // a level rose
	CauseDeadline = "deadline" // overdue matters piled up
)

// Tip is one 工作提示.
type Tip struct {
	ID             string
	Seq            uint64 // grows with every tip
	Year, Number   int
	Cause          string
	Day            cube.Day // that the level or the count is of
	MadeAt         time.Time
	AnswerBy       cube.Day // last day to answer
	Area           string
	Tier           area.Level
	Level          level.Level
	Score          int
	Body           level.Body
	TextZh, TextEn string
	Policy         string
	AckedAt        time.Time // zero while nobody has acknowledged it
	AckedBy, Note  string
}

// Label is the number as it is printed.
func (t Tip) Label() string { return fmt.Sprintf("〔%d〕%d号", t.Year, t.Number) }

// Acked reports whether the tip was acknowledged.
func (t Tip) Acked() bool { return !t.AckedAt.IsZero() }

// Late reports whether the tip was not acknowledged in time as of a day.
func (t Tip) Late(today cube.Day, zone *time.Location) bool {
	if t.Acked() {
		return cube.DayOf(t.AckedAt.In(zone)) > t.AnswerBy
	}
	return today > t.AnswerBy
}

func idOf(year, number int) string { return strconv.Itoa(year) + "-" + strconv.Itoa(number) }

func tipOf(r clickhouse.TipRow) Tip {
	return Tip{ID: r.ID, Seq: r.Seq, Year: int(r.Year), Number: int(r.Number), Cause: r.Cause, Day: cube.Day(r.Day), MadeAt: r.MadeAt,
		AnswerBy: cube.Day(r.AnswerBy), Area: r.Area, Tier: area.Level(r.Tier), Level: level.Level(r.Level), Score: int(r.Score),
		Body: level.Body{ID: r.Body, Zh: r.BodyZh, En: r.BodyEn}, TextZh: r.TextZh, TextEn: r.TextEn, Policy: r.Policy,
		AckedAt: r.AckedAt, AckedBy: r.AckedBy, Note: r.Note}
}

func (t Tip) row(key string) clickhouse.TipRow {
	return clickhouse.TipRow{ID: t.ID, Seq: t.Seq, Year: uint16(t.Year), Number: uint32(t.Number), Key: key, Cause: t.Cause, Day: int32(t.Day),
		MadeAt: t.MadeAt, AnswerBy: int32(t.AnswerBy), Area: t.Area, Tier: uint8(t.Tier), Level: uint8(t.Level), Score: int32(t.Score),
		Body: t.Body.ID, BodyZh: t.Body.Zh, BodyEn: t.Body.En, TextZh: t.TextZh, TextEn: t.TextEn, Policy: t.Policy}
}

// draft is a tip before it has a number.
type draft struct {
	Tip
	key string
}

// levelDraft is the tip of a rise. Its key holds the day of the rise, so that
// one rise has one tip, however often it is looked at.
func levelDraft(e level.Entry, a area.Area, grade *level.Grade, today cube.Day) draft {
	c := e.Level.Class()
	t := Tip{Cause: CauseLevel, Day: e.Day, AnswerBy: today + cube.Day(grade.AnswerDays), Area: e.Area, Tier: a.Level, Level: e.Level,
		Score: e.Score, Body: e.Body, Policy: e.Policy}
	t.TextZh = fmt.Sprintf("经研判，%s自%s起为%s%s级响应。%s。请牵头核实情况、落实化解措施，并于%s前反馈。",
		a.Name, dayZh(e.Since), c.Zh, c.Numeral, e.ReasonZh, dayZh(t.AnswerBy))
	t.TextEn = fmt.Sprintf("%s is at %s %s since %s. %s. Please look into it, see to a solution and answer by %s.",
		a.Name, c.Code, c.Numeral, e.Since, e.ReasonEn, t.AnswerBy)
	return draft{t, strings.Join([]string{CauseLevel, e.Area, c.Code, e.Since.String()}, "|")}
}

// deadlineDraft is the tip of overdue matters.
func deadlineDraft(a area.Area, overdue int, l level.Level, body level.Body, p *level.Policy, day, today cube.Day) draft {
	t := Tip{Cause: CauseDeadline, Day: day, AnswerBy: today + cube.Day(p.Tips.Days), Area: a.Code, Tier: a.Level, Level: l, Body: body, Policy: p.Version}
	t.TextZh = fmt.Sprintf("截至%s，%s有%d件事项超过办理期限仍未办结。请逐件核实、限期办理，并于%s前反馈。", dayZh(day), a.Name, overdue, dayZh(t.AnswerBy))
	t.TextEn = fmt.Sprintf("As of %s, %d matters in %s are past their date and still open. Please see to each of them and answer by %s.", day, overdue, a.Name, t.AnswerBy)
	return draft{t, strings.Join([]string{CauseDeadline, a.Code, day.String()}, "|")}
}

// Short gives the text of a tip without what the level was made from, for those
// who may not see the counts.
func (t Tip) Short(name string) (zh, en string) {
	if t.Cause == CauseDeadline {
		return fmt.Sprintf("截至%s，%s有事项超过办理期限仍未办结。请于%s前反馈。", dayZh(t.Day), name, dayZh(t.AnswerBy)),
			fmt.Sprintf("As of %s, matters in %s are past their date and still open. Please answer by %s.", t.Day, name, t.AnswerBy)
	}
	c := t.Level.Class()
	return fmt.Sprintf("经研判，%s为%s%s级响应。请牵头核实情况、落实化解措施，并于%s前反馈。", name, c.Zh, c.Numeral, dayZh(t.AnswerBy)),
		fmt.Sprintf("%s is at %s %s. Please look into it, see to a solution and answer by %s.", name, c.Code, c.Numeral, t.AnswerBy)
}

func dayZh(d cube.Day) string { return d.Time().Format("2006年1月2日") }
