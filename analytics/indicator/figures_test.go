package indicator_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/indicator"
)

func text(code string, c indicator.Counts) string {
	v, d := indicator.Of(code, c)
	return d.Text(v)
}

// The figures of the articles (DOMAIN.md 1.3), each from its whole numbers.

func TestF14RatesOfTheArticles(t *testing.T) {
	require.Equal(t, "88.8%", text("resolution_rate", indicator.Counts{Resolved: 1724, Reports: 1941}))
	require.Equal(t, "91.1%", text("resolution_rate", indicator.Counts{Resolved: 5381, Reports: 5905}))
	require.Equal(t, "99.9%", text("closing_rate", indicator.Counts{Closed: 8991, Reports: 9000}))
	require.Equal(t, "100.0%", text("disposal_rate", indicator.Counts{Disposed: 9000, Reports: 9000}))
	// 调处率 and 成功率 are both over 排查数, 调处成功率 is over 调处数
	c := indicator.Counts{Reports: 200, Mediated: 160, Resolved: 120}
	require.Equal(t, "80.0%", text("mediation_rate", c))
	require.Equal(t, "60.0%", text("success_rate", c))
	require.Equal(t, "75.0%", text("mediation_success_rate", c))
}

func TestF15ShareResolvedByGrids(t *testing.T) {
	c := indicator.Counts{Closed: 674, ByGrid: 485, ByVillage: 120, ByTownship: 60, ByCounty: 9}
	v, d := indicator.Of("share_grid", c)
	require.Equal(t, "72", indicator.Number(v.Value, 0))
	require.Equal(t, "72.0%", d.Text(v))
	require.Equal(t, int64(485), v.Numerator)
	require.Equal(t, int64(674), v.Denominator)
}

func TestF16HandlingTimeFallsBySixtyPerCent(t *testing.T) {
	const days = 1440
	v := indicator.Against("handling_mean", indicator.Counts{Closed: 10, HandlingMinutes: 28 * days}, indicator.Counts{Closed: 10, HandlingMinutes: 70 * days})
	require.InDelta(t, 2.8, v.Value, 1e-12)
	require.Equal(t, -60.0, *v.Change.Percent)
	require.Equal(t, 7.0, *v.Change.Base)
	require.Nil(t, v.Change.Points)
	require.Equal(t, "-60.0%（基数 7）", v.Change.Zh)
}

func TestF18PetitionRatesAndTheirNeighbours(t *testing.T) {
	c := indicator.Counts{AcceptedInTime: 90, AcceptedLate: 6, NotAccepted: 4, AnsweredInTime: 80, AnsweredLate: 10, Unanswered: 6, Overdue: 4,
		Satisfied: 50, Fair: 20, Dissatisfied: 10, Unrated: 20}
	require.Equal(t, "90.00%", text("acceptance_in_time", c))
	require.Equal(t, "80.00%", text("answer_in_time", c))
	require.Equal(t, "87.50%", text("satisfaction", c))
	require.Equal(t, "80.00%", text("rated_share", c))
	c.AcceptedInTime = 89
	require.Equal(t, "89.90%", text("acceptance_in_time", c))
	c.AcceptedInTime = 91
	require.Equal(t, "90.10%", text("acceptance_in_time", c))
	c.AcceptedInTime, c.NotAccepted = 90, 5
	require.Equal(t, "89.11%", text("acceptance_in_time", c))
}

func TestF19SuitsPerTenThousandOfWhatIsChosen(t *testing.T) {
	c := indicator.Counts{Sued: 1571, Pretrial: 429, Population: 100_000, Reports: 20_000}
	require.Equal(t, "157.10", text("litigation_rate", c))
	for _, choice := range []struct{ above, below, want string }{
		{"", "", "157.10"}, {"suits", "population", "157.10"}, {"suits_and_pretrial", "population", "200.00"},
		{"suits", "reports", "785.50"}, {"suits_and_pretrial", "reports", "1000.00"},
	} {
		parts, err := indicator.ParseParts(choice.above, choice.below)
		require.NoError(t, err)
		for _, d := range indicator.Definitions(parts) {
			if d.Code == "litigation_rate" {
				v := d.Of(&c)
				require.Equal(t, choice.want, d.Text(v), choice)
			}
		}
	}
	_, err := indicator.ParseParts("cases", "")
	require.ErrorContains(t, err, "litigation_numerator")
	_, err = indicator.ParseParts("", "people")
	require.ErrorContains(t, err, "litigation_denominator")
}

func TestF22PointsAndPerCentNeverMix(t *testing.T) {
	// 满意率 85 % → 95.31 %
	rated := indicator.Against("satisfaction", indicator.Counts{Satisfied: 9531, Dissatisfied: 469}, indicator.Counts{Satisfied: 8500, Dissatisfied: 1500})
	require.Equal(t, 10.31, *rated.Change.Points)
	require.Nil(t, rated.Change.Percent)
	require.Equal(t, "+10.31 个百分点（基数 85%）", rated.Change.Zh)
	// 33 → 4
	fewer := indicator.Against("reports", indicator.Counts{Reports: 4}, indicator.Counts{Reports: 33})
	require.Equal(t, -87.9, *fewer.Change.Percent)
	require.Equal(t, 33.0, *fewer.Change.Base)
	require.Nil(t, fewer.Change.Points)
	require.Equal(t, "-87.9%（基数 33）", fewer.Change.Zh)
	// base 0
	none := indicator.Against("reports", indicator.Counts{Reports: 4}, indicator.Counts{})
	require.Equal(t, "—", none.Change.Zh)
	require.Nil(t, none.Change.Percent)
	none = indicator.Against("satisfaction", indicator.Counts{Satisfied: 10}, indicator.Counts{})
	require.Equal(t, "—", none.Change.Zh)
	require.Nil(t, none.Change.Base)
}

func TestEveryNumberHasItsDefinition(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range indicator.Definitions(indicator.Parts{}) {
		require.False(t, seen[d.Code], d.Code)
		seen[d.Code] = true
		for _, words := range []string{d.Zh, d.En, d.UnitZh, d.UnitEn, d.DefinitionZh, d.DefinitionEn} {
			require.NotEmpty(t, words, d.Code)
		}
		if d.Kind == indicator.KindShare || d.Kind == indicator.KindRate {
			require.NotEmpty(t, d.NumeratorZh, d.Code)
			require.NotEmpty(t, d.DenominatorZh, d.Code)
			require.NotEmpty(t, d.NumeratorEn, d.Code)
			require.NotEmpty(t, d.DenominatorEn, d.Code)
		}
	}
	require.Len(t, seen, 41)
}

func TestTooFewCasesAreNoFigure(t *testing.T) {
	for n, want := range map[int64]string{0: "—", 1: "样本不足（n=1）", 4: "样本不足（n=4）", 5: "20.0%"} {
		v, d := indicator.Of("resolution_rate", indicator.Counts{Resolved: min(n, 1), Reports: n})
		require.Equal(t, want, d.Text(v))
		require.Equal(t, n, v.Denominator, "the number of cases is always told")
		body, err := json.Marshal(v)
		require.NoError(t, err)
		if n < indicator.Floor {
			require.Contains(t, string(body), `"value":null`)
			require.Contains(t, string(body), `"low":null,"high":null`)
		}
	}
	// a grid of 300 people with one suit is not 33 per 10,000
	require.Equal(t, "样本不足（n=300）", text("litigation_rate", indicator.Counts{Sued: 1, Population: 300}))
	require.Equal(t, "10.00", text("litigation_rate", indicator.Counts{Sued: 1, Population: 1000}))
}

// Published intervals: shares from Newcombe (1998), Statistics in Medicine 17,
// table I; counts from Garwood's table as in Johnson, Kemp and Kotz.
func TestIntervalsAreThePublishedOnes(t *testing.T) {
	for _, c := range []struct {
		k, n            int64
		wilson, clopper [2]float64
	}{
		{81, 263, [2]float64{0.2553, 0.3662}, [2]float64{0.2527, 0.3676}},
		{15, 148, [2]float64{0.0624, 0.1605}, [2]float64{0.0578, 0.1617}},
		{0, 20, [2]float64{0, 0.1611}, [2]float64{0, 0.1684}},
		{1, 29, [2]float64{0.0061, 0.1718}, [2]float64{0.0009, 0.1776}},
	} {
		low, high := indicator.Wilson(c.k, c.n)
		require.InDelta(t, c.wilson[0], low, 5e-5)
		require.InDelta(t, c.wilson[1], high, 5e-5)
		low, high = indicator.ExactShare(c.k, c.n)
		require.InDelta(t, c.clopper[0], low, 5e-5)
		require.InDelta(t, c.clopper[1], high, 5e-5)
	}
	for k, want := range map[int64][2]float64{0: {0, 3.689}, 1: {0.0253, 5.572}, 10: {4.795, 18.39}, 100: {81.36, 121.63}} {
		low, high := indicator.ExactCount(k)
		require.InDelta(t, want[0], low, 5e-3)
		require.InDelta(t, want[1], high, 5e-3)
	}
	low, high := indicator.ExactShare(7, 7)
	require.Equal(t, 1.0, high)
	require.Greater(t, low, 0.5)
	v, _ := indicator.Of("resolution_rate", indicator.Counts{Resolved: 20, Reports: 39})
	exact, _ := indicator.ExactShare(20, 39)
	require.InDelta(t, 100*exact, v.Low, 1e-9, "exact under 40 cases")
	v, _ = indicator.Of("resolution_rate", indicator.Counts{Resolved: 20, Reports: 40})
	wilson, _ := indicator.Wilson(20, 40)
	require.InDelta(t, 100*wilson, v.Low, 1e-9, "Wilson from 40 on")
	require.True(t, math.IsNaN(func() float64 { v, _ := indicator.Of("handling_mean", indicator.Counts{Closed: 9}); return v.Low }()))
}

func TestF55SatisfactionAndVisitsCarryTheirCasesAndInterval(t *testing.T) {
	c := indicator.Counts{Satisfied: 50, Fair: 20, Dissatisfied: 10, Closed: 90, VisitedClosed: 72}
	for code, want := range map[string][2]int64{"satisfaction": {70, 80}, "visit_rate": {72, 90}} {
		v, d := indicator.Of(code, c)
		require.Equal(t, want, [2]int64{v.Numerator, v.Denominator}, code)
		low, high := indicator.Wilson(want[0], want[1])
		require.InDelta(t, 100*low, v.Low, 1e-9, code)
		require.InDelta(t, 100*high, v.High, 1e-9, code)
		require.NotEmpty(t, d.DenominatorZh)
	}
	v, d := indicator.Of("visit_rate", indicator.Counts{Closed: 4, VisitedClosed: 4})
	require.Equal(t, "样本不足（n=4）", d.Text(v))
}

// 28,334 网格员 of 14,216 grids; 12 of 11,980 people.
func TestF56StaffOfTheArticles(t *testing.T) {
	require.Equal(t, "1.99", text("staff_per_grid", indicator.Counts{Staff: 28_334, StaffedGrids: 14_216}))
	require.Equal(t, "1.00", text("staff_per_thousand", indicator.Counts{Staff: 12, StaffedPeople: 11_980}))
	require.Equal(t, "0.21", text("load_per_staff", indicator.Counts{Reports: 5905, Staff: 28_334}))
	for _, code := range []string{"staff_per_grid", "staff_per_thousand", "load_per_staff"} {
		require.Equal(t, "—", text(code, indicator.Counts{Reports: 9}), "without a table of staff there is no figure")
		v, _ := indicator.Of(code, indicator.Counts{Reports: 9, Staff: 2, StaffedGrids: 2, StaffedPeople: 2})
		require.True(t, math.IsNaN(v.Low), "nothing random, no interval")
	}
}
