package report

import (
	"context"
	"fmt"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// The columns of the 矛盾纠纷排查情况表, as township staff know them.
const (
	situationCounty = iota
	situationTownship
	situationVillage
	situationSum
	situationYear
	situationColumns
)

// amounts are what the form counts: of one category, by column.
type amounts struct{ found, mediated, succeeded [situationColumns]int64 }

// situationSQL counts by category and by the level that registered, in the
// period and in the year up to its end. tier is 1 county, 2 township, 3 village
// with its grids.
const situationSQL = `SELECT toString(category), tier,
    toInt64(countIf(%[1]s)), toInt64(countIf(%[1]s AND %[2]s)), toInt64(countIf(%[1]s AND %[3]s)),
    toInt64(count()), toInt64(countIf(%[2]s)), toInt64(countIf(%[3]s))
FROM courses WHERE %[4]s
GROUP BY category, tier`

func (s *Service) situation(ctx context.Context, j job, d *Document) error {
	year := PeriodOf(CadenceYear, j.period.From).From
	var byCategory map[string]*amounts
	var entries []schemas.Entry
	err := s.courses.Read(ctx, func(db *clickhouse.DB, snap *cube.Snapshot) (err error) {
		d.DataVersion, entries = snap.Version, inOrder(snap.Catalogue.Categories)
		byCategory, err = readSituation(ctx, db, snap.Catalogue, j, year)
		return err
	})
	if err != nil {
		return err
	}
	d.Tables = append(d.Tables, situationTable(entries, byCategory))
	d.Notes = append(d.Notes,
		Note{"县市区、乡镇街道、村居", "按登记（排查）该件次的层级；网格计入村居；未注明的按办结层级，再按发生地", "by the level that registered the report; grids count as villages; where unknown by the level that closed it, then by place"},
		Note{"排查数、调处数、成功数", "发生在本期的件次；其中期末前有调处、调解不成或化解记录的；其中期末前办结且有化解记录的", "reports of what occurred in the period; of these with a mediation, a failed one or a resolution before its end; of these closed with a resolution before its end"},
		Note{"调处率、成功率", "分母均为排查数", "both over what was found"},
		Note{"小计、年度累计", "小计 = 县市区 + 乡镇街道 + 村居；年度累计为本年 1 月 1 日至期末的小计", "the sum of the three; the same from 1 January to the period's end"})
	return nil
}

// inOrder lists categories as the dictionary does, then those of profiles.
func inOrder(known []schemas.Entry) []schemas.Entry {
	out := schemas.LoadDictionary().Categories
	seen := map[string]bool{}
	for _, e := range out {
		seen[e.Code] = true
	}
	for _, e := range known {
		if !seen[e.Code] {
			out = append(out, e)
		}
	}
	return out
}

func readSituation(ctx context.Context, db *clickhouse.DB, cat *cube.Catalogue, j job, year cube.Day) (map[string]*amounts, error) {
	where, params := j.selection(year, j.period.To).Conditions(cat)
	const done = `(%[1]s > toDate(0) AND %[1]s < {to:Date})`
	sql := fmt.Sprintf(situationSQL, `opened >= {period:Date}`, fmt.Sprintf(done, "mediated"),
		fmt.Sprintf(done, "closed")+` AND `+fmt.Sprintf(done, "resolved"), where)
	out := map[string]*amounts{}
	err := db.Each(ctx, sql, func(scan func(...any) error) error {
		var category string
		var tier uint8
		var now, all [3]int64
		if err := scan(&category, &tier, &now[0], &now[1], &now[2], &all[0], &all[1], &all[2]); err != nil {
			return err
		}
		if out[category] == nil {
			out[category] = &amounts{}
		}
		a := out[category]
		column := min(max(int(tier), 1), 3) - 1
		for i, into := range []*[situationColumns]int64{&a.found, &a.mediated, &a.succeeded} {
			into[column] += now[i]
			into[situationSum] += now[i]
			into[situationYear] += all[i]
		}
		return nil
	}, append(params, clickhouse.Param("period", j.period.From.String()))...)
	if err != nil {
		return nil, fmt.Errorf("count the situation: %w", err)
	}
	return out, nil
}

// situationTable writes the form: 排查数, 调处数, 调处率, 成功数, 成功率, then of
// each category 排查数 and 调处数.
func situationTable(entries []schemas.Entry, byCategory map[string]*amounts) Table {
	t := Table{Code: "situation", Zh: "矛盾纠纷排查情况表", En: "Disputes found and mediated", Columns: []Column{
		{Code: "item", Zh: "项目", En: "Item", Kind: ColumnText},
		{Code: "county", Zh: "县市区", En: "County", Kind: ColumnMixed},
		{Code: "township", Zh: "乡镇街道", En: "Townships", Kind: ColumnMixed},
		{Code: "village", Zh: "村居", En: "Villages", Kind: ColumnMixed},
		{Code: "sum", Zh: "小计", En: "Sum", Kind: ColumnMixed},
		{Code: "year", Zh: "年度累计", En: "Year to date", Kind: ColumnMixed},
	}}
	var all amounts
	for _, a := range byCategory {
		for i := range situationColumns {
			all.found[i] += a.found[i]
			all.mediated[i] += a.mediated[i]
			all.succeeded[i] += a.succeeded[i]
		}
	}
	line := func(name string, total bool, cell func(i int) Cell) {
		row := Row{Total: total, Cells: []Cell{word(name)}}
		for i := range situationColumns {
			row.Cells = append(row.Cells, cell(i))
		}
		t.Rows = append(t.Rows, row)
	}
	line("排查数", true, func(i int) Cell { return whole(all.found[i]) })
	line("调处数", true, func(i int) Cell { return whole(all.mediated[i]) })
	line("调处率", true, func(i int) Cell { return quotient(all.mediated[i], all.found[i]) })
	line("成功数", true, func(i int) Cell { return whole(all.succeeded[i]) })
	line("成功率", true, func(i int) Cell { return quotient(all.succeeded[i], all.found[i]) })
	for _, e := range entries {
		a := byCategory[e.Code]
		if a == nil {
			a = &amounts{}
		}
		line(e.Zh+" 排查数", false, func(i int) Cell { return whole(a.found[i]) })
		line(e.Zh+" 调处数", false, func(i int) Cell { return whole(a.mediated[i]) })
	}
	return t
}
