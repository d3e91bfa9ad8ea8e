package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// defaultConnections is how many statements run at once; more wait. The
	// engine itself spreads one statement over the cores.
	defaultConnections = 8
	// killInterval is how often a statement to be cancelled is killed again: a
	// kill that comes before the engine has registered the statement misses it.
	killInterval = 20 * time.Millisecond
	// tagSetting carries a connection's name to system.processes. It names
	// entries of the query cache, which the embedded engine does not have.
	tagSetting = "query_cache_tag"
)

// pool hands out connections of the library. A connection is given only to
// requests of the same session (database and settings), and is closed after an
// error or a statement that may have changed it.
type pool struct {
	lib     *library
	args    []string
	slots   chan struct{}
	control struct {
		sync.Mutex
		conn *conn // always open: the engine stops with its last connection
	}
	mu   sync.Mutex
	idle []*conn // oldest first
	made uint64
}

// newPool opens the data path with its first connection.
func newPool(lib *library, args []string, size int) (*pool, error) {
	p := &pool{lib: lib, args: args, slots: make(chan struct{}, size)}
	var err error
	if restore := keepSignals(func() { p.control.conn, err = lib.open(args) }); restore != nil {
		return nil, fmt.Errorf("restore signal handlers: %w", restore)
	}
	return p, err
}

// acquire waits for a free slot and gives a connection of the session.
func (p *pool) acquire(ctx context.Context, s session) (*conn, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if c := p.takeIdle(s.key()); c != nil {
		return c, nil
	}
	c, err := p.open(s)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

func (p *pool) takeIdle(key string) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.idle) - 1; i >= 0; i-- {
		if c := p.idle[i]; c.key == key {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			return c
		}
	}
	return nil
}

// open makes a connection and brings it into the session's state.
func (p *pool) open(s session) (*conn, error) {
	p.mu.Lock()
	p.made++
	name := "connection-" + strconv.FormatUint(p.made, 10)
	p.mu.Unlock()
	c, err := p.lib.open(append(p.args[:len(p.args):len(p.args)], "--"+tagSetting+"="+name))
	if err != nil {
		return nil, err
	}
	c.name, c.key = name, s.key()
	if err := c.enter(s); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// enter applies the session to a new connection, readonly last.
func (c *conn) enter(s session) error {
	if s.database != "" {
		if err := c.run("USE " + quoteIdentifier(s.database)); err != nil {
			return err
		}
	}
	free, last := s.settings, []setting(nil)
	if s.locked() {
		free, last = s.settings[:len(s.settings)-1], s.settings[len(s.settings)-1:]
	}
	for _, group := range [][]setting{free, last} {
		if len(group) == 0 {
			continue
		}
		changes := make([]string, len(group))
		for i, each := range group {
			changes[i] = each.name + " = " + quoteString(each.value)
		}
		if err := c.run("SET " + strings.Join(changes, ", ")); err != nil {
			return err
		}
	}
	return nil
}

// release takes a connection back: to be used again where it is clean.
func (p *pool) release(c *conn, clean bool) {
	if clean {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		c = nil
		if len(p.idle) > cap(p.slots) {
			c = p.idle[0]
			p.idle = p.idle[1:]
		}
		p.mu.Unlock()
	}
	if c != nil {
		c.close()
	}
	<-p.slots
}

// killOnDone ends the connection's statement when the context ends. The
// function it returns stops the watch and waits for it; call it when the
// statement is over.
func (p *pool) killOnDone(ctx context.Context, c *conn) (stop func()) {
	over, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		again := time.NewTicker(killInterval)
		defer again.Stop()
		for {
			p.kill(c.name)
			select {
			case <-over:
				return
			case <-again.C:
			}
		}
	}()
	return func() {
		close(over)
		<-watched
	}
}

// kill asks the engine to end the statement of a connection. The library's own
// cancel waits for the fetch that is to be cancelled. An error is of no
// consequence: the statement may be over, and the watch asks again.
func (p *pool) kill(name string) {
	p.control.Lock()
	defer p.control.Unlock()
	_ = p.control.conn.run("KILL QUERY WHERE Settings[" + quoteString(tagSetting) + "] = " + quoteString(name) + " ASYNC")
}

// close ends every connection; none may be in use.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.close()
	}
	p.idle = nil
	p.control.Lock()
	defer p.control.Unlock()
	p.control.conn.close()
}

func quoteString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func quoteIdentifier(s string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(s) + "`"
}
