package matter_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/analytics/indicator/course"
	"reli/analytics/matter"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas/links"
	"reli/test/county"
)

// at makes a report of one grid and category.
func at(source, id string, day int32, scale uint8) clickhouse.GridReport {
	return clickhouse.GridReport{Report: clickhouse.Report{Source: source, ID: id}, Scale: scale, Day: day}
}

func pair(a, b clickhouse.GridReport) clickhouse.Pair { return clickhouse.PairOf(a.Report, b.Report) }

func TestRulesSayHowSureTheyAre(t *testing.T) {
	a, b, c := at("12345", "h", 100, 1), at("grid", "g", 100, 1), at("petition", "p", 103, 1)
	rules := links.Default()
	require.Equal(t, []matter.Proposal{
		{Pair: pair(a, b), Rule: "same-day", Confidence: 0.9},
		{Pair: pair(a, c), Rule: "three-days", Confidence: 0.8},
	}, matter.ProposeUnnamed(rules, []clickhouse.GridReport{c, b, a}), "the third pair would join what is joined")

	two := []clickhouse.GridReport{a, b, at("grid", "g2", 100, 1)}
	require.Equal(t, []matter.Proposal{{Pair: pair(a, b), Rule: "same-day", Confidence: 0.45}}, matter.ProposeUnnamed(rules, two),
		"two alternatives halve it, and the two of one source stay apart")
	require.Equal(t, "scale-differs", matter.ProposeUnnamed(rules, []clickhouse.GridReport{a, at("grid", "g3", 102, 3)})[0].Rule)
	require.Empty(t, matter.ProposeUnnamed(rules, []clickhouse.GridReport{a, at("grid", "g4", 108, 1)}), "too long after")
	require.Empty(t, matter.ProposeUnnamed(rules, []clickhouse.GridReport{a, at("12345", "h2", 100, 1)}), "a source knows itself what it has twice")
	var crowd []clickhouse.GridReport
	for i := range 2000 {
		crowd = append(crowd, at([]string{"grid", "12345"}[i%2], fmt.Sprint(i), int32(i%3), 1))
	}
	require.Empty(t, matter.ProposeUnnamed(rules, crowd), "nobody knows which of so many")
}

func TestProposalsDoNotDependOnTheOrderOfReports(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var reports []clickhouse.GridReport
	for i := range 60 {
		reports = append(reports, at([]string{"grid", "12345", "petition"}[rng.IntN(3)], fmt.Sprint("i", i), int32(rng.IntN(90)), uint8(rng.IntN(3))))
	}
	want := matter.ProposeUnnamed(links.Default(), reports)
	require.NotEmpty(t, want)
	for range 20 {
		rng.Shuffle(len(reports), func(i, j int) { reports[i], reports[j] = reports[j], reports[i] })
		require.Equal(t, want, matter.ProposeUnnamed(links.Default(), reports))
	}
}

// The rules join what they are sure of, leave the rest to a person, and take
// back what later records make doubtful; a person's word stays.
func TestRulesAreAppliedAndTakenBack(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	square := orb.MultiPolygon{{{{131, 46}, {131.1, 46}, {131.1, 46.1}, {131, 46.1}, {131, 46}}}}
	require.NoError(t, c.Ingest.SetAreas([]area.Area{
		{Code: "c", Level: area.County, Geometry: square},
		{Code: "t", Parent: "c", Level: area.Township, Geometry: square},
		{Code: "v", Parent: "t", Level: area.Village, Geometry: square},
		{Code: "g1", Parent: "v", Level: area.Grid, Geometry: square},
		{Code: "g2", Parent: "v", Level: area.Grid, Geometry: square},
	}))
	s := c.Matters()
	k := course.New(c.DB, c.Store, slog.New(slog.NewTextHandler(io.Discard, nil)))
	take := func(lines ...string) {
		c.Take(t, "source,source_id,occurred_at,category,scale,grid\n"+strings.Join(lines, "\n")+"\n")
	}
	take("12345,h1,2025-03-03T08:00:00Z,land,1,g1", "grid,g1,2025-03-03T09:00:00Z,land,1,g1", "grid,g2,2025-03-10T09:00:00Z,land,1,g1",
		"grid,far,2025-03-03T09:00:00Z,land,1,g2")
	apart := counted(t, c, k)

	done, err := s.Apply(t.Context())
	require.NoError(t, err)
	require.Equal(t, matter.Applied{Proposals: 1, Sure: 1, Joined: 1}, done)
	settle(t, c)
	require.Equal(t, [2]uint64{1, 2}, counted(t, c, k)["grid 2025-03-03"])
	version := c.Store.Current().Version
	done, err = s.Apply(t.Context())
	require.NoError(t, err)
	require.Equal(t, matter.Applied{Proposals: 1, Sure: 1}, done, "nothing is said twice")
	require.Equal(t, version, settle(t, c))

	take("grid,g3,2025-03-03T10:00:00Z,land,1,g1") // another that it could be
	done, err = s.Apply(t.Context())
	require.NoError(t, err)
	require.Equal(t, matter.Applied{Proposals: 1, Parted: 1}, done)
	settle(t, c)
	have := counted(t, c, k)
	require.Equal(t, [2]uint64{3, 3}, have["grid 2025-03-03"])
	require.Equal(t, apart["12345 2025-03-03"], have["12345 2025-03-03"])

	proposals, err := s.Propose(t.Context())
	require.NoError(t, err)
	require.Len(t, proposals, 1)
	require.NoError(t, s.Part(t.Context(), "u1", []clickhouse.Pair{proposals[0].Pair}))
	after, err := s.Propose(t.Context())
	require.NoError(t, err)
	require.Len(t, after, 1)
	require.NotEqual(t, proposals[0].Pair, after[0].Pair, "what a person parted is not proposed again")
}

// What the rules find on the fictional county, whose reports say which are of
// one matter: they are not told.
func TestHowGoodTheRulesAre(t *testing.T) {
	const joined = "joined"
	c := county.Shared(t)
	rules := links.Default()
	named := map[clickhouse.Report]string{}
	var group []clickhouse.GridReport
	sources, found, right := map[string]map[string]int{}, map[string]int{}, map[string]int{}
	flush := func() {
		for _, p := range matter.ProposeUnnamed(rules, group) {
			what := fmt.Sprintf("%s %.2f", p.Rule, p.Confidence)
			if p.Confidence >= rules.Apply {
				what = joined
			}
			found[what]++
			if named[p.A] != "" && named[p.A] == named[p.B] {
				right[what]++
			}
		}
		group = group[:0]
	}
	began := time.Now()
	reports := 0
	require.NoError(t, c.DB.GridReports(t.Context(), c.Zone.String(), func(r clickhouse.GridReport) error {
		if len(group) > 0 && (group[0].Grid != r.Grid || group[0].Category != r.Category) {
			flush()
		}
		reports++
		group = append(group, r)
		named[r.Report] = r.Named
		if r.Named != "" {
			if sources[r.Named] == nil {
				sources[r.Named] = map[string]int{}
			}
			sources[r.Named][r.Source]++
		}
		return nil
	}))
	flush()
	pairs := 0 // that joining across sources takes
	for _, of := range sources {
		pairs += len(of) - 1
	}
	t.Logf("%d reports with a grid, %d pairs across sources, took %v", reports, pairs, time.Since(began).Round(time.Millisecond))
	for _, what := range slices.Sorted(maps.Keys(found)) {
		t.Logf("%-20s %4d pairs, right %4d", what, found[what], right[what])
	}
	require.NotZero(t, pairs)
	require.Greater(t, float64(right[joined]), 0.9*float64(found[joined]), "what is joined without a person is right")
	require.Greater(t, float64(right[joined]), 0.5*float64(pairs), "and is most of what there is")
}
