package level

import (
	"cmp"
	"slices"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// Board is what is known of all areas on a day. It is immutable.
type Board struct {
	Day         cube.Day
	DataVersion uint64
	Revision    uint64 // grows with every change of a level in force
	Evaluated   int    // areas that were looked at
	Entries     []Entry
	byArea      map[string]int
	loads       map[string]Inputs // of the newest day; nil for a day of the past
	overrides   map[string]Override
}

// Entry is one area on a board or one day of its history. Areas without a
// point and without a level have none.
type Entry struct {
	Day                cube.Day
	Area               string
	Tier               uint8 // area.Level
	Level              Level // in force
	Since              cube.Day
	Was                Level // the level in force before
	Ruled              Level // by the rules alone
	RuledSince         cube.Day
	Bare               Level // by the day's score alone
	Score              int
	Contributions      []Contribution
	Body               Body
	ReasonZh, ReasonEn string
	Policy             string
	Override           uint64 // 0 for none
}

// Find gives the entry of an area.
func (b *Board) Find(code string) (Entry, bool) {
	i, ok := b.byArea[code]
	if !ok {
		return Entry{}, false
	}
	return b.Entries[i], true
}

// Level gives the level in force of an area.
func (b *Board) Level(code string) Level {
	e, _ := b.Find(code)
	return e.Level
}

// Load gives what weighs on an area; ok is false on a board of the past.
func (b *Board) Load(code string) (in Inputs, ok bool) {
	in, ok = b.loads[code]
	return in, ok
}

// Override gives the override that an entry stands under.
func (b *Board) Override(e Entry) (Override, bool) {
	o, ok := b.overrides[e.Area]
	return o, ok && e.Override != 0 && o.number == e.Override
}

func newBoard(day cube.Day, version, revision uint64, entries []Entry) *Board {
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(-cmp.Compare(a.Level, b.Level), -cmp.Compare(a.Score, b.Score), cmp.Compare(a.Area, b.Area))
	})
	b := &Board{Day: day, DataVersion: version, Revision: revision, Entries: entries, byArea: make(map[string]int, len(entries))}
	for i, e := range entries {
		b.byArea[e.Area] = i
	}
	return b
}

func entryOf(r clickhouse.LevelRow) Entry {
	e := Entry{Day: cube.Day(r.Day), Area: r.Area, Tier: r.Tier, Level: Level(r.Level), Since: cube.Day(r.Since), Was: Level(r.Was), Ruled: Level(r.Ruled),
		RuledSince: cube.Day(r.RuledSince), Bare: Level(r.Bare), Score: int(r.Score), Body: Body{r.Body, r.BodyZh, r.BodyEn},
		ReasonZh: r.ReasonZh, ReasonEn: r.ReasonEn, Policy: r.Policy, Override: r.Override}
	for i, rule := range r.Rules {
		e.Contributions = append(e.Contributions, Contribution{rule, r.Inputs[i], r.Amounts[i], int(r.Points[i])})
	}
	return e
}

func (e Entry) row(version, revision uint64) clickhouse.LevelRow {
	r := clickhouse.LevelRow{Day: int32(e.Day), Area: e.Area, Tier: e.Tier, Level: uint8(e.Level), Since: int32(e.Since), Was: uint8(e.Was), Ruled: uint8(e.Ruled),
		RuledSince: int32(e.RuledSince), Bare: uint8(e.Bare), Score: int32(e.Score), Body: e.Body.ID, BodyZh: e.Body.Zh, BodyEn: e.Body.En,
		ReasonZh: e.ReasonZh, ReasonEn: e.ReasonEn, Policy: e.Policy, Override: e.Override, DataVersion: version, Revision: revision}
	for _, c := range e.Contributions {
		r.Rules, r.Inputs = append(r.Rules, c.Rule), append(r.Inputs, c.Input)
		r.Amounts, r.Points = append(r.Amounts, c.Amount), append(r.Points, int32(c.Points))
	}
	return r
}

func (e Entry) equal(o Entry) bool {
	return slices.Equal(e.Contributions, o.Contributions) && e.Day == o.Day && e.Level == o.Level && e.Since == o.Since && e.Was == o.Was && e.Ruled == o.Ruled &&
		e.RuledSince == o.RuledSince && e.Bare == o.Bare && e.Score == o.Score && e.Body == o.Body && e.ReasonZh == o.ReasonZh &&
		e.Policy == o.Policy && e.Override == o.Override
}

// Change is a level in force that is no longer what it was.
type Change struct {
	Area string `json:"area"`
	Was  Level  `json:"was"`
	Is   Level  `json:"level"`
}

// Changes lists what differs in force between two boards, by area.
func Changes(before, after *Board) []Change {
	var out []Change
	for _, e := range after.Entries {
		if was := before.Level(e.Area); was != e.Level {
			out = append(out, Change{e.Area, was, e.Level})
		}
	}
	for _, e := range before.Entries {
		if _, there := after.byArea[e.Area]; !there && e.Level != None {
			out = append(out, Change{e.Area, e.Level, None})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Area, b.Area) })
	return out
}
