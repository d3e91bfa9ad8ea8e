package indicator

import "reli/schemas"

func petitions() []Definition {
	rated := func(c *Counts) int64 { return c.Satisfied + c.Fair + c.Dissatisfied }
	return []Definition{
		share("acceptance_in_time", words{"及时受理率", "Taken up in time"}, 2, "higher",
			words{"及时受理 ÷（及时受理 + 超期受理 + 超期未受理）；受理以首次交办为准，时限：信访 15 日（信访工作条例第 22 条），12345 1 日，其他 3 日（本系统设定）；未到期未受理的不计",
				"taken up in time ÷ (in time + late + not yet though due); taken up means first assigned; within 15 days for petitions (Regulations on Petitions, art. 22), 1 day for 12345, 3 days for others (ours); not yet due is left out"},
			words{"及时受理数", "in time"}, words{"及时受理 + 超期受理 + 超期未受理", "in time, late, and due"},
			func(c *Counts) int64 { return c.AcceptedInTime }, func(c *Counts) int64 { return c.AcceptedInTime + c.AcceptedLate + c.NotAccepted }),
		share("answer_in_time", words{"按期答复率", "Answered in time"}, 2, "higher",
			words{"按期答复 ÷（按期答复 + 超期答复 + 未答复 + 超期未答复）；答复以办结为准，只计有办理时限的件次",
				"answered in time ÷ (in time + late + not yet + not yet though due); answered means closed; only those with a date to answer by"},
			words{"按期答复数", "in time"}, words{"有办理时限的件次", "with a date to answer by"},
			func(c *Counts) int64 { return c.AnsweredInTime },
			func(c *Counts) int64 { return c.AnsweredInTime + c.AnsweredLate + c.Unanswered + c.Overdue }),
		share("satisfaction", words{"满意率", "Satisfaction"}, 2, "higher",
			words{"（满意 + 基本满意）÷ 已评价；以最后一次评价为准", "(satisfied + fairly satisfied) ÷ rated; the last rating counts"},
			words{"满意 + 基本满意", "satisfied and fairly satisfied"}, words{"已评价", "rated"},
			func(c *Counts) int64 { return c.Satisfied + c.Fair }, rated),
		share("rated_share", words{"参评率", "Share rated"}, 2, "higher",
			words{"已评价 ÷（已评价 + 超期未评价）；评价期为办结后 30 日（本系统设定）", "rated ÷ (rated + not rated though due); due 30 days after closing (ours)"},
			words{"已评价", "rated"}, words{"已评价 + 超期未评价", "rated, and due"},
			rated, func(c *Counts) int64 { return rated(c) + c.Unrated }),
		share("visit_rate", words{"回访率", "Share visited"}, 1, "higher",
			words{"办结数中统计期末前已回访的 ÷ 办结数", "of the closed, visited before the window's end ÷ closed"},
			words{"回访数", "visited"}, closedWords, func(c *Counts) int64 { return c.VisitedClosed }, func(c *Counts) int64 { return c.Closed }),
	}
}

// Parts chooses what 万人成讼率 is made of: both are still argued about.
type Parts struct {
	Numerator   string // suits (the default), or suits_and_pretrial
	Denominator string // population (the default), or reports
}

// ParseParts checks the two choices; empty ones are the defaults.
func ParseParts(numerator, denominator string) (Parts, error) {
	p := Parts{Numerator: "suits", Denominator: "population"}
	switch numerator {
	case "", p.Numerator:
	case "suits_and_pretrial":
		p.Numerator = numerator
	default:
		return p, schemas.BadParameter("litigation_numerator", "want suits or suits_and_pretrial")
	}
	switch denominator {
	case "", p.Denominator:
	case "reports":
		p.Denominator = denominator
	default:
		return p, schemas.BadParameter("litigation_denominator", "want population or reports")
	}
	return p, nil
}

func lawsuits(parts Parts) []Definition {
	sued := func(c *Counts) int64 { return c.Sued }
	rate := Definition{Code: "litigation_rate", Zh: "万人成讼率", En: "Suits per 10,000", Kind: KindRate, UnitZh: "件/万人", UnitEn: "per 10,000",
		Decimals: 2, Better: "lower", NumeratorZh: "起诉（一审受理）", NumeratorEn: "suits of first instance", numerator: sued,
		DenominatorZh: "人口（区划数据所载）", DenominatorEn: "population, as in the areas' data", denominator: func(c *Counts) int64 { return c.Population },
		DefinitionZh: "统计期末前起诉的件次 ÷ 人口 × 10000；按统计期累计，不折算为年；分子分母均可选，只含进入本系统的纠纷，不等于法院的收案数",
		DefinitionEn: "suits before the window's end ÷ population × 10,000, over the window and not by the year; both parts can be chosen; only disputes that are in this system, not all that the courts take in"}
	if parts.Numerator == "suits_and_pretrial" {
		rate.NumeratorZh, rate.NumeratorEn = "起诉 + 诉前调解", "suits and settlements before one"
		rate.numerator = func(c *Counts) int64 { return c.Sued + c.Pretrial }
	}
	if parts.Denominator == "reports" {
		rate.DenominatorZh, rate.DenominatorEn, rate.UnitZh = foundWords.zh, foundWords.en, "件/万件"
		rate.denominator = reports
	}
	return []Definition{rate,
		share("pretrial_rate", words{"诉前调解率", "Settled before a suit"}, 1, "higher",
			words{"诉前调解 ÷（诉前调解 + 起诉）；先调解后起诉的只计起诉", "settled at court before a suit ÷ (settled + suits); what was settled and sued later counts as a suit"},
			words{"诉前调解数", "settled"}, words{"诉前调解 + 起诉", "settled and suits"},
			func(c *Counts) int64 { return c.Pretrial }, func(c *Counts) int64 { return c.Pretrial + c.Sued }),
	}
}

func patterns() []Definition {
	of := func(code string, name words, meaning words, numerator func(*Counts) int64) Definition {
		return share(code, name, 1, "lower", meaning, words{name.zh[:len(name.zh)-len("率")] + "数", "such reports"}, foundWords, numerator, reports)
	}
	relapse := share("relapse_rate", words{"反弹率", "Relapse rate"}, 1, "lower",
		words{"办结后 30 日内再挂号的件次 ÷ 统计期末前曾办结的件次；一件多次反弹计一次", "reopened within 30 days of a closing ÷ ever closed before the window's end; each once"},
		words{"反弹数", "relapsed"}, words{"曾办结数", "ever closed"}, func(c *Counts) int64 { return c.Relapsed }, func(c *Counts) int64 { return c.EverClosed })
	return []Definition{
		of("repeat_rate", words{"重复访率", "Repeated reports"},
			words{"登记前 12 个月内同一事项已有登记的件次 ÷ 排查数；只看信访时选来源“信访”", "reports of a matter already reported within the 12 months before ÷ found; choose the source petition for 重复访 alone"},
			func(c *Counts) int64 { return c.Repeated }),
		of("collective_rate", words{"集体访率", "Collective reports"},
			words{"涉及 5 人及以上的件次 ÷ 排查数", "reports that involve five people or more ÷ found"}, func(c *Counts) int64 { return c.Collective }),
		people("collective_people", words{"集体访人次", "People in collective reports"},
			words{"涉及 5 人及以上的件次的人数之和（批次见集体访数）", "people in reports of five or more; the batches are the numerator above"}, func(c *Counts) int64 { return c.CollectivePeople }),
		of("skip_rate", words{"越级率", "Brought above the level"},
			words{"有越级记录的件次 ÷ 排查数", "with a step 越级 before the window's end ÷ found"}, func(c *Counts) int64 { return c.Skipped }),
		of("cross_rate", words{"三跨率", "Over several areas"},
			words{"有跨村、跨区域或跨领域记录的件次 ÷ 排查数", "with a step 三跨 before the window's end ÷ found"}, func(c *Counts) int64 { return c.Crossed }),
		of("spill_rate", words{"外溢率", "Left the county"},
			words{"有外溢记录（到县以外反映）的件次 ÷ 排查数", "with a step 外溢 before the window's end ÷ found"}, func(c *Counts) int64 { return c.Spilled }),
		relapse,
	}
}

func people(code string, name, meaning words, numerator func(*Counts) int64) Definition {
	d := count(code, name, meaning, numerator)
	d.Kind, d.UnitZh, d.UnitEn = KindPeople, "人次", "people"
	return d
}

// stages is the funnel 收集 → 交办 → 督办 → 化解 → 回访 → 销号, and the call for
// departments.
func stages() []Definition {
	stage := func(code string, name words, numerator func(*Counts) int64) Definition {
		return count("stage_"+code, name, words{"统计期末前有" + name.zh + "记录的件次", "with a step " + name.zh + " before the window's end"}, numerator)
	}
	muster := Definition{Code: "muster_median", Zh: "吹哨报到用时中位数", En: "Median time to answer a call", Kind: KindHours, UnitZh: "小时", UnitEn: "hours",
		Decimals: 1, Better: "lower", DefinitionZh: "乡镇吹哨至部门报到的时长的中位数，只计已报到的", DefinitionEn: "from a township's call to the departments' arrival, median of those that came",
		DenominatorZh: "已报到数", DenominatorEn: "came", denominator: func(c *Counts) int64 { return c.Mustered }, middle: func(c *Counts) float64 { return c.MusterMedian }}
	return []Definition{
		stage("assign", words{"交办", "assigned"}, func(c *Counts) int64 { return c.Assigned }),
		stage("supervise", words{"督办", "supervised"}, func(c *Counts) int64 { return c.Supervised }),
		count("stage_resolve", words{"化解", "resolved"}, words{"统计期末前化解且其后未再挂号的件次", "resolved before the window's end and not reopened since"},
			func(c *Counts) int64 { return c.Resolved }),
		stage("visit", words{"回访", "visited"}, func(c *Counts) int64 { return c.Visited }),
		stage("cancel", words{"销号", "taken off"}, func(c *Counts) int64 { return c.Cancelled }),
		stage("whistle", words{"吹哨", "departments called"}, func(c *Counts) int64 { return c.Whistled }),
		muster,
	}
}
