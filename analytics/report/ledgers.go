package report

import (
	"context"
	"strconv"

	"reli/analytics/indicator"
	"reli/analytics/ledger"
	"reli/geo/area"
)

// ledgers writes the rounds of the three ledgers from the first of the year to
// the period's end, and the matters that last long.
func (s *Service) ledgers(ctx context.Context, j job, d *Document) error {
	year := PeriodOf(CadenceYear, j.period.From).From
	a, err := s.Ledgers.Ledgers(ctx, ledger.Request{Selection: j.selection(year, j.period.To), Level: area.Unknown})
	if err != nil {
		return err
	}
	d.DataVersion = a.DataVersion
	sum := Table{Code: "shares", Zh: "三本台账", En: "The three ledgers", Columns: []Column{
		{Code: "ledger", Zh: "台账", En: "Ledger", Kind: ColumnText},
		{Code: "listed", Zh: "列入", En: "Listed", Kind: ColumnCount},
		{Code: "closed", Zh: "化解销号", En: "Closed", Kind: ColumnCount},
		{Code: "share", Zh: "化解率（减存量即存量消减比例）", En: "Share closed", Kind: ColumnShare, Decimals: 1},
		{Code: "interval", Zh: "95%区间", En: "95 % interval", Kind: ColumnText},
		{Code: "definition", Zh: "口径", En: "Definition", Kind: ColumnText, Wide: true},
	}}
	rounds := Table{Code: "rounds", Zh: "逐月轮次", En: "Monthly rounds", Columns: []Column{
		{Code: "ledger", Zh: "台账", En: "Ledger", Kind: ColumnText},
		{Code: "round", Zh: "轮次", En: "Round", Kind: ColumnText},
		{Code: "opening", Zh: "期初", En: "Opening", Kind: ColumnCount},
		{Code: "registered", Zh: "挂号", En: "In", Kind: ColumnCount},
		{Code: "reopened", Zh: "其中再挂号", En: "of these again", Kind: ColumnCount},
		{Code: "closed", Zh: "化解销号", En: "Out", Kind: ColumnCount},
		{Code: "closing", Zh: "期末", En: "Closing", Kind: ColumnCount},
	}}
	of := indicator.Definition{Kind: indicator.KindShare, Decimals: 1}
	for i, l := range a.Areas[0].Ledgers {
		info := a.Ledgers[i]
		sum.Rows = append(sum.Rows, Row{Cells: []Cell{word(info.Zh), whole(l.Listed), whole(l.Closed), figure(&of, l.Share),
			interval(&of, l.Share), word(info.DefinitionZh)}})
		for _, r := range l.Rounds {
			rounds.Rows = append(rounds.Rows, Row{Cells: []Cell{word(info.Zh), word(PeriodOf(CadenceMonth, r.From).Zh()), whole(r.Opening),
				whole(r.Registered), whole(r.Reopened), whole(r.Closed), whole(r.Closing)}})
		}
		d.Notes = append(d.Notes, Note{info.Zh, info.DefinitionZh, info.En + ": " + info.DefinitionEn})
	}
	d.Tables = append(d.Tables, sum, rounds, s.mattersTable(a))
	d.Notes = append(d.Notes, Note{"基准日", "本年 1 月 1 日；每轮期末 = 期初 + 挂号 − 化解销号，并为下一轮期初",
		"1 January; closing = opening + in − out, and is the next round's opening"},
		Note{"长期、重复事项", "期末未办结，且已满 " + strconv.Itoa(a.Long.Days) + " 天、或登记 " + strconv.Itoa(a.Long.Reports) + " 次及以上、或曾再挂号的事项；只列事项编号，不列人",
			"open at the end, and for so many days, or with so many reports, or reopened; matters by their id, never persons"})
	return nil
}

func (s *Service) mattersTable(a *ledger.Answer) Table {
	t := Table{Code: "matters", Zh: "长期、重复事项", En: "Long and repeated matters", Columns: []Column{
		{Code: "matter", Zh: "事项编号", En: "Matter", Kind: ColumnText},
		{Code: "category", Zh: "类别", En: "Category", Kind: ColumnText},
		{Code: "village", Zh: "地点", En: "Place", Kind: ColumnText},
		{Code: "opened", Zh: "发生日", En: "Since", Kind: ColumnText},
		{Code: "days", Zh: "天数", En: "Days", Kind: ColumnCount},
		{Code: "reports", Zh: "登记次数", En: "Reports", Kind: ColumnCount},
		{Code: "reopened", Zh: "再挂号", En: "Reopened", Kind: ColumnCount},
		{Code: "overdue", Zh: "超期", En: "Overdue", Kind: ColumnText},
		{Code: "supervised", Zh: "督办", En: "Supervised", Kind: ColumnText},
	}}
	cat := s.store().Current().Catalogue
	yes := map[bool]string{true: "是", false: "否"}
	for _, m := range a.Matters {
		t.Rows = append(t.Rows, Row{Cells: []Cell{word(m.ID), word(categoryName(cat.Categories, m.Category)), word(placeName(cat.Tree, m.Township, m.Village)),
			word(m.Opened), whole(int64(m.Days)), whole(int64(m.Reports)), whole(int64(m.Reopened)), word(yes[m.Overdue]), word(yes[m.Supervised])}})
	}
	return t
}
