package matter_test

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/indicator/course"
	"reli/analytics/matter"
	"reli/internal/clickhouse"
	"reli/test/county"
)

func settle(t testing.TB, c *county.County) uint64 {
	t.Helper()
	v, err := c.Store.Settle(t.Context(), "test")
	require.NoError(t, err)
	return v
}

// report is a report as the tests make it.
type report struct {
	clickhouse.Report
	day     int // after the first
	hour    int // at which it was reported, of the same day
	named   string
	link    clickhouse.Report // declared
	replace bool              // sent before with another matter and day
}

const header = "source,source_id,occurred_at,reported_at,category,matter_id,link_source,link_id,updated_at\n"

func (r report) line(version int) string {
	at := time.Date(2025, 1, 20, r.hour, 0, 0, 0, time.UTC).AddDate(0, 0, r.day)
	return fmt.Sprintf("%s,%s,%s,%s,land,%s,%s,%s,%s\n", r.Source, r.ID, at.Format(time.RFC3339), at.Format(time.RFC3339), r.named,
		r.link.Source, r.link.ID, time.Date(2025, 6, version, 0, 0, 0, 0, time.UTC).Format(time.RFC3339))
}

// number of 件 and 件次 by source and local day.
type counts map[string][2]uint64

// counted reads the numbers from the cube, and holds that the courses say the
// same.
func counted(t testing.TB, c *county.County, k *course.Keeper) counts {
	t.Helper()
	out := counts{}
	read := func(into counts, sql string) {
		require.NoError(t, c.DB.Each(t.Context(), sql, func(scan func(...any) error) error {
			var key string
			var n [2]uint64
			err := scan(&key, &n[0], &n[1])
			into[key] = n
			return err
		}))
	}
	read(out, `SELECT concat(source, ' ', toString(opened)), sumIf(n, first_report = 1), sum(n) FROM cube GROUP BY 1`)
	courses := counts{}
	require.NoError(t, k.Read(t.Context(), func(*clickhouse.DB, *cube.Snapshot) error {
		read(courses, `SELECT concat(source, ' ', toString(opened)), countIf(previous = toDate(0)), count() FROM courses GROUP BY 1`)
		return nil
	}))
	require.Equal(t, out, courses, "the courses and the cube count alike")
	return out
}

// fromNothing counts by looking at every pair of reports again and again until
// no label moves.
func fromNothing(c *county.County, reports []report, joined, parted []clickhouse.Pair) counts {
	label := make([]int, len(reports))
	for i := range label {
		label[i] = i
	}
	declared := func(a, b report) bool { return a.link == b.Report || b.link == a.Report }
	same := func(a, b report) bool {
		p := clickhouse.PairOf(a.Report, b.Report)
		return a.named != "" && a.named == b.named || slices.Contains(joined, p) || declared(a, b) && !slices.Contains(parted, p)
	}
	for moved := true; moved; {
		moved = false
		for i := range reports {
			for j := range reports {
				if label[j] > label[i] && same(reports[i], reports[j]) {
					label[j], moved = label[i], true
				}
			}
		}
	}
	first := map[int]int{}
	for i, r := range reports {
		j, ok := first[label[i]]
		if before := reports[j]; !ok || r.day < before.day || r.day == before.day && (r.hour < before.hour || r.hour == before.hour && r.Compare(before.Report) < 0) {
			first[label[i]] = i
		}
	}
	out := counts{}
	for i, r := range reports {
		day := time.Date(2025, 1, 20, r.hour, 0, 0, 0, time.UTC).AddDate(0, 0, r.day).In(c.Zone).Format(time.DateOnly)
		n := out[r.Source+" "+day]
		n[1]++
		if first[label[i]] == i {
			n[0]++
		}
		out[r.Source+" "+day] = n
	}
	return out
}

// story makes reports of three sources, with matters that sources name, chains
// of declared links, links to what never comes, and words of persons.
func story(rng *rand.Rand, prefix string) (reports []report, joined, parted []clickhouse.Pair) {
	at := func(i int) clickhouse.Report {
		return clickhouse.Report{Source: prefix + string('a'+rune(i%3)), ID: fmt.Sprint("n", i)}
	}
	const n = 48
	for i := range n {
		r := report{Report: at(i), day: rng.IntN(70), hour: rng.IntN(24), replace: rng.IntN(4) == 0}
		switch rng.IntN(5) {
		case 0:
			r.named = prefix + fmt.Sprint("m", rng.IntN(8))
		case 1, 2:
			if to := rng.IntN(n + 6); to != i {
				r.link = at(to)
			}
		}
		reports = append(reports, r)
		if p := clickhouse.PairOf(r.Report, r.link); r.link.ID != "" && rng.IntN(3) == 0 && !slices.ContainsFunc(reports[:i], func(o report) bool { return clickhouse.PairOf(o.Report, o.link) == p }) {
			parted = append(parted, p)
		}
	}
	for range 4 {
		a, b := at(rng.IntN(n)), at(rng.IntN(n))
		if p := clickhouse.PairOf(a, b); a != b && !slices.Contains(parted, p) {
			joined = append(joined, p)
		}
	}
	return reports, joined, parted
}

// The same reports, declarations and words of persons, in many orders of
// arrival with repetitions, settled in between: the same matters, and those
// that a computation from nothing gives.
func TestAnyOrderOfArrivalGivesTheSameMatters(t *testing.T) {
	const orders, pieces = 8, 3
	c := county.Empty(t, "Asia/Shanghai")
	s := c.Matters()
	k := course.New(c.DB, c.Store, slog.New(slog.NewTextHandler(io.Discard, nil)))
	var lines [pieces][]string
	var words [pieces][]func() error
	rng := rand.New(rand.NewPCG(1, 2))
	want, first := counts{}, counts{}
	for o := range orders {
		prefix := fmt.Sprintf("o%02d", o)
		reports, joined, parted := story(rand.New(rand.NewPCG(7, 7)), prefix)
		of := fromNothing(c, reports, joined, parted)
		for key, n := range of {
			want[key] = n
			if o == 0 {
				first[strings.TrimPrefix(key, prefix)] = n
			}
			require.Equal(t, first[strings.TrimPrefix(key, prefix)], n, "the stories are one")
		}
		for _, r := range reports {
			for range 1 + rng.IntN(2) {
				i := rng.IntN(pieces)
				lines[i] = append(lines[i], r.line(2))
			}
			if r.replace { // an older version, of another day and matter
				old := r
				old.day, old.named, old.link = (r.day+40)%70, prefix+"old", clickhouse.Report{}
				i := rng.IntN(pieces)
				lines[i] = append(lines[i], old.line(1))
			}
		}
		for _, p := range joined {
			i := rng.IntN(pieces)
			words[i] = append(words[i], func() error { return s.Join(t.Context(), "u1", []clickhouse.Pair{p}) })
		}
		i := rng.IntN(pieces)
		words[i] = append(words[i], func() error { return s.Part(t.Context(), "u1", parted) })
	}
	for i := range pieces {
		rng.Shuffle(len(lines[i]), func(a, b int) { lines[i][a], lines[i][b] = lines[i][b], lines[i][a] })
		c.Take(t, header+strings.Join(lines[i], ""))
		for _, say := range words[i] {
			require.NoError(t, say())
		}
		settle(t, c)
		if i == 0 {
			counted(t, c, k)
		}
	}
	have := counted(t, c, k)
	require.Equal(t, want, have)
	matters, reports := uint64(0), uint64(0)
	for _, n := range have {
		matters, reports = matters+n[0], reports+n[1]
	}
	require.Less(t, matters, reports*9/10, "there is something to join")
	t.Logf("%d orders: %d reports (件次) of %d matters (件) each", orders, reports/orders, matters/orders)

	// Made anew, the table of matters is the same.
	const sum = `SELECT sum(cityHash64(source, source_id, matter, months)) FROM matter_of`
	var before, again uint64
	require.NoError(t, c.DB.Row(t.Context(), sum, []any{&before}))
	require.NotZero(t, before)
	require.NoError(t, c.DB.Exec(t.Context(), `TRUNCATE TABLE matter_of`))
	months, err := c.DB.AllMonths(t.Context(), c.Zone.String())
	require.NoError(t, err)
	_, err = matter.NewResolver(c.DB, c.Zone.String()).Resolve(t.Context(), months)
	require.NoError(t, err)
	require.NoError(t, c.DB.Row(t.Context(), sum, []any{&again}))
	require.Equal(t, before, again)
	differ, err := c.Store.Audit(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, differ)
}

// Two linked reports are one 件 and two 件次; undone, the counts are what they
// were, and every change is a data version of its own.
func TestALinkIsUndone(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	s := c.Matters()
	k := course.New(c.DB, c.Store, slog.New(slog.NewTextHandler(io.Discard, nil)))
	hotline, grid, visit := clickhouse.Report{Source: "12345", ID: "h1"}, clickhouse.Report{Source: "grid", ID: "g1"}, clickhouse.Report{Source: "petition", ID: "p1"}
	c.Take(t, header+report{Report: hotline, day: 50}.line(1)+report{Report: grid, day: 3}.line(1)+report{Report: visit, day: 20}.line(1))
	apart := counted(t, c, k)
	v1 := c.Store.Current().Version

	require.NoError(t, s.Join(t.Context(), "u1", []clickhouse.Pair{{A: hotline, B: grid}}))
	require.NoError(t, s.Declare(t.Context(), []clickhouse.Pair{{A: visit, B: hotline}}))
	v2 := settle(t, c)
	require.Greater(t, v2, v1)
	require.Equal(t, counts{"grid 2025-01-23": {1, 1}, "petition 2025-02-09": {0, 1}, "12345 2025-03-11": {0, 1}}, counted(t, c, k))

	require.NoError(t, s.Part(t.Context(), "u1", []clickhouse.Pair{{A: grid, B: hotline}}))
	require.Greater(t, settle(t, c), v2)
	require.Equal(t, counts{"grid 2025-01-23": {1, 1}, "petition 2025-02-09": {1, 1}, "12345 2025-03-11": {0, 1}}, counted(t, c, k),
		"a third report, of another month, is first now")

	require.NoError(t, s.Part(t.Context(), "u1", []clickhouse.Pair{{A: hotline, B: visit}}))
	settle(t, c)
	require.Equal(t, apart, counted(t, c, k))

	// A source that says it again does not go before the word of a person.
	require.NoError(t, s.Declare(t.Context(), []clickhouse.Pair{{A: visit, B: hotline}}))
	settle(t, c)
	require.Equal(t, apart, counted(t, c, k))
	all, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	for _, p := range all {
		require.False(t, p.Stands)
		require.Equal(t, clickhouse.LinkPart, p.Person)
		require.Equal(t, "u1", p.By)
	}
}
