package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"reli/analytics/indicator"
	"reli/geo/area"
)

// MinimumRanked is the number of reports below which a township is not ranked
// (不参排): under it one report more or less moves the ranks. Ours.
const MinimumRanked = 30

// rankedCodes are the four assessed indicators of DOMAIN.md 1.23; each counts a
// quarter of the score.
func rankedCodes() []string {
	return []string{"litigation_rate", "pretrial_rate", "mediation_success_rate", "platform_closing_rate"}
}

// Standing is a township in the ranking.
type Standing struct {
	Code, Name string
	Found      int64
	// Parts are the four scores from 0 to 100, NaN for one without a figure.
	Parts [4]float64
	Score float64 // mean of the parts that are there; NaN where not ranked
	Rank  int     // 0 where not ranked
}

// Rank orders townships by score, the best first. Equal scores (to 0.01) share
// a rank, and the next rank is left out. Those with too few reports, or without
// any part, come last and have no rank.
func Rank(list []Standing) []Standing {
	out := slices.Clone(list)
	for i := range out {
		out[i].Score, out[i].Rank = scoreOf(out[i]), 0
	}
	slices.SortStableFunc(out, func(a, b Standing) int {
		switch {
		case math.IsNaN(a.Score) && math.IsNaN(b.Score):
			return cmp.Compare(a.Code, b.Code)
		case math.IsNaN(a.Score):
			return 1
		case math.IsNaN(b.Score):
			return -1
		}
		return cmp.Or(-cmp.Compare(a.Score, b.Score), cmp.Compare(a.Code, b.Code))
	})
	for i := range out {
		switch {
		case math.IsNaN(out[i].Score):
		case i > 0 && out[i].Score == out[i-1].Score:
			out[i].Rank = out[i-1].Rank
		default:
			out[i].Rank = i + 1
		}
	}
	return out
}

// scoreOf rounds to 0.01, so that what is printed as equal is equal.
func scoreOf(s Standing) float64 {
	if s.Found < MinimumRanked {
		return math.NaN()
	}
	sum, n := 0.0, 0.0
	for _, p := range s.Parts {
		if !math.IsNaN(p) {
			sum, n = sum+p, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return math.Round(100*sum/n) / 100
}

// litigationScore turns 万人成讼率 into a score: the county's rate is 50, none is
// 100, twice the county's or more is 0.
func litigationScore(rate, county float64) float64 {
	switch {
	case math.IsNaN(rate):
		return rate
	case rate == 0:
		return 100
	case math.IsNaN(county) || county == 0:
		return math.NaN()
	}
	return max(0, 100-50*rate/county)
}

func (s *Service) ranking(ctx context.Context, j job, d *Document) error {
	codes := append([]string{"reports"}, rankedCodes()...)
	a, err := s.Indicators.Indicators(ctx, j.request(area.Township, nil, codes...))
	if err != nil {
		return err
	}
	all, err := s.Indicators.Indicators(ctx, j.request(area.Unknown, nil, codes...))
	if err != nil {
		return err
	}
	d.DataVersion = a.DataVersion
	places := map[string]*indicator.Area{}
	var list []Standing
	for i := range a.Areas {
		place := &a.Areas[i]
		places[place.Code] = place
		v := place.Values
		list = append(list, Standing{Code: place.Code, Name: place.Name, Found: v[0].Numerator,
			Parts: [4]float64{litigationScore(v[1].Value, all.Areas[0].Values[1].Value), v[2].Value, v[3].Value, v[4].Value}})
	}
	d.Tables = append(d.Tables, rankingTable(a.Indicators, Rank(list), places))
	d.Notes = append(d.Notes, notesOf(a.Indicators[1:])...)
	d.Notes = append(d.Notes, Note{"得分",
		fmt.Sprintf("四项指标得分的平均（样本不足的项不计）；万人成讼率得分 = 100 − 50 × 本乡镇 ÷ 全县，不低于 0，其余为百分率本身。同分同名次，其后名次空缺。排查数不足 %d 件的不参排", MinimumRanked),
		fmt.Sprintf("mean of the four scores that are there; of 万人成讼率 100 − 50 × township ÷ county, at least 0, of the others the share itself. Equal scores share a rank. Under %d reports a township is not ranked", MinimumRanked)},
		smallNote())
	return nil
}

func rankingTable(defs []indicator.Definition, list []Standing, places map[string]*indicator.Area) Table {
	t := Table{Code: "ranking", Zh: "乡镇（街道）排名", En: "Ranking", Columns: []Column{
		{Code: "rank", Zh: "名次", En: "Rank", Kind: ColumnMixed},
		{Code: "area", Zh: "乡镇（街道）", En: "Township", Kind: ColumnText},
		{Code: "score", Zh: "得分", En: "Score", Kind: ColumnNumber, Decimals: 2},
	}}
	for i := range defs {
		t.Columns = append(t.Columns, columnOf(&defs[i]))
		if defs[i].Kind == indicator.KindShare || defs[i].Kind == indicator.KindRate {
			t.Columns = append(t.Columns, Column{Code: defs[i].Code + "_n", Zh: "分子/分母", En: "Parts", Kind: ColumnText})
		}
	}
	for _, st := range list {
		rank := word("不参排")
		if st.Rank > 0 {
			rank = whole(int64(st.Rank))
		}
		row := Row{Cells: []Cell{rank, word(st.Name), decimal(st.Score, 2)}}
		for i := range defs {
			v := places[st.Code].Values[i]
			row.Cells = append(row.Cells, figure(&defs[i], v))
			if defs[i].Kind == indicator.KindShare || defs[i].Kind == indicator.KindRate {
				row.Cells = append(row.Cells, word(strconv.FormatInt(v.Numerator, 10)+"/"+strconv.FormatInt(v.Denominator, 10)))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
