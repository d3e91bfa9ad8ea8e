package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"reli/geo/area"
	"reli/geo/hex"
	"reli/ingest/privacy"
	"reli/ingest/triage"
	"reli/schemas/deadlines"
)

// SecretBytes is the length of Options.Secret.
const SecretBytes = 32

// Options are what an Ingester works with. Store, Clock, Random, TimeZone and
// Resolution must be set.
type Options struct {
	Store      Store
	Areas      []area.Area      // the map to locate on; may be empty, see SetAreas
	Clock      func() time.Time // the time of arrival
	Random     io.Reader        // the names of batches
	TimeZone   *time.Location   // of the deployment: its days are the cube's
	Resolution int              // H3 resolution of stored cells
	MinYear    int              // the first year accepted, 1990 when 0
	Workers    int              // goroutines that shape rows, one a processor when 0
	BatchRows  int              // rows of one insert, 25,000 when 0

	// Secret makes pseudonyms of ids that point at a person; the same over
	// restarts, so that a record is known when it comes again. 32 random bytes
	// when nil.
	Secret []byte

	// Deadlines date the incidents that bring no date themselves; nil: none.
	Deadlines *deadlines.Rules

	// Triage derives what records with a text do not bring; nil: nothing.
	Triage *triage.Dictionary

	// Tone has the tone of texts kept as well (docs/triage.md).
	Tone bool

	// Gate is held from marking months dirty until the records behind the
	// marks are written. Whoever settles the cube holds it while reading the
	// marks, so that no mark is settled whose records are still on their way.
	// A lock of its own when nil.
	Gate sync.Locker
}

// Ingester takes inputs in. It is safe for concurrent use; inputs are taken
// one at a time, because only so two that bring the same record can both be
// counted right. A Gatherer takes small ones in between.
type Ingester struct {
	opt     Options
	places  atomic.Pointer[places]
	turn    chan struct{} // holds one token
	waiting atomic.Int64  // inputs that wait for their turn
	seq     atomic.Uint64

	// write is held while rows are told new from old and written. active is
	// the writer of the input whose turn it is.
	write  sync.Mutex
	active activeWriter

	requests requestsUnderWay
}

// activeWriter is a writer of either kind.
type activeWriter interface {
	flush(ctx context.Context) error
	learn(kind RecordKind, source string, key uint64, k known)
}

// New makes an Ingester. The errors are those of area.BuildTree and of
// options that are missing.
func New(opt Options) (*Ingester, error) {
	switch {
	case opt.Store == nil, opt.Clock == nil, opt.Random == nil:
		return nil, errors.New("ingest: Store, Clock and Random are needed")
	case opt.TimeZone == nil || opt.TimeZone == time.Local:
		return nil, errors.New("ingest: a time zone with a name is needed")
	case opt.Resolution < 0 || opt.Resolution > hex.MaxResolution:
		return nil, fmt.Errorf("ingest: no H3 resolution %d", opt.Resolution)
	}
	if opt.MinYear == 0 {
		opt.MinYear = defaultMinYear
	}
	if opt.Workers == 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	if opt.BatchRows == 0 {
		opt.BatchRows = defaultBatchRows
	}
	if opt.Secret == nil {
		opt.Secret = make([]byte, SecretBytes)
		if _, err := io.ReadFull(opt.Random, opt.Secret); err != nil {
			return nil, fmt.Errorf("ingest: make a secret: %w", err)
		}
	}
	if opt.Gate == nil {
		opt.Gate = &sync.Mutex{}
	}
	in := &Ingester{opt: opt, turn: make(chan struct{}, 1)}
	in.turn <- struct{}{}
	return in, in.SetAreas(opt.Areas)
}

// SetAreas changes the map for inputs that begin from now on. The errors are
// those of area.BuildTree.
func (in *Ingester) SetAreas(areas []area.Area) error {
	p, err := newPlaces(areas, in.opt.Resolution)
	if err != nil {
		return err
	}
	in.places.Store(p)
	return nil
}

// Input is one file or body.
type Input struct {
	Name     string // for the quarantine and the format: a file name without its folder
	Reader   io.Reader
	Size     int64 // bytes to be read, 0 when unknown
	Format   Format
	Profile  *Profile
	Progress func(Progress) // called now and then by one goroutine; may be nil
	// Request makes the same input sent again be answered as before; nil: none.
	Request *Request
}

// Progress says how far an input is.
type Progress struct {
	Rows  int64 // records decided on
	Bytes int64 // read of the raw input
	Total int64 // Input.Size
}

// Report says what became of an input. Rows = Accepted + Updated + Duplicates
// + Quarantined.
type Report struct {
	Batch       string `json:"batch"` // UUID of the run
	Rows        int64  `json:"rows"`
	Accepted    int64  `json:"accepted"`    // records not known before
	Updated     int64  `json:"updated"`     // newer versions of known records
	Duplicates  int64  `json:"duplicates"`  // known as they are, or older than what is known
	Stale       int64  `json:"stale"`       // of the duplicates, those older than what is known
	Quarantined int64  `json:"quarantined"` // refused rows
	// Masked counts what pointed at a person and was masked, by kind.
	Masked map[privacy.Kind]int64 `json:"masked,omitempty"`
	// Flagged counts the steps taken in that contradict the rest of a life, or
	// came at an odd time, by flag (schemas.StepFlags). They count all the same.
	Flagged map[string]int64 `json:"flagged,omitempty"`
	// Derived counts rows with a value that they did not bring, by field; and,
	// under the names of derive.go, what could not be derived.
	Derived map[string]int64 `json:"derived,omitempty"`
	Errors  []RowError       `json:"errors"` // the first MaxReportedErrors faults of refused rows
	// Replayed says that this is the answer to the same request before.
	Replayed bool `json:"-"`
}

// Run takes an input in. What the report counts is written and will not be
// lost, also when there is an error besides: a *schemas.Problem where the
// input or the profile is to blame, ctx's error where ctx ended. Sending the
// input again is always right, it completes what was not done.
//
// Where the input has a Request, a request answered before is not taken in
// again; see Request.
func (in *Ingester) Run(ctx context.Context, input Input) (Report, error) {
	if in.waiting.Add(1) > maxWaiting {
		in.waiting.Add(-1)
		return Report{Errors: []RowError{}}, queueFull()
	}
	select {
	case <-in.turn:
		in.waiting.Add(-1)
		defer func() { in.turn <- struct{}{} }()
	case <-ctx.Done():
		in.waiting.Add(-1)
		return Report{Errors: []RowError{}}, ctx.Err()
	}
	if input.Request != nil {
		return in.runRequest(ctx, input)
	}
	return in.runInput(ctx, input)
}

func (in *Ingester) runInput(ctx context.Context, input Input) (Report, error) {
	r, err := in.begin(ctx, input)
	if err != nil {
		return Report{Errors: []RowError{}}, err
	}
	err = r.all(ctx)
	err = errors.Join(err, r.close(), r.end(ctx))
	return r.report, err // after the end, which adds to it
}

// nextSeq gives a number for a mark, greater than any before: nanoseconds, so
// that it also grows over restarts.
func (in *Ingester) nextSeq() uint64 {
	for {
		last := in.seq.Load()
		next := max(uint64(in.opt.Clock().UnixNano()), last+1)
		if in.seq.CompareAndSwap(last, next) {
			return next
		}
	}
}
