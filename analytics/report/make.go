package report

import (
	"context"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/geo/area"
)

// Info describes a report that can be made.
type Info struct {
	Name     string    `json:"name"`
	Zh       string    `json:"zh"`
	En       string    `json:"en"`
	Cadences []Cadence `json:"cadences"`

	make func(*Service, context.Context, job, *Document) error
}

// Infos lists the reports.
func Infos() []Info {
	longer := []Cadence{CadenceMonth, CadenceQuarter, CadenceHalfYear, CadenceYear}
	return []Info{
		{"overview", "矛盾纠纷工作情况", "Overview", []Cadence{CadenceWeek, CadenceHalfMonth, CadenceMonth, CadenceQuarter, CadenceHalfYear, CadenceYear}, (*Service).overview},
		{"situation", "矛盾纠纷排查情况表", "Disputes found and mediated", longer, (*Service).situation},
		{"ranking", "乡镇（街道）工作质效排名", "Ranking of townships", []Cadence{CadenceQuarter}, (*Service).ranking},
		{"petition_rates", "信访及时受理率、按期答复率、满意率通报", "Notice on three petition rates", []Cadence{CadenceMonth, CadenceQuarter}, (*Service).petitionRates},
		{"ledgers", "控增量、减存量、防变量台账", "The three ledgers", []Cadence{CadenceMonth, CadenceQuarter, CadenceYear}, (*Service).ledgers},
	}
}

// job is what a report is made from.
type job struct {
	period Period
	area   string
	scope  cube.Scope
}

// selection of a period.
func (j job) selection(from, to cube.Day) cube.Selection {
	return cube.Selection{From: from, To: to, Area: j.area, Scope: j.scope, Measure: cube.MeasureCount}
}

// request for indicators of the job's period, against another period where
// there is one.
func (j job) request(level area.Level, base *Period, codes ...string) indicator.Request {
	r := indicator.Request{Selection: j.selection(j.period.From, j.period.To), Level: level, Codes: codes,
		Parts: indicator.Parts{Numerator: "suits", Denominator: "population"}}
	if base != nil {
		r.Base = &indicator.Window{From: base.From, To: base.To}
	}
	return r
}

// overview is every indicator of the place against the period before and a
// year before, and the townships side by side.
func (s *Service) overview(ctx context.Context, j job, d *Document) error {
	before, year := j.period.Before(), j.period.YearBefore()
	now, err := s.Indicators.Indicators(ctx, j.request(area.Unknown, &before))
	if err != nil {
		return err
	}
	past := j
	past.period = year
	then, err := s.Indicators.Indicators(ctx, past.request(area.Unknown, nil))
	if err != nil {
		return err
	}
	yearComplete := year.From >= s.store().Current().Catalogue.First
	d.DataVersion = now.DataVersion
	t := Table{Code: "indicators", Zh: "主要指标", En: "Indicators", Columns: []Column{
		{Code: "indicator", Zh: "指标", En: "Indicator", Kind: ColumnText},
		{Code: "value", Zh: "本期", En: "Now", Kind: ColumnMixed},
		{Code: "unit", Zh: "单位", En: "Unit", Kind: ColumnText},
		{Code: "numerator", Zh: "分子", En: "Numerator", Kind: ColumnCount},
		{Code: "denominator", Zh: "分母", En: "Denominator", Kind: ColumnCount},
		{Code: "interval", Zh: "95%区间", En: "95 % interval", Kind: ColumnText},
		{Code: "change", Zh: "环比(" + before.Zh() + ")", En: "On the period before", Kind: ColumnText},
		{Code: "change_year", Zh: "同比(" + year.Zh() + ")", En: "On the year before", Kind: ColumnText},
		{Code: "definition", Zh: "口径", En: "Definition", Kind: ColumnText, Wide: true},
	}}
	for i := range now.Indicators {
		def, v := &now.Indicators[i], now.Areas[0].Values[i]
		above, below := word("—"), word("—")
		if def.NumeratorZh != "" && def.Kind != indicator.KindDays {
			above = whole(v.Numerator)
		}
		if def.DenominatorZh != "" {
			below = whole(v.Denominator)
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{word(def.Zh), figure(def, v), word(def.UnitZh), above, below, interval(def, v),
			word(changed(v, now.Base.Complete)), word(changed(def.Against(v, then.Areas[0].Values[i]), yearComplete)), word(def.DefinitionZh)}})
	}
	side, err := s.townships(ctx, j, now)
	if err != nil {
		return err
	}
	d.Tables = append(d.Tables, t, side)
	d.Notes = append(d.Notes, smallNote(), Note{Term: "环比、同比", Zh: "件数、时长按百分比，比率按百分点；基数一并列出；“数据不全”指该期早于数据起始日",
		En: "Counts and durations differ in per cent, shares in percentage points; the base is always given; 数据不全: that period begins before the data"})
	return nil
}

// changed writes a change; what cannot be compared says why.
func changed(v indicator.Value, complete bool) string {
	if !complete {
		return "数据不全"
	}
	return v.Change.Zh
}

// townships sets the townships beside each other, and the sum, all, below.
func (s *Service) townships(ctx context.Context, j job, all *indicator.Answer) (Table, error) {
	t := Table{Code: "townships", Zh: "各乡镇（街道）", En: "Townships", Columns: []Column{{Code: "area", Zh: "乡镇（街道）", En: "Township", Kind: ColumnText}}}
	a, err := s.Indicators.Indicators(ctx, j.request(area.Township, nil, "reports", "matters", "resolution_rate", "closing_rate",
		"handling_mean", "acceptance_in_time", "answer_in_time", "satisfaction", "repeat_rate", "relapse_rate"))
	if err != nil {
		return t, err
	}
	for i := range a.Indicators {
		t.Columns = append(t.Columns, columnOf(&a.Indicators[i]))
	}
	for _, place := range a.Areas {
		row := Row{Cells: []Cell{word(place.Name)}}
		for i := range a.Indicators {
			row.Cells = append(row.Cells, figure(&a.Indicators[i], place.Values[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	sum := Row{Total: true, Cells: []Cell{word(all.Areas[0].Name)}}
	for i := range a.Indicators {
		v, d, _ := all.Value(&all.Areas[0], a.Indicators[i].Code) // all has every indicator
		sum.Cells = append(sum.Cells, figure(d, v))
	}
	t.Rows = append(t.Rows, sum)
	return t, nil
}

func columnOf(d *indicator.Definition) Column {
	c := Column{Code: d.Code, Zh: d.Zh, En: d.En, Kind: ColumnNumber, Decimals: d.Decimals}
	switch d.Kind {
	case indicator.KindShare:
		c.Kind = ColumnShare
	case indicator.KindCount, indicator.KindPeople:
		c.Kind = ColumnCount
	}
	return c
}
