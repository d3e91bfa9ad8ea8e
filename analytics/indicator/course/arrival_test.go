package course_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/ingest"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/test/county"
)

const (
	orders     = 100 // shuffled orders of arrival
	ofAGroup   = 50  // orders whose inputs are taken together: a run takes 64 sources
	cuts       = 3   // inputs that the steps of an order come in
	livesTried = 12
)

// order is one order of arrival: its source is its name, so that all orders
// live beside each other in one database.
type order struct {
	name string
	rng  *rand.Rand
}

// lines shuffles the records, some of them twice or three times.
func (o order) lines(records []string) []string {
	out := make([]string, 0, 2*len(records))
	for _, r := range records {
		for range 1 + o.rng.IntN(3)/2 + o.rng.IntN(2) {
			out = append(out, strings.ReplaceAll(r, "SOURCE", o.name))
		}
	}
	o.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// The same incidents and steps, contradictions and steps told in two ways
// among them, in 100 shuffled orders, with repetitions, cut into inputs that
// come before and after the incidents: one state and one set of durations.
func TestAnyOrderOfArrivalGivesOneLife(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	incidents, steps := contradictoryLives()
	rng := rand.New(rand.NewPCG(11, 7))
	for first := 0; first < orders; first += ofAGroup {
		var inputs [cuts + 1][]string // the last is that of the incidents
		for n := first; n < first+ofAGroup; n++ {
			o := order{fmt.Sprintf("o%03d", n), rng}
			all := o.lines(steps)
			for i := range cuts {
				inputs[i] = append(inputs[i], all[i*len(all)/cuts:(i+1)*len(all)/cuts]...)
			}
			inputs[cuts] = append(inputs[cuts], o.lines(incidents)...)
		}
		for _, i := range rng.Perm(cuts + 1) {
			if i == cuts {
				arrive(t, c, "generic", "source,source_id,occurred_at,reported_at,closed_at,resolver_level\n", inputs[i])
			} else {
				arrive(t, c, "generic-transitions", "source,source_id,at,kind,unit,level\n", inputs[i])
			}
			_, err := c.Store.Settle(t.Context(), "test") // and what was settled on the way changes nothing
			require.NoError(t, err)
		}
	}
	const course = `SELECT uniqExact(h), count() FROM (SELECT source, sipHash64(arraySort(groupArray((replaceOne(matter, source, ''), opened, reported, closed, resolved,
handling, assigned, disposed, supervised, mediated, failed, visited, cancelled, rated, rating, first_closed, relapsed, ins, outs, tier, resolver_level)))) AS h FROM courses GROUP BY source)`
	const state = `SELECT uniqExact(h), count() FROM (SELECT source, sipHash64(arraySort(groupArray((opened, closed, hour, resolver_level, state, n)))) AS h FROM cube GROUP BY source)`
	require.NoError(t, keeper(c).Read(t.Context(), func(db *clickhouse.DB, _ *cube.Snapshot) error {
		for _, sql := range []string{course, state} {
			var different, all uint64
			require.NoError(t, db.Row(t.Context(), sql, []any{&different, &all}))
			require.Equal(t, []uint64{1, orders}, []uint64{different, all})
		}
		var closed, states uint64
		require.NoError(t, db.Row(t.Context(), `SELECT countIf(closed > toDate(0)), uniqExact(state) FROM cube WHERE source = 'o000'`, []any{&closed, &states}))
		require.Greater(t, closed, uint64(2), "the lives are worth comparing")
		require.Greater(t, states, uint64(2))
		return nil
	}))
	flags, err := c.DB.StepFlags(t.Context())
	require.NoError(t, err)
	byOrder := map[string]map[string]uint64{}
	for _, f := range flags {
		if byOrder[f.Source] == nil {
			byOrder[f.Source] = map[string]uint64{}
		}
		if f.Flag != schemas.FlagLate { // tells of the arrival itself
			byOrder[f.Source][f.Flag] = f.Steps
		}
	}
	require.Len(t, byOrder, orders)
	for name, of := range byOrder {
		require.Equal(t, byOrder["o000"], of, name)
	}
	require.Greater(t, len(byOrder["o000"]), 3)
}

// contradictoryLives writes random lives as lines of CSV.
func contradictoryLives() (incidents, steps []string) {
	l := &lives{rng: rand.New(rand.NewPCG(5, 9)), steps: map[string][]schemas.Transition{}}
	l.add(livesTried)
	units := []string{"", "司法所", "派出所"}
	text := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339)
	}
	for i, in := range l.incidents {
		if in.ClosedAt.Before(in.OccurredAt) {
			in.ClosedAt = time.Time{} // refused at the door; the steps may still say so
		}
		incidents = append(incidents, fmt.Sprintf("SOURCE,%s,%s,%s,%s,%d", in.SourceID, text(in.OccurredAt), text(in.ReportedAt), text(in.ClosedAt), 1+l.rng.IntN(4)))
		for _, s := range l.step(i, 10) {
			for range 1 + l.rng.IntN(4)/3 { // now and then another unit and level of the same step
				steps = append(steps, fmt.Sprintf("SOURCE,%s,%s,%s,%s,%d", s.SourceID, text(s.At), s.Kind, units[l.rng.IntN(3)], 1+l.rng.IntN(4)))
			}
		}
		if i%2 == 0 {
			steps = append(steps, fmt.Sprintf("SOURCE,%s,%s,register,,3", in.SourceID, text(in.ReportedAt)), fmt.Sprintf("SOURCE,%s,%s,register,,2", in.SourceID, text(in.ReportedAt)))
		}
	}
	return incidents, steps
}

func arrive(t *testing.T, c *county.County, profile, header string, lines []string) {
	t.Helper()
	p, err := ingest.BuiltinProfile(profile)
	require.NoError(t, err)
	report, err := c.Ingest.Run(t.Context(), ingest.Input{Name: "arrival.csv", Profile: p, Reader: bytes.NewReader([]byte(header + strings.Join(lines, "\n") + "\n"))})
	require.NoError(t, err)
	require.Zero(t, report.Quarantined, "%+v", report.Errors)
}
