package cube

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/stretchr/testify/require"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// world makes records of every kind, the same ones for one seed.
type world struct {
	rng   *rand.Rand
	areas []schemas.Area
	cells []uint64
	from  time.Time // of occurred_at
	span  time.Duration
}

func newWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	w := &world{rng: rand.New(rand.NewPCG(seed, 1)), areas: smallCounty(t),
		from: time.Date(2024, 2, 10, 0, 0, 0, 0, time.UTC), span: 420 * 24 * time.Hour}
	for i := range 60 { // near and far, so that parents of all resolutions differ
		p, err := geo.New(119+float64(i%9)*0.3, 30+float64(i/9)*0.2)
		require.NoError(t, err)
		c, err := hex.FromLngLat(p, StorageResolution)
		require.NoError(t, err)
		w.cells = append(w.cells, uint64(c))
		if i%3 == 0 {
			w.cells = append(w.cells, uint64(c.Ring(1)[i%6]))
		}
	}
	return w
}

// smallCounty has one county, three townships, some without villages, and
// villages with and without grids.
func smallCounty(t testing.TB) []schemas.Area {
	t.Helper()
	var out []schemas.Area
	add := func(level schemas.Level, code, parent string) {
		i := float64(len(out))
		square := orb.MultiPolygon{{{{119 + i/10, 30}, {119.1 + i/10, 30}, {119.1 + i/10, 30.1}, {119 + i/10, 30.1}, {119 + i/10, 30}}}}
		shape, err := wkb.Marshal(square)
		require.NoError(t, err)
		out = append(out, schemas.Area{Set: schemas.DivisionSet, Code: code, Parent: parent, Level: level, Name: code, Population: uint32(100 * (i + 1)), Geometry: shape})
	}
	add(schemas.LevelCounty, "c", "")
	for i, villages := range []int{3, 2, 0} {
		town := fmt.Sprint("t", i)
		add(schemas.LevelTownship, town, "c")
		for j := range villages {
			village := fmt.Sprint(town, "v", j)
			add(schemas.LevelVillage, village, town)
			for k := range j * 2 {
				add(schemas.LevelGrid, fmt.Sprint(village, "g", k), village)
			}
		}
	}
	return out
}

// treeOf builds the tree of areas.
func treeOf(t testing.TB, areas []schemas.Area) *area.Tree {
	t.Helper()
	shapes := make([]area.Area, len(areas))
	for i, a := range areas {
		var err error
		shapes[i], err = AreaFromRecord(a)
		require.NoError(t, err)
	}
	tree, err := area.BuildTree(shapes)
	require.NoError(t, err)
	return tree
}

// loadAreas stores the areas of a world.
func (w *world) loadAreas(t testing.TB, db *clickhouse.DB) {
	t.Helper()
	require.NoError(t, db.ReplaceAreas(t.Context(), schemas.DivisionSet, w.areas, Paths(treeOf(t, w.areas)), 1))
}

func pickOne[T any](w *world, from ...T) T { return from[w.rng.IntN(len(from))] }

// hostile texts are codes, too, as far as the cube is concerned.
var (
	someCategories = []string{"family", "wage", "land", "expropriation", "other", "it's"}
	someSources    = []string{"12345", "grid", "back\\slash", "矛盾"}
	someChannels   = []string{"", "hotline", "visit", "a&b=c"}
)

// incident makes one with the identity n.
func (w *world) incident(n int) schemas.Incident {
	at := w.from.Add(time.Duration(w.rng.Int64N(int64(w.span)))).Truncate(time.Second)
	r := schemas.Incident{Source: someSources[n%len(someSources)], SourceID: fmt.Sprint("id-", n), Version: 1, ContentHash: uint64(n),
		OccurredAt: at, ReportedAt: at.Add(time.Duration(w.rng.IntN(100)) * time.Minute), IngestedAt: now,
		Category: pickOne(w, someCategories...), Channel: pickOne(w, someChannels...),
		Scale: schemas.Scale(w.rng.IntN(4)), Urgency: schemas.Urgency(w.rng.IntN(4)), People: uint32(w.rng.IntN(50)),
		State: pickOne(w, schemas.StateRegistered, schemas.StateAssigned), ResolverLevel: schemas.Level(w.rng.IntN(5))}
	if w.rng.IntN(3) > 0 {
		r.DueAt = at.Add(time.Duration(w.rng.IntN(60*24)) * time.Hour)
	}
	if w.rng.IntN(3) == 0 {
		r.ClosedAt = at.Add(time.Duration(w.rng.IntN(90*24)-24) * time.Hour)
	}
	if w.rng.IntN(4) == 0 {
		r.MatterID = fmt.Sprint("m", w.rng.IntN(200))
	}
	if w.rng.IntN(8) > 0 {
		r.Cell = pickOne(w, w.cells...)
	}
	if n := w.rng.IntN(len(w.areas) + 3); n < len(w.areas) {
		r.Area = w.areas[n].Code
	} else if n == len(w.areas) {
		r.Area = "nowhere"
	}
	return r
}

// life makes some transitions of an incident. No two of them have one time and
// kind: which unit and level such a pair has is decided by its last arrival.
func (w *world) life(r schemas.Incident) []schemas.Transition {
	kinds := []schemas.TransitionKind{schemas.TransitionRegister, schemas.TransitionAssign, schemas.TransitionSupervise, schemas.TransitionResolve,
		schemas.TransitionResolve, schemas.TransitionVisit, schemas.TransitionCancel, schemas.TransitionReopen, schemas.TransitionReview}
	type key struct {
		at   int64
		kind schemas.TransitionKind
	}
	seen := map[key]bool{}
	var out []schemas.Transition
	for range w.rng.IntN(7) {
		// few distinct times, so that several steps meet in one second
		tr := schemas.Transition{Source: r.Source, SourceID: r.SourceID, At: r.OccurredAt.Add(time.Duration(w.rng.IntN(12)) * 36 * time.Hour),
			Kind: pickOne(w, kinds...), Level: schemas.Level(w.rng.IntN(5))}
		if k := (key{tr.At.Unix(), tr.Kind}); !seen[k] {
			seen[k] = true
			out = append(out, tr)
		}
	}
	return out
}

// records makes n incidents with their lives.
func (w *world) records(n int) ([]schemas.Incident, []schemas.Transition) {
	var incidents []schemas.Incident
	var transitions []schemas.Transition
	for i := range n {
		r := w.incident(i)
		incidents = append(incidents, r)
		transitions = append(transitions, w.life(r)...)
	}
	return incidents, transitions
}

// monthsOf gives the local months of incidents.
func monthsOf(z *time.Location, incidents ...schemas.Incident) []uint32 {
	seen := map[uint32]bool{}
	var out []uint32
	for _, r := range incidents {
		at := r.OccurredAt.In(z)
		m := uint32(at.Year()*100 + int(at.Month()))
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}
