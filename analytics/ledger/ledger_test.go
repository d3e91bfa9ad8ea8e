package ledger_test

import (
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/analytics/indicator/course"
	"reli/analytics/ledger"
	"reli/geo/area"
	"reli/schemas"
	"reli/test/county"
)

var shanghai = time.FixedZone("CST", 8*3600)

func service(c *county.County) *ledger.Service {
	return ledger.New(course.New(c.DB, c.Store, slog.New(slog.NewTextHandler(io.Discard, nil))))
}

func day(t testing.TB, text string) cube.Day {
	t.Helper()
	d, err := cube.ParseDay(text)
	require.NoError(t, err)
	return d
}

// Round n+1 opens with what round n had, and what came in, less what went out.
func TestARoundOpensWithWhatTheOneBeforeLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := cube.Day(rapid.IntRange(18_000, 20_000).Draw(t, "from"))
		to := from + cube.Day(rapid.IntRange(1, 900).Draw(t, "days"))
		rounds := ledger.Edges(from, to)
		require.Equal(t, from, rounds[0].From)
		require.Equal(t, to, rounds[len(rounds)-1].To)
		var flows []ledger.Flow
		var opening, in, out int64
		for range rapid.IntRange(0, 40).Draw(t, "flows") {
			f := ledger.Flow{In: rapid.IntRange(-1, len(rounds)-1).Draw(t, "in"), N: rapid.Int64Range(1, 50).Draw(t, "n"), Reopened: rapid.Bool().Draw(t, "again")}
			f.Out = rapid.IntRange(-1, len(rounds)-1).Draw(t, "out")
			if f.Out >= 0 && f.Out < f.In {
				f.Out = f.In
			}
			flows = append(flows, f)
			if f.In < 0 {
				opening += f.N
			} else {
				in += f.N
			}
			if f.Out >= 0 {
				out += f.N
			}
		}
		rounds = ledger.Fill(rounds, flows)
		require.Equal(t, opening, rounds[0].Opening)
		for i, r := range rounds {
			require.Equal(t, r.Opening+r.Registered-r.Closed, r.Closing)
			require.GreaterOrEqual(t, r.Closing, int64(0))
			require.LessOrEqual(t, r.Reopened, r.Registered)
			if i > 0 {
				require.Equal(t, rounds[i-1].Closing, r.Opening)
				require.Equal(t, rounds[i-1].To, r.From, "no day is in two rounds or in none")
				require.Equal(t, 1, r.From.Time().Day())
			}
		}
		require.Equal(t, opening+in-out, rounds[len(rounds)-1].Closing)
	})
}

// incidents of a ledger by hand: n of a scale, of which some are resolved.
func put(list *[]schemas.Incident, n, resolved int, opened string, scale schemas.Scale) {
	at, err := time.ParseInLocation(time.DateOnly, opened, shanghai)
	if err != nil {
		panic(err)
	}
	for i := range n {
		in := schemas.Incident{Source: "petition", SourceID: fmt.Sprint(len(*list)), Version: 1, Scale: scale, OccurredAt: at, ReportedAt: at,
			Category: "land", State: schemas.StateRegistered}
		if i < resolved {
			in.ClosedAt = time.Date(2024, time.Month(1+i%6), 9, 4, 0, 0, 0, time.UTC)
			if in.ClosedAt.Before(at) {
				in.ClosedAt = at.AddDate(0, 0, 3)
			}
		}
		*list = append(*list, in)
	}
}

// F23: 444/72, 2952/573, 323/116.
func TestF23TheThreeLedgersOfTheArticles(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	var list []schemas.Incident
	put(&list, 444, 72, "2024-02-20", schemas.ScaleIndividual)
	put(&list, 2952, 573, "2023-06-20", schemas.ScaleIndividual)
	put(&list, 323, 116, "2023-08-20", schemas.ScaleGroup)
	put(&list, 50, 0, "2024-07-01", schemas.ScaleIndividual) // after the window
	old := len(list)
	put(&list, 70, 70, "2023-01-20", schemas.ScaleIndividual)
	for i := old; i < len(list); i++ {
		list[i].ClosedAt = time.Date(2023, 3, 1, 0, 0, 0, 0, time.UTC) // gone before the base day: in none
	}
	c.Put(t, list, nil)
	a, err := service(c).Ledgers(t.Context(), ledger.Request{Selection: cube.Selection{From: day(t, "2024-01-01"), To: day(t, "2024-07-01")}})
	require.NoError(t, err)
	have := map[ledger.Kind][2]int64{}
	of := indicator.Definition{Kind: indicator.KindShare, Decimals: 1}
	text := map[ledger.Kind]string{}
	for _, l := range a.Areas[0].Ledgers {
		have[l.Kind] = [2]int64{l.Listed, l.Closed}
		text[l.Kind] = of.Text(l.Share)
		require.Len(t, l.Rounds, 6)
	}
	require.Equal(t, map[ledger.Kind][2]int64{ledger.KindIncrease: {444, 72}, ledger.KindStock: {2952, 573}, ledger.KindVariable: {323, 116}}, have)
	require.Equal(t, map[ledger.Kind]string{ledger.KindIncrease: "16.2%", ledger.KindStock: "19.4%", ledger.KindVariable: "35.9%"}, text)
	require.Equal(t, int64(2952), a.Areas[0].Ledgers[1].Rounds[0].Opening)
	require.Zero(t, a.Areas[0].Ledgers[1].Rounds[3].Registered, "a stock only shrinks")
}

// The three closings add up to what is open, in every township and
// at the end of every month.
func TestTheLedgersAddUpToWhatIsOpen(t *testing.T) {
	c := county.Shared(t)
	s := service(c)

	for _, to := range []string{"2025-04-01", "2025-09-18", "2026-01-01"} {
		a, err := s.Ledgers(t.Context(), ledger.Request{Selection: cube.Selection{From: day(t, "2025-03-01"), To: day(t, to)}, Level: area.Township})
		require.NoError(t, err)
		require.Len(t, a.Areas, 9)
		var reopened int64
		for _, place := range a.Areas {
			var open, before int64
			for _, l := range place.Ledgers {
				open += l.Rounds[len(l.Rounds)-1].Closing
				before += l.Rounds[0].Opening
				for i, r := range l.Rounds {
					reopened += r.Reopened
					if i > 0 {
						require.Equal(t, l.Rounds[i-1].Closing, r.Opening)
					}
				}
			}
			require.Equal(t, openBySteps(t, c, place.Code, day(t, to)), open, "%s at %s", place.Name, to)
			require.Equal(t, openBySteps(t, c, place.Code, day(t, "2025-03-01")), before, place.Name)
		}
		require.NotZero(t, reopened)
	}

}

// openBySteps counts by the steps: what was closed and came back since was not
// open in between, which the cube cannot tell.
func openBySteps(t *testing.T, c *county.County, township string, at cube.Day) int64 {
	t.Helper()
	var n uint64
	require.NoError(t, c.DB.Row(t.Context(), fmt.Sprintf(`SELECT count() FROM
(
    SELECT i.source AS source, i.source_id AS source_id, 
        maxIf(t.at, t.kind = 'reopen' AND t.at < cut) AS again, maxIf(t.at, t.kind IN ('resolve', 'cancel') AND t.at < cut) AS done,
        toDateTime('%[1]s 00:00:00', 'Asia/Shanghai') AS cut
    FROM incidents AS i FINAL INNER JOIN (SELECT code FROM area_paths FINAL WHERE township = '%[2]s') AS p ON p.code = i.area
    LEFT JOIN transitions AS t ON t.source = i.source AND t.source_id = i.source_id
    WHERE i.occurred_at < toDateTime('%[1]s 00:00:00', 'Asia/Shanghai')
    GROUP BY source, source_id
) WHERE again >= done`, at, township), []any{&n}))
	return int64(n)
}

func TestLongAndRepeatedMattersAreListedByTheirID(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	at := func(text string) time.Time {
		d, err := time.ParseInLocation(time.DateOnly, text, shanghai)
		require.NoError(t, err)
		return d
	}
	in := func(id, matter, opened string) schemas.Incident {
		return schemas.Incident{Source: "grid", SourceID: id, MatterID: matter, Version: 1, Category: "land", OccurredAt: at(opened), ReportedAt: at(opened)}
	}
	closed := in("closed", "", "2024-01-01")
	closed.ClosedAt = at("2024-05-01")
	late := in("late", "", "2024-05-20")
	late.DueAt = at("2024-05-25")
	step := func(id string, kind schemas.TransitionKind, day string) schemas.Transition {
		return schemas.Transition{Source: "grid", SourceID: id, Kind: kind, At: at(day)}
	}
	c.Put(t, []schemas.Incident{in("long", "", "2024-01-10"), closed, late, in("a", "M-1", "2024-05-01"), in("b", "M-1", "2024-05-02"),
		in("c", "M-1", "2024-05-30"), in("back", "", "2024-05-03"), in("young", "", "2024-05-28")}, []schemas.Transition{
		step("back", schemas.TransitionResolve, "2024-05-04"), step("back", schemas.TransitionReopen, "2024-05-10"),
		step("long", schemas.TransitionSupervise, "2024-03-01"), step("late", schemas.TransitionResolve, "2024-06-02")})
	a, err := service(c).Ledgers(t.Context(), ledger.Request{Selection: cube.Selection{From: day(t, "2024-01-01"), To: day(t, "2024-06-01")}})
	require.NoError(t, err)
	require.Equal(t, []ledger.Matter{
		{ID: "grid:long", Category: "land", Opened: "2024-01-10", Days: 143, Reports: 1, Supervised: true},
		{ID: "M-1", Category: "land", Opened: "2024-05-01", Days: 31, Reports: 3},
		{ID: "grid:back", Category: "land", Opened: "2024-05-03", Days: 29, Reports: 1, Reopened: 1},
	}, a.Matters)
	a, err = service(c).Ledgers(t.Context(), ledger.Request{Selection: cube.Selection{From: day(t, "2024-01-01"), To: day(t, "2024-06-01")},
		Long: ledger.Long{Days: 10, Limit: 4}})
	require.NoError(t, err)
	require.Len(t, a.Matters, 4)
	require.Equal(t, ledger.Matter{ID: "grid:late", Category: "land", Opened: "2024-05-20", Days: 12, Reports: 1, Overdue: true}, a.Matters[3])
}
