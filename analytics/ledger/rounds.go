package ledger

import (
	"reli/analytics/cube"
	"reli/analytics/indicator"
)

// Kind is one of the three ledgers.
type Kind string

// Kinds. A time in which a matter is open is in one ledger and stays there: it
// is decided when the time begins.
const (
	KindIncrease Kind = "increase" // 控增量
	KindStock    Kind = "stock"    // 减存量
	KindVariable Kind = "variable" // 防变量
)

// Info says in words what a ledger holds.
type Info struct {
	Kind         Kind   `json:"kind"`
	Zh           string `json:"zh"`
	En           string `json:"en"`
	DefinitionZh string `json:"definition_zh"`
	DefinitionEn string `json:"definition_en"`
}

// Infos lists the ledgers. What belongs in which is ours: the articles give
// counts, but no rule.
func Infos() []Info {
	return []Info{
		{KindIncrease, "控增量", "New matters", "基准日及以后新挂号的个体性事项；再挂号的和群体性的列入防变量",
			"registered on the base day or later, of individual scale; what was reopened or is of a group is in 防变量"},
		{KindStock, "减存量", "Stock", "基准日仍未销号的个体性事项（含基准日前再挂号的）",
			"still open on the base day, of individual scale, also where reopened before it"},
		{KindVariable, "防变量", "Matters that may turn", "基准日及以后再挂号的事项，以及群体性事项（事件规模 02、03）",
			"reopened on the base day or later, and all matters of a group (scale 02, 03)"},
	}
}

// Round is one month, or the part of it that lies in the window.
type Round struct {
	From cube.Day `json:"from"`
	To   cube.Day `json:"to"`
	// Opening is open at the beginning; Registered came in (挂号), of which
	// Reopened once more (再挂号); Closed went out (化解或销号); Closing is open at
	// the end.
	Opening    int64 `json:"opening"`
	Registered int64 `json:"registered"`
	Reopened   int64 `json:"reopened"`
	Closed     int64 `json:"closed"`
	Closing    int64 `json:"closing"`
}

// Flow is a number of times in which matters are open, that begin and end in
// the same rounds.
type Flow struct {
	In       int // round in which they begin, -1 before the first
	Out      int // round in which they end, -1 for open at the end
	Reopened bool
	N        int64
}

// Edges cuts a window into months.
func Edges(from, to cube.Day) []Round {
	var out []Round
	for from < to {
		next := cube.DayOf(cube.StepMonth.Begin(from).Time().AddDate(0, 1, 0))
		out = append(out, Round{From: from, To: min(next, to)})
		from = next
	}
	return out
}

// Fill counts flows into rounds.
func Fill(rounds []Round, flows []Flow) []Round {
	if len(rounds) == 0 {
		return rounds
	}
	for _, f := range flows {
		if f.In < 0 {
			rounds[0].Opening += f.N
		} else {
			rounds[f.In].Registered += f.N
			if f.Reopened {
				rounds[f.In].Reopened += f.N
			}
		}
		if f.Out >= 0 {
			rounds[f.Out].Closed += f.N
		}
	}
	for i := range rounds {
		if i > 0 {
			rounds[i].Opening = rounds[i-1].Closing
		}
		rounds[i].Closing = rounds[i].Opening + rounds[i].Registered - rounds[i].Closed
	}
	return rounds
}

// Ledger is one of the three, of one area.
type Ledger struct {
	Kind   Kind    `json:"kind"`
	Rounds []Round `json:"rounds"`
	Listed int64   `json:"listed"` // open on the base day, and all that came in
	Closed int64   `json:"closed"` // of these, gone out by the window's end
	// Share is Closed of Listed: 化解率 of the ledger, and for 减存量 the ratio by
	// which the stock was reduced (存量消减比例).
	Share indicator.Value `json:"share"`
}

func newLedger(kind Kind, rounds []Round) Ledger {
	l := Ledger{Kind: kind, Rounds: rounds}
	if len(rounds) > 0 {
		l.Listed = rounds[0].Opening
	}
	for _, r := range rounds {
		l.Listed += r.Registered
		l.Closed += r.Closed
	}
	l.Share = indicator.ShareOf(l.Closed, l.Listed)
	return l
}
