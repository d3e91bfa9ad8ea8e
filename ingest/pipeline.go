package ingest

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"
)

// pipeline reads, shapes and hands on: one goroutine decodes, workers shape
// chunks beside each other, and take gets the chunks in the order of the
// input. A fixed number of chunks goes round, so memory is bounded however
// slow the store is.
type pipeline[T any] struct {
	decoder Decoder
	profile *Profile
	workers int
	secret  []byte
	shaper  func() shaper[T]
	take    func(context.Context, *chunk[T]) error
}

func (p *pipeline[T]) run(ctx context.Context) error {
	n := 2*p.workers + 2
	free, work, ordered := make(chan *chunk[T], n), make(chan *chunk[T], n), make(chan *chunk[T], n)
	for range n {
		free <- newChunk[T]()
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ordered)
		defer close(work)
		return p.read(ctx, free, func(c *chunk[T]) {
			work <- c // never blocks: there are as many places as chunks
			ordered <- c
		})
	})
	for range p.workers {
		g.Go(func() error {
			s, r := p.shaper(), newRow(p.profile, p.secret)
			for c := range work {
				c.work(s, r)
				c.done <- struct{}{}
			}
			return nil
		})
	}
	g.Go(func() error {
		for c := range ordered {
			<-c.done // the workers outlive every chunk
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.take(ctx, c); err != nil {
				return err
			}
			c.reset()
			free <- c
		}
		return nil
	})
	return g.Wait()
}

// read fills chunks until the input or ctx ends. What ends the input other
// than its end travels in the last chunk, so that all rows before it are
// taken first.
func (p *pipeline[T]) read(ctx context.Context, free <-chan *chunk[T], send func(*chunk[T])) error {
	names := p.profile.record.fieldNames()
	rec := Record{Values: make([][]byte, len(names))}
	for {
		var c *chunk[T]
		select {
		case c = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		ended := c.fill(p.decoder, &rec, names)
		send(c)
		if ended {
			return nil
		}
	}
}

// fill reads records until the chunk is full or the input ends. What ends it
// other than its end is kept in the chunk.
func (c *chunk[T]) fill(from Decoder, rec *Record, names []string) (ended bool) {
	for !c.full() {
		fault, err := rowFault(from.Next(rec))
		if err == io.EOF {
			return true
		}
		if err != nil {
			c.err = err
			return true
		}
		c.add(rec, fault, names)
	}
	return false
}

// rowFault tells a record that cannot be read from an input that cannot.
func rowFault(err error) (*RowError, error) {
	if err == nil {
		return nil, nil
	}
	var fault *RowError
	if errors.As(err, &fault) {
		return fault, nil
	}
	return nil, err
}

func newRow(p *Profile, secret []byte) *row {
	names := p.record.fieldNames()
	return &row{profile: p, names: names, values: make([]string, len(names)), secret: secret, cleaned: map[string]string{}}
}
