package report_test

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/analytics/report"
	"reli/geo/area"
	"reli/schemas"
	"reli/test/county"
)

var shanghai = time.FixedZone("CST", 8*3600)

func service(c *county.County, now func() time.Time) *report.Service {
	return report.New(report.Options{DB: c.DB, Store: c.Store, Now: now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

func clock(text string) func() time.Time {
	at, err := time.ParseInLocation(time.DateTime, text, shanghai)
	if err != nil {
		panic(err)
	}
	return func() time.Time { return at.UTC() } // the machine's clock is not the county's
}

func get(t testing.TB, s *report.Service, name, period string) *report.Document {
	t.Helper()
	info, p, err := s.Find(name, period)
	require.NoError(t, err)
	d, err := s.Get(t.Context(), info, p, "", cube.Scope{})
	require.NoError(t, err)
	return d
}

func table(t testing.TB, d *report.Document, code string) *report.Table {
	t.Helper()
	for i := range d.Tables {
		if d.Tables[i].Code == code {
			return &d.Tables[i]
		}
	}
	require.Fail(t, "no table "+code)
	return nil
}

// incident occurs at a local time.
func incident(n int, at string) schemas.Incident {
	when, err := time.ParseInLocation(time.DateTime, at, shanghai)
	if err != nil {
		panic(err)
	}
	return schemas.Incident{Source: "grid", SourceID: fmt.Sprint(n), Version: 1, Category: "land", OccurredAt: when, ReportedAt: when,
		State: schemas.StateRegistered}
}

// F37: a run on the 10th covers the previous month exactly, to the second of
// the local midnights; before the 10th there is none.
func TestF37TheRunOnTheTenthCoversTheMonthBefore(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	c.Put(t, []schemas.Incident{incident(1, "2026-04-30 23:59:59"), incident(2, "2026-05-01 00:00:00"), incident(3, "2026-05-17 12:00:00"),
		incident(4, "2026-05-31 23:59:59"), incident(5, "2026-06-01 00:00:00")}, nil)
	made := func(now string) map[string]report.Period {
		list, err := service(c, clock(now)).RunDue(t.Context())
		require.NoError(t, err)
		out := map[string]report.Period{}
		for _, k := range list {
			out[k.Report+" "+k.Period.Name] = k.Period
		}
		return out
	}
	early := made("2026-06-09 23:59:59")
	require.NotContains(t, early, "overview 2026-05")
	require.Contains(t, early, "overview 2026-04", "an earlier month that nobody made is made late")
	require.Contains(t, early, "overview 2026-05-H2", "half-months come on the day after")
	onDay := made("2026-06-10 00:00:00")
	require.Equal(t, [2]string{"2026-05-01", "2026-06-01"}, [2]string{onDay["overview 2026-05"].From.String(), onDay["overview 2026-05"].To.String()})
	require.Contains(t, onDay, "situation 2026-05")
	require.Contains(t, onDay, "ledgers 2026-05")
	require.NotContains(t, onDay, "ranking 2026-Q2", "the quarter is not over")
	require.Empty(t, made("2026-06-10 00:05:00"), "each is made once")

	d := get(t, service(c, clock("2026-06-20 10:00:00")), "overview", "2026-05")
	require.Equal(t, report.StateKept, d.State)
	require.Equal(t, "2026-06-10 00:00:00", d.MadeAt.In(shanghai).Format(time.DateTime))
	require.Equal(t, "3", table(t, d, "indicators").Rows[0].Cells[1].Text, "the three of May, local time")

	// what comes late changes today's answer, not the kept report
	c.Put(t, []schemas.Incident{incident(6, "2026-05-20 08:00:00")}, nil)
	d = get(t, service(c, clock("2026-06-20 10:00:00")), "overview", "2026-05")
	require.Equal(t, "3", table(t, d, "indicators").Rows[0].Cells[1].Text)
	info, p, err := service(c, c.Now).Find("overview", "2026-05")
	require.NoError(t, err)
	scoped, err := service(c, clock("2026-06-20 10:00:00")).Get(t.Context(), info, p, "", cube.Scope{Categories: []string{"land"}})
	require.NoError(t, err)
	require.Equal(t, report.StateCurrent, scoped.State, "who may not see all never gets the kept one")
	require.Equal(t, "4", table(t, scoped, "indicators").Rows[0].Cells[1].Text)
	june := get(t, service(c, clock("2026-06-20 10:00:00")), "overview", "2026-06")
	require.Equal(t, report.StateProvisional, june.State)
}

func TestTheListTellsTheStateOfEachCadence(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	c.Put(t, []schemas.Incident{incident(1, "2026-04-10 08:00:00"), incident(2, "2026-05-02 08:00:00")}, nil)
	s := service(c, clock("2026-05-10 09:00:00"))
	state := func(now, name string, cadence report.Cadence) string {
		l, err := service(c, clock(now)).List(t.Context())
		require.NoError(t, err)
		for _, slot := range l.Slots {
			if slot.Report == name && slot.Cadence == cadence {
				return slot.State
			}
		}
		return ""
	}
	require.Equal(t, "waiting", state("2026-05-09 23:00:00", "overview", report.CadenceMonth))
	require.Equal(t, "due", state("2026-05-10 00:00:00", "overview", report.CadenceMonth))
	require.Equal(t, "no_data", state("2026-05-10 00:00:00", "overview", report.CadenceYear))
	_, err := s.RunDue(t.Context())
	require.NoError(t, err)
	require.Equal(t, "kept", state("2026-05-10 10:00:00", "overview", report.CadenceMonth))
	l, err := s.List(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, l.Kept)
	require.Equal(t, "2026-05-10", l.Today.String())
	for _, k := range l.Kept {
		require.LessOrEqual(t, k.Period.RunDay(), l.Today)
	}
}

// F38: equal scores share a rank; too few reports are 不参排.
func TestF38EqualScoresShareARank(t *testing.T) {
	none := math.NaN()
	of := func(code string, found int64, parts ...float64) report.Standing {
		return report.Standing{Code: code, Name: code, Found: found, Parts: [4]float64(parts)}
	}
	ranked := report.Rank([]report.Standing{
		of("a", 100, 50, 60, 70, 80),       // 65
		of("b", 29, 100, 100, 100, 100),    // one report too few
		of("c", 30, 90, 90, none, 90),      // 90 of three
		of("d", 100, 65, 65, 65, 65.004),   // 65.00 as well
		of("e", 100, 64.9, 65, 65, 65),     // 64.98
		of("f", 0, none, none, none, none), // nothing
		of("g", 500, none, none, none, none),
	})
	var order []string
	for _, s := range ranked {
		order = append(order, fmt.Sprint(s.Rank, s.Code))
	}
	require.Equal(t, []string{"1c", "2a", "2d", "4e", "0b", "0f", "0g"}, order)
}

func TestTheRankingSaysWhoTakesNoPart(t *testing.T) {
	c := county.Shared(t)
	d := get(t, service(c, c.Now), "ranking", "2025-Q4")
	rows := table(t, d, "ranking").Rows
	require.Len(t, rows, 9)
	last := 0.0
	for _, r := range rows {
		found := *r.Cells[3].Number
		if found < report.MinimumRanked {
			require.Equal(t, "不参排", r.Cells[0].Text)
			require.Equal(t, "—", r.Cells[2].Text)
			continue
		}
		require.GreaterOrEqual(t, *r.Cells[0].Number, last)
		last = *r.Cells[0].Number
	}
	require.GreaterOrEqual(t, last, 5.0)
	_, _, err := service(c, c.Now).Find("ranking", "2025-11")
	require.ErrorContains(t, err, "period")
}

// F39: the form has its columns in the order that township staff know, and
// 小计 = 县 + 乡 + 村 in every row of counts.
func TestF39SituationAddsUpInEveryRow(t *testing.T) {
	c := county.Shared(t)
	for _, period := range []string{"2025-10", "2025-Q3", "2025-H2", "2025"} {
		tb := table(t, get(t, service(c, c.Now), "situation", period), "situation")
		var heads []string
		for _, column := range tb.Columns {
			heads = append(heads, column.Zh)
		}
		require.Equal(t, []string{"项目", "县市区", "乡镇街道", "村居", "小计", "年度累计"}, heads)
		items := map[string][]float64{}
		for i, row := range tb.Rows {
			if i < 5 {
				require.Equal(t, []string{"排查数", "调处数", "调处率", "成功数", "成功率"}[i], row.Cells[0].Text)
			} else {
				require.True(t, strings.HasSuffix(row.Cells[0].Text, []string{" 排查数", " 调处数"}[(i-5)%2]))
			}
			v := make([]float64, 5)
			for k := range v {
				if row.Cells[k+1].Number != nil {
					v[k] = *row.Cells[k+1].Number
				}
			}
			items[row.Cells[0].Text] = v
			if row.Cells[1].Share {
				continue
			}
			require.Equal(t, v[0]+v[1]+v[2], v[3], "%s %s", period, row.Cells[0].Text)
			require.GreaterOrEqual(t, v[4], v[3])
		}
		require.Len(t, tb.Rows, 5+2*len(schemas.LoadDictionary().Categories))
		for k := range 5 { // both rates are over 排查数
			require.InDelta(t, 100*items["调处数"][k]/items["排查数"][k], items["调处率"][k], 0.0501)
			require.InDelta(t, 100*items["成功数"][k]/items["排查数"][k], items["成功率"][k], 0.0501)
		}
		p, err := report.ParsePeriod(period)
		require.NoError(t, err)
		groups, _, err := c.Store.Tallies(t.Context(), c.Store.Current(), cube.Query{By: cube.DimensionTotal,
			Selection: cube.Selection{From: p.From, To: p.To, Measure: cube.MeasureCount}})
		require.NoError(t, err)
		require.EqualValues(t, groups[0].Count, items["排查数"][3], "as on the map")
		groups, _, err = c.Store.Tallies(t.Context(), c.Store.Current(), cube.Query{By: cube.DimensionTotal,
			Selection: cube.Selection{From: day(t, "2025-01-01"), To: p.To, Measure: cube.MeasureCount}})
		require.NoError(t, err)
		require.EqualValues(t, groups[0].Count, items["排查数"][4], "from 1 January")
	}
}

// F40: townships below a set rate are listed with n and interval.
func TestF40TownshipsBelowASetRateAreListed(t *testing.T) {
	set := report.Threshold{Code: "satisfaction", Rate: 85}
	judge := func(k, n int64) report.Verdict { return report.Judge(indicator.ShareOf(k, n), set) }
	require.Equal(t, report.VerdictNone, judge(85, 100))
	require.Equal(t, report.VerdictNotice, judge(84, 100), "could be chance")
	require.Equal(t, report.VerdictSupervise, judge(70, 100))
	require.Equal(t, report.VerdictNone, judge(0, 4), "too few to say anything")
	require.Equal(t, report.VerdictNone, judge(0, 0))

	c := county.Shared(t)
	d := get(t, service(c, c.Now), "petition_rates", "2025-Q3")
	listed, all := table(t, d, "listed"), table(t, d, "all")
	require.Len(t, all.Rows, 9)
	require.NotEmpty(t, listed.Rows)
	for _, row := range listed.Rows {
		require.Less(t, *row.Cells[2].Number, *row.Cells[3].Number)
		require.GreaterOrEqual(t, *row.Cells[5].Number, 5.0, "n is told")
		require.Contains(t, row.Cells[6].Text, "–", "and the interval")
		require.Contains(t, []string{"通报", "挂牌督办候选"}, row.Cells[7].Text)
	}
	require.NotContains(t, d.Zh, "三率", "12345 has three rates of its own")
}

func TestAReportOfATownshipCountsTheTownship(t *testing.T) {
	c := county.Shared(t)
	s := service(c, c.Now)
	town := c.Store.Current().Catalogue.Tree.AtLevel(area.Township)[3]
	info, p, err := s.Find("overview", "2025-11")
	require.NoError(t, err)
	byArea, err := s.Get(t.Context(), info, p, town.Code, cube.Scope{})
	require.NoError(t, err)
	byScope, err := s.Get(t.Context(), info, p, "", cube.Scope{Areas: []string{town.Code}})
	require.NoError(t, err)
	require.Equal(t, town.Name, byArea.PlaceZh)
	require.Equal(t, town.Name, byScope.PlaceZh)
	require.Equal(t, byArea.Tables, byScope.Tables)
	require.Len(t, byArea.Tables[1].Rows, 2, "the township, and the sum")
}

func TestACountySetsItsOwnRates(t *testing.T) {
	set, err := report.ParseThresholds("90, 80.5,70")
	require.NoError(t, err)
	require.Equal(t, []report.Threshold{{"acceptance_in_time", 90}, {"answer_in_time", 80.5}, {"satisfaction", 70}}, set)
	for _, bad := range []string{"", "95", "95,95,85,1", "95,x,85", "95,-1,85", "95,101,85", "95,NaN,85"} {
		_, err := report.ParseThresholds(bad)
		require.ErrorContains(t, err, "petition-rates", bad)
	}
}
