package web

import (
	"context"
	"log/slog"

	"reli/analytics/cube"
	"reli/tiles"
)

// warmLoop prepares the map's geometry in the background after each change,
// so that no reader waits for it.
type warmLoop struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

func startWarming(store *cube.Store, server *tiles.Server, logger *slog.Logger) *warmLoop {
	ctx, cancel := context.WithCancel(context.Background())
	l := &warmLoop{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		for {
			changed := store.Changed()
			if err := server.Warm(ctx); err != nil && ctx.Err() == nil {
				logger.ErrorContext(ctx, "preparing the map failed", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}()
	return l
}

func (l *warmLoop) stop() {
	l.cancel()
	<-l.ended
}
