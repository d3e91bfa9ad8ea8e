package sqlbench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/views"
	"reli/web/access"
)

// Bounds of the queue. The engine spreads one query over the cores, so two at
// once leave it room for the tiles; who waits longer is told to come again.
const (
	running     = 2
	waiting     = 16
	longestWait = 10 * time.Second
	// keepTime bounds the writing of a history row after the answer.
	keepTime = 5 * time.Second
)

// Options of a Bench.
type Options struct {
	DB     *clickhouse.DB
	Zone   string // of the local days
	Now    func() time.Time
	Logger *slog.Logger
}

// Bench runs analysts' queries. It is safe for concurrent use.
type Bench struct {
	opt       Options
	catalogue views.Catalogue
	analyst   *clickhouse.Analyst
	slots     chan struct{} // running
	places    chan struct{} // running and waiting
	wait      time.Duration
}

// New makes a Bench.
func New(opt Options) *Bench {
	catalogue := views.Load()
	return &Bench{opt: opt, catalogue: catalogue, analyst: opt.DB.Analyst(catalogue, opt.Zone),
		slots: make(chan struct{}, running), places: make(chan struct{}, running+waiting), wait: longestWait}
}

// Catalogue is what may be asked.
func (b *Bench) Catalogue() views.Catalogue { return b.catalogue }

// Limit gives the limits of a role; false where it may not use SQL.
func (b *Bench) Limit(role access.Role) (views.Limit, bool) {
	limit, ok := b.catalogue.Limits[string(role)]
	return limit, ok
}

// Ask is a query and who asks it.
type Ask struct {
	Principal  access.Principal
	RequestID  string
	SQL        string
	Parameters map[string]any // as encoding/json decodes them, with json.Number
	Template   Template
	Saved      string // id of the saved query that is run, "" for none
}

// Output takes an answer. Begin is called once, before the first byte: where
// Run fails before it, nothing was written and the caller answers with the
// error; after it the caller has to break the answer off.
type Output interface {
	io.Writer
	Begin() error
}

// Run asks, writes the result in a format, and keeps the run in the history.
func (b *Bench) Run(ctx context.Context, ask Ask, format Format, out Output) error {
	limit, ok := b.Limit(ask.Principal.Role)
	if !ok {
		return forbidden()
	}
	if format.MaxRows > 0 {
		limit.ResultRows = min(limit.ResultRows, format.MaxRows)
	}
	leave, err := b.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	started := b.opt.Now()
	rows, err := b.write(ctx, ask, limit, format, out)
	b.keep(ctx, ask, format, started, rows, err)
	return err
}

func forbidden() error {
	return &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "SQL is for analysts and administrators"}
}

// enter waits for a slot.
func (b *Bench) enter(ctx context.Context) (leave func(), err error) {
	busy := &schemas.Problem{Code: schemas.CodeBusy, Status: http.StatusServiceUnavailable,
		Detail: "too many queries at once; ask again in a moment"}
	select {
	case b.places <- struct{}{}:
	default:
		return nil, busy
	}
	timer := time.NewTimer(b.wait)
	defer timer.Stop()
	select {
	case b.slots <- struct{}{}:
		return func() { <-b.slots; <-b.places }, nil
	case <-timer.C:
		err = busy
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	<-b.places
	return nil, err
}

func (b *Bench) write(ctx context.Context, ask Ask, limit views.Limit, format Format, out Output) (uint64, error) {
	scope := ask.Principal.Scope
	r, err := b.analyst.Stream(ctx, clickhouse.AnalystQuery{SQL: ask.SQL, Parameters: ask.Parameters, Limit: limit,
		Territory: clickhouse.Territory{Areas: scope.Areas, Categories: scope.Categories, Sources: scope.Sources}}, format.engine)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	held := &holder{out: out}
	rows, err := format.write(held, r, meta{limit: limit, template: ask.Template})
	if err == nil {
		err = held.flush()
	}
	return rows, err
}

// keep logs a run and writes it into the history, also of a client who left.
// The log has the hash of the text only: a text may name what it looks for.
func (b *Bench) keep(ctx context.Context, ask Ask, format Format, started time.Time, rows uint64, err error) {
	took := b.opt.Now().Sub(started)
	code := ""
	switch p, ok := schemas.AsProblem(err); {
	case ok:
		code = p.Code
	case errors.Is(err, context.Canceled):
		code = "cancelled"
	case err != nil:
		code = schemas.CodeInternal
	}
	sum := sha256.Sum256([]byte(ask.SQL))
	b.opt.Logger.InfoContext(ctx, "sql", "request_id", ask.RequestID, "principal", ask.Principal.ID, "role", ask.Principal.Role,
		"sql_sha256", hex.EncodeToString(sum[:]), "format", format.Name, "saved", ask.Saved, "rows", rows,
		"took_ms", took.Milliseconds(), "code", code)
	parameters, problem := json.Marshal(ask.Parameters)
	if problem != nil {
		parameters = []byte("{}")
	}
	text, bounded := ask.SQL, min(len(ask.SQL), maxKept)
	run := clickhouse.QueryRun{Principal: ask.Principal.ID, At: started, RequestID: ask.RequestID, SQL: strings.ToValidUTF8(text[:bounded], ""),
		Parameters: string(parameters), Format: format.Name, TookMillis: uint32(max(took.Milliseconds(), 0)), Rows: rows, Code: code}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := b.opt.DB.KeepRun(ctx, run); err != nil {
		b.opt.Logger.WarnContext(ctx, "run not kept", "request_id", ask.RequestID, "error", err)
	}
}

// maxKept bounds a text in the history: longer ones were refused.
const maxKept = 64 << 10

// holdBytes of an answer are held back, so that a query that fails early is
// answered with a proper status.
const holdBytes = 1 << 20

type holder struct {
	out   Output
	held  bytes.Buffer
	begun bool
}

func (h *holder) Write(p []byte) (int, error) {
	if h.begun {
		return h.out.Write(p)
	}
	h.held.Write(p)
	if h.held.Len() < holdBytes {
		return len(p), nil
	}
	return len(p), h.flush()
}

// flush lets out what is held.
func (h *holder) flush() error {
	if h.begun {
		return nil
	}
	h.begun = true
	if err := h.out.Begin(); err != nil {
		return err
	}
	_, err := h.held.WriteTo(h.out)
	return err
}
