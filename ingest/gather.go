package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"reli/schemas"
)

// Gatherer takes pushes in: inputs so small that those which come within a
// moment share one durable write. Each has its report, and a push that cannot
// be read does not touch its neighbours. It is safe for concurrent use. While
// a large input is on its way, pushes are written between its chunks.
type Gatherer struct {
	in     *Ingester
	cancel context.CancelFunc
	ended  chan struct{}
	wake   chan struct{} // holds a token while something is queued

	mu     sync.Mutex
	queue  []*push
	bytes  int
	closed bool

	dictionaries map[string]bool // saved ones; of the gathering goroutine
}

// push is one small input in the queue.
type push struct {
	ctx    context.Context
	input  Input
	body   []byte
	answer chan pushed // holds one
}

type pushed struct {
	report Report
	err    error
}

// errPushTooLong is given for a push that unpacks to more than is gathered.
var errPushTooLong = errors.New("ingest: more rows than a push has")

// NewGatherer starts gathering for an Ingester. Close it to end the work.
func NewGatherer(in *Ingester) *Gatherer {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gatherer{in: in, cancel: cancel, ended: make(chan struct{}), wake: make(chan struct{}, 1), dictionaries: map[string]bool{}}
	go g.run(ctx)
	return g
}

// Close ends the work after the group that is being written, and refuses what
// is queued and what comes later with the code unavailable.
func (g *Gatherer) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.cancel()
	<-g.ended
	for _, p := range g.next() {
		p.done(Report{}, shuttingDown())
	}
}

func shuttingDown() error {
	return &schemas.Problem{Code: schemas.CodeUnavailable, Status: 503, Detail: "the server is stopping; send it again"}
}

// Take takes a body of at most MaxPushBytes in, as Ingester.Run does. It
// returns when what the report counts is durable. A full queue is a
// *schemas.Problem with the code busy.
func (g *Gatherer) Take(ctx context.Context, body []byte, input Input) (Report, error) {
	p := &push{ctx: ctx, input: input, body: body, answer: make(chan pushed, 1)}
	if err := g.enqueue(p); err != nil {
		return Report{Errors: []RowError{}}, err
	}
	select {
	case a := <-p.answer:
		if errors.Is(a.err, errPushTooLong) {
			p.rewind()
			return g.in.Run(ctx, p.input)
		}
		return a.report, a.err
	case <-ctx.Done():
		return Report{Errors: []RowError{}}, ctx.Err() // written or not; sent again it is a duplicate
	}
}

func (g *Gatherer) enqueue(p *push) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return shuttingDown()
	case len(g.queue) >= maxQueuedPushes, g.bytes+len(p.body) > maxQueuedBytes:
		return queueFull()
	}
	g.queue = append(g.queue, p)
	g.bytes += len(p.body)
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return nil
}

// next takes a group off the queue.
func (g *Gatherer) next() []*push {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, size := 0, 0
	for n < len(g.queue) && n < maxGroupPushes && (n == 0 || size+len(g.queue[n].body) <= maxGroupBytes) {
		size += len(g.queue[n].body)
		n++
	}
	group := g.queue[:n:n]
	g.queue = g.queue[n:]
	g.bytes -= size
	if len(g.queue) > 0 {
		select {
		case g.wake <- struct{}{}:
		default:
		}
	}
	return group
}

func (g *Gatherer) run(ctx context.Context) {
	defer close(g.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.wake:
		}
		gathering := time.NewTimer(gatherDelay)
		select {
		case <-ctx.Done():
			gathering.Stop()
			return
		case <-gathering.C:
		}
		// What is being written is written to its end, also when the work ends.
		g.together(context.WithoutCancel(ctx), g.next())
	}
}

// rewind makes the push be read from its beginning.
func (p *push) rewind() { p.input.Reader = io.Reader(bytes.NewReader(p.body)) }

func (p *push) done(report Report, err error) {
	if report.Errors == nil {
		report.Errors = []RowError{}
	}
	p.answer <- pushed{report, err}
}
