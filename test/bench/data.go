package main

import (
	"context"
	"fmt"
	"time"
)

// settle measures how long one changed day takes until every reader sees it.
// The day is marked as if a record had come; the records stay as
// they are, so that the store can be used again.
func (b *bench) settle(ctx context.Context) error {
	var took []float64
	r := b.random("settle", 0)
	for range b.opt.starts {
		from, _ := b.ground.window(r)
		if err := b.reli.db.MarkDays(ctx, uint64(time.Now().UnixNano()), []uint16{uint16(from)}); err != nil {
			return err
		}
		before := b.reli.store.Current().Version
		started := time.Now()
		version, err := b.reli.store.Settle(ctx, "bench")
		if err != nil {
			return err
		}
		took = append(took, time.Since(started).Seconds())
		if version == before {
			return fmt.Errorf("a changed day made no new data version")
		}
	}
	b.compare(row{What: fmt.Sprintf("one changed day of %d incidents settled", b.opt.incidents), Unit: "s"}, took, nil)
	return nil
}
