package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// memory keeps the contract of the store for tests of the pipeline alone:
// inserts are whole or not at all, tokens work once, the greatest version
// wins. What the real store does is tested in integration_test.go.
type memory struct {
	mu          sync.Mutex
	incidents   map[[2]string]schemas.Incident
	transitions map[schemas.Transition]schemas.Transition
	tones       []schemas.Incident
	declared    []schemas.Incident // with the links that some of them declare
	tokens      map[string]bool
	quarantine  []clickhouse.QuarantineRow
	batches     []clickhouse.BatchRow
	answers     map[string]clickhouse.BatchAnswer
	dictionary  map[string][]schemas.Entry
	dirty       []uint16
	seqs        []uint64
	inserts     int
	log         []string

	fail       func(op string) error // before anything is done
	failAfter  func(op string) error // after it is done: a lost answer
	localZone  *time.Location
	discarding bool // count rows only, for benchmarks
}

func newMemory() *memory {
	return &memory{incidents: map[[2]string]schemas.Incident{}, transitions: map[schemas.Transition]schemas.Transition{},
		answers: map[string]clickhouse.BatchAnswer{}, tokens: map[string]bool{}, dictionary: map[string][]schemas.Entry{}, localZone: shanghai}
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

func (m *memory) step(op string, do func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(op); err != nil {
			return err
		}
	}
	m.log = append(m.log, op)
	do()
	if m.failAfter != nil {
		return m.failAfter(op)
	}
	return nil
}

func (m *memory) once(op, token string, do func()) error {
	return m.step(op, func() {
		if token != "" && m.tokens[token] {
			return
		}
		m.tokens[token] = true
		do()
	})
}

func (m *memory) Identities(_ context.Context, source string, each func(clickhouse.Identity) error) error {
	return m.identities(source, nil, each)
}

func (m *memory) IdentitiesOf(_ context.Context, source string, ids []string, each func(clickhouse.Identity) error) error {
	return m.identities(source, ids, each)
}

func (m *memory) identities(source string, ids []string, each func(clickhouse.Identity) error) error {
	return m.step("identities", func() {
		for _, r := range m.incidents {
			if r.Source == source && (ids == nil || slices.Contains(ids, r.SourceID)) {
				_ = each(clickhouse.Identity{IDHash: xxhash.Sum64String(r.SourceID), ContentHash: r.ContentHash, Version: r.Version, OccurredAt: r.OccurredAt})
			}
		}
	})
}

func (m *memory) BatchStepFlags(context.Context, []string, time.Time, time.Time) (map[string][]clickhouse.StepFlag, error) {
	return nil, nil // what contradicts is told by SQL alone: internal/clickhouse tests it
}

func (m *memory) TransitionIdentities(_ context.Context, source string, each func(key, content uint64) error) error {
	return m.transitionIdentities(source, nil, each)
}

func (m *memory) TransitionIdentitiesOf(_ context.Context, source string, ids []string, each func(key, content uint64) error) error {
	return m.transitionIdentities(source, ids, each)
}

func (m *memory) transitionIdentities(source string, ids []string, each func(key, content uint64) error) error {
	return m.step("transition identities", func() {
		for _, t := range m.transitions {
			if t.Source == source && (ids == nil || slices.Contains(ids, t.SourceID)) {
				key, _ := transitionKey(nil, &t)
				content, _ := transitionContent(nil, &t)
				_ = each(key, content)
			}
		}
	})
}

func (m *memory) Matters(_ context.Context, _ string, each func(matter uint64, day uint16)) error {
	return m.step("matters", func() {
		for _, r := range m.incidents {
			if r.MatterID != "" {
				each(xxhash.Sum64String(r.MatterID), dayNumber(r.OccurredAt.In(m.localZone)))
			}
		}
	})
}

func (m *memory) MatterDays(_ context.Context, _, source string, ids, matters []string) (days []uint16, err error) {
	err = m.step("matter days", func() {
		for _, id := range ids {
			if r, ok := m.incidents[[2]string{source, id}]; ok && r.MatterID != "" {
				matters = append(slices.Clone(matters), r.MatterID)
			}
		}
		for _, r := range m.incidents {
			if r.MatterID != "" && slices.Contains(matters, r.MatterID) {
				days = append(days, dayNumber(r.OccurredAt.In(m.localZone)))
			}
		}
	})
	return days, err
}

func (m *memory) IncidentDays(_ context.Context, _, source string, ids []string) (days []uint16, err error) {
	err = m.step("incident days", func() {
		for _, id := range ids {
			if r, ok := m.incidents[[2]string{source, id}]; ok {
				days = append(days, dayNumber(r.OccurredAt.In(m.localZone)))
			}
		}
	})
	return days, err
}

func (m *memory) MarkDays(_ context.Context, seq uint64, days []uint16) error {
	return m.step("mark", func() {
		m.seqs = append(m.seqs, seq)
		m.dirty = append(m.dirty, days...)
	})
}

func (m *memory) InsertIncidents(_ context.Context, token string, rows []schemas.Incident) error {
	return m.once("incidents", token, func() {
		m.inserts++
		if m.discarding {
			return
		}
		for _, r := range rows {
			key := [2]string{r.Source, r.SourceID}
			if old, ok := m.incidents[key]; !ok || r.Version > old.Version {
				m.incidents[key] = r
			}
		}
	})
}

func (m *memory) DeclareLinks(_ context.Context, token string, rows []schemas.Incident) error {
	return m.once("links", token, func() { m.declared = append(m.declared, rows...) })
}

func (m *memory) InsertTones(_ context.Context, token string, rows []schemas.Incident) error {
	return m.once("tones", token, func() { m.tones = append(m.tones, rows...) })
}

func (m *memory) InsertTransitions(_ context.Context, token string, rows []schemas.Transition) error {
	return m.once("transitions", token, func() {
		for _, t := range rows {
			m.transitions[schemas.Transition{Source: t.Source, SourceID: t.SourceID, At: t.At, Kind: t.Kind, Unit: t.Unit, Level: t.Level}] = t
		}
	})
}

func (m *memory) InsertQuarantine(_ context.Context, token string, rows []clickhouse.QuarantineRow) error {
	return m.once("quarantine", token, func() {
		if !m.discarding {
			m.quarantine = append(m.quarantine, rows...)
		}
	})
}

func (m *memory) SaveBatch(_ context.Context, rows ...clickhouse.BatchRow) error {
	return m.step("batch", func() { m.batches = append(m.batches, rows...) })
}

func (m *memory) BatchAnswers(_ context.Context, requests []string) (kept []clickhouse.BatchAnswer, err error) {
	err = m.step("answers", func() {
		for _, r := range requests {
			if a, ok := m.answers[r]; ok {
				kept = append(kept, a)
			}
		}
	})
	return kept, err
}

func (m *memory) SaveBatchAnswers(_ context.Context, rows ...clickhouse.BatchAnswer) error {
	return m.step("save answers", func() {
		for _, a := range rows {
			m.answers[a.Request] = a
		}
	})
}

func (m *memory) SaveDictionary(_ context.Context, kind string, entries []schemas.Entry, _ uint64) error {
	return m.step("dictionary", func() { m.dictionary[kind] = entries })
}

// rows lists what is stored, without what differs from run to run.
func (m *memory) rows() []schemas.Incident {
	var out []schemas.Incident
	for _, r := range m.incidents {
		r.Batch, r.Version, r.IngestedAt = "", 0, time.Time{}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b schemas.Incident) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.SourceID, b.SourceID))
	})
	return out
}

var errAway = &schemas.Problem{Code: schemas.CodeUnavailable, Status: 503, Detail: "away", Err: errors.New("killed")}

// noise is a deterministic source of names.
type noise struct{ n uint64 }

func (z *noise) Read(p []byte) (int, error) {
	for i := 0; i < len(p); i += 32 {
		z.n++
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], z.n)
		sum := sha256.Sum256(b[:])
		copy(p[i:], sum[:])
	}
	return len(p), nil
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ticking is a clock that goes on by a second whenever it is asked.
func ticking() func() time.Time {
	var mu sync.Mutex
	now := noon
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

func newIngester(t testing.TB, store Store, areas []area.Area, batchRows int) *Ingester {
	t.Helper()
	in, err := New(Options{Store: store, Areas: areas, Clock: ticking(), Random: &noise{}, TimeZone: shanghai, Resolution: 10, BatchRows: batchRows, Workers: 2})
	require.NoError(t, err)
	return in
}

func builtin(t testing.TB, name string) *Profile {
	t.Helper()
	p, err := BuiltinProfile(name)
	require.NoError(t, err)
	return p
}

func run1(t testing.TB, in *Ingester, profile, name string, r io.Reader) Report {
	t.Helper()
	rep, err := in.Run(context.Background(), Input{Name: name, Reader: r, Profile: builtin(t, profile)})
	require.NoError(t, err)
	require.Equal(t, rep.Rows, rep.Accepted+rep.Updated+rep.Duplicates+rep.Quarantined)
	return rep
}
