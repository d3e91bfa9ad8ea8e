package county

import (
	"net"
	"sync"
	"sync/atomic"
)

// line watches every connection of a county to the engine.
type line struct {
	writes atomic.Int64
	held   atomic.Pointer[chan struct{}] // closed when answers may come again
}

// EngineWrites counts what was ever sent to the engine: it stands still while
// no query is made.
func (c *County) EngineWrites() int64 { return c.line.writes.Load() }

// HoldEngine keeps the engine's answers back until release is called, so that
// a query takes as long as a test wants.
func (c *County) HoldEngine() (release func()) {
	held := make(chan struct{})
	c.line.held.Store(&held)
	return sync.OnceFunc(func() {
		c.line.held.Store(nil)
		close(held)
	})
}

type watchedConn struct {
	net.Conn
	line   *line
	once   sync.Once
	closed chan struct{}
}

func (c *watchedConn) Write(b []byte) (int, error) {
	c.line.writes.Add(1)
	return c.Conn.Write(b)
}

func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if held := c.line.held.Load(); held != nil {
		select {
		case <-*held:
		case <-c.closed:
			return 0, net.ErrClosed
		}
	}
	return n, err
}

func (c *watchedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
