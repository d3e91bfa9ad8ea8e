package indicator

// Kind says how a figure is made of its numerator and denominator.
type Kind string

// Kinds.
const (
	KindCount  Kind = "count"  // a number of reports; no denominator
	KindShare  Kind = "share"  // numerator ÷ denominator, per cent
	KindRate   Kind = "rate"   // numerator ÷ denominator × 10,000
	KindRatio  Kind = "ratio"  // numerator ÷ denominator × a round number; nothing random, no interval
	KindDays   Kind = "days"   // a duration in days, of denominator cases
	KindHours  Kind = "hours"  // a duration in hours, of denominator cases
	KindPeople Kind = "people" // a number of people (人次)
)

// Definition is an indicator with its meaning in words. The words are shown
// beside every number.
type Definition struct {
	Code          string `json:"code"`
	Zh            string `json:"zh"`
	En            string `json:"en"`
	Kind          Kind   `json:"kind"`
	UnitZh        string `json:"unit_zh"`
	UnitEn        string `json:"unit_en"`
	Decimals      int    `json:"decimals"`
	DefinitionZh  string `json:"definition_zh"`
	DefinitionEn  string `json:"definition_en"`
	NumeratorZh   string `json:"numerator_zh,omitempty"`
	NumeratorEn   string `json:"numerator_en,omitempty"`
	DenominatorZh string `json:"denominator_zh,omitempty"`
	DenominatorEn string `json:"denominator_en,omitempty"`
	// Better is higher or lower where one of them is, for arrows and ranking.
	Better string `json:"better,omitempty"`

	numerator, denominator func(*Counts) int64
	middle                 func(*Counts) float64 // of durations that are no mean
	times                  float64               // of ratios
}

// words are a text in both languages.
type words struct{ zh, en string }

func share(code string, name words, decimals int, better string, meaning, above, below words, numerator, denominator func(*Counts) int64) Definition {
	return Definition{Code: code, Zh: name.zh, En: name.en, Kind: KindShare, UnitZh: "%", UnitEn: "%", Decimals: decimals, Better: better,
		DefinitionZh: meaning.zh, DefinitionEn: meaning.en, NumeratorZh: above.zh, NumeratorEn: above.en,
		DenominatorZh: below.zh, DenominatorEn: below.en, numerator: numerator, denominator: denominator}
}

func count(code string, name, meaning words, numerator func(*Counts) int64) Definition {
	return Definition{Code: code, Zh: name.zh, En: name.en, Kind: KindCount, UnitZh: "件", UnitEn: "incidents",
		DefinitionZh: meaning.zh, DefinitionEn: meaning.en, NumeratorZh: name.zh, NumeratorEn: name.en, numerator: numerator}
}

// Definitions lists the indicators in the order they are shown. parts chooses
// what 万人成讼率 is made of.
func Definitions(parts Parts) []Definition {
	lists := [][]Definition{amounts(), outcomes(), levels(), times(), petitions(), lawsuits(parts), patterns(), stages(), staffing()}
	var out []Definition
	for _, list := range lists {
		out = append(out, list...)
	}
	return out
}

var (
	foundWords  = words{"排查数", "found"}
	closedWords = words{"办结数", "closed"}
)

func reports(c *Counts) int64 { return c.Reports }

func amounts() []Definition {
	people := count("people", words{"涉及人次", "People involved"},
		words{"所选件次的涉及人数之和；未注明的按 0 计", "sum of the people involved in the reports picked; 0 where not stated"},
		func(c *Counts) int64 { return c.People })
	people.Kind, people.UnitZh, people.UnitEn = KindPeople, "人次", "people"
	return []Definition{
		count("reports", words{"排查数（件次）", "Found, reports"},
			words{"发生日在统计期内的登记件次，一次登记计一次", "reports of what occurred in the window, each once"}, reports),
		count("matters", words{"排查数（件）", "Found, matters"},
			words{"其中每一事项的首次登记；同一事项多次登记计一件", "of these, the first report of each matter; several reports of one matter are one"},
			func(c *Counts) int64 { return c.Matters }),
		people,
	}
}

func outcomes() []Definition {
	return []Definition{
		share("resolution_rate", words{"化解率", "Resolution rate"}, 1, "higher",
			words{"统计期末前已办结且有化解记录的件次 ÷ 排查数；再挂号未再化解的不计", "closed with a resolution before the window's end ÷ found; reopened and not resolved again does not count"},
			words{"化解数", "resolved"}, foundWords, func(c *Counts) int64 { return c.Resolved }, reports),
		share("mediation_rate", words{"调处率", "Mediation rate"}, 1, "higher",
			words{"统计期末前有调处、调解不成或化解记录的件次 ÷ 排查数（与《矛盾纠纷排查情况表》同口径）", "with a mediation, a failed one or a resolution before the window's end ÷ found, as in the monthly form"},
			words{"调处数", "mediated"}, foundWords, func(c *Counts) int64 { return c.Mediated }, reports),
		share("success_rate", words{"成功率", "Success rate"}, 1, "higher",
			words{"化解数 ÷ 排查数（与《矛盾纠纷排查情况表》同口径：分母为排查数）", "resolved ÷ found, as in the monthly form, whose denominator is what was found"},
			words{"成功数", "succeeded"}, foundWords, func(c *Counts) int64 { return c.Resolved }, reports),
		share("mediation_success_rate", words{"调处成功率", "Success of mediations"}, 1, "higher",
			words{"化解数 ÷ 调处数", "resolved ÷ mediated"},
			words{"成功数", "succeeded"}, words{"调处数", "mediated"}, func(c *Counts) int64 { return c.Resolved }, func(c *Counts) int64 { return c.Mediated }),
		share("disposal_rate", words{"处置率", "Disposal rate"}, 1, "higher",
			words{"统计期末前已交办、调处或办结的件次 ÷ 排查数", "assigned, mediated or closed before the window's end ÷ found"},
			words{"处置数", "disposed of"}, foundWords, func(c *Counts) int64 { return c.Disposed }, reports),
		share("closing_rate", words{"办结率", "Closing rate"}, 1, "higher",
			words{"统计期末前已化解或销号且其后未再挂号的件次 ÷ 排查数", "resolved or taken off the list before the window's end and not reopened since ÷ found"},
			closedWords, foundWords, func(c *Counts) int64 { return c.Closed }, reports),
		share("platform_closing_rate", words{"平台办结率", "Closing rate on the platform"}, 1, "higher",
			words{"经平台交办的件次中，统计期末前办结的 ÷ 经平台交办的", "closed before the window's end ÷ assigned, of those assigned on the platform"},
			words{"交办后办结数", "assigned and closed"}, words{"交办数", "assigned"},
			func(c *Counts) int64 { return c.AssignedClosed }, func(c *Counts) int64 { return c.Assigned }),
	}
}

func levels() []Definition {
	var out []Definition
	for _, l := range []struct {
		code      string
		zh, en    string
		numerator func(*Counts) int64
	}{
		{"grid", "网格", "grids", func(c *Counts) int64 { return c.ByGrid }},
		{"village", "村（社区）", "villages", func(c *Counts) int64 { return c.ByVillage }},
		{"township", "乡镇", "townships", func(c *Counts) int64 { return c.ByTownship }},
		{"county", "县级", "county", func(c *Counts) int64 { return c.ByCounty }},
	} {
		out = append(out, share("share_"+l.code, words{l.zh + "层面化解占比", "Resolved by " + l.en}, 1, "",
			words{"由" + l.zh + "办结的件次 ÷ 办结数；办结层级未注明的计入分母", "closed by " + l.en + " ÷ closed; those whose level is unknown are in the denominator"},
			words{l.zh + "办结数", "closed by " + l.en}, closedWords, l.numerator, func(c *Counts) int64 { return c.Closed }))
	}
	return out
}

func times() []Definition {
	day := func(code string, name words, how words, middle func(*Counts) float64) Definition {
		return Definition{Code: code, Zh: name.zh, En: name.en, Kind: KindDays, UnitZh: "天", UnitEn: "days", Decimals: 1, Better: "lower",
			DefinitionZh:  "登记至办结的时长，" + how.zh + "；只计统计期末前办结的件次；未办结的不计，故近期偏短",
			DefinitionEn:  "from registration to closing, " + how.en + ", of those closed before the window's end; what is still open is left out, so recent windows look short",
			DenominatorZh: closedWords.zh, DenominatorEn: closedWords.en, denominator: func(c *Counts) int64 { return c.Closed }, middle: middle}
	}
	mean := day("handling_mean", words{"平均办结天数", "Mean handling time"}, words{"平均数", "mean"}, nil)
	mean.NumeratorZh, mean.NumeratorEn = "办结总天数", "days in all"
	mean.numerator = func(c *Counts) int64 { return c.HandlingMinutes }
	return []Definition{mean,
		day("handling_median", words{"办结天数中位数", "Median handling time"}, words{"中位数（偶数取中间两数的平均）", "median, the mean of the middle two for an even number"},
			func(c *Counts) float64 { return c.HandlingMedian }),
		day("handling_p90", words{"办结天数九成分位", "90th percentile of the handling time"}, words{"第 90 百分位数（线性内插）", "90th percentile, interpolated"},
			func(c *Counts) float64 { return c.HandlingP90 }),
	}
}
