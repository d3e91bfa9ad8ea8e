package engine

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// gatherBytes and gatherTime bound how long a result is held back. A result
	// that ends sooner goes out with its length and summary, and its failure
	// with a proper status.
	gatherBytes = 64 << 10
	gatherTime  = 50 * time.Millisecond
	// maxWholeBytes bounds a result that is held back to its end because the
	// client asked so (wait_end_of_query).
	maxWholeBytes = 256 << 20
)

// query runs a statement and streams its rows. The error it returns is to be
// written by the caller: nothing was sent yet.
func (s *server) query(w http.ResponseWriter, ctx context.Context, req *request) error {
	if req.asksHello() {
		return s.hello(w, ctx, req)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := s.pool.acquire(ctx, req.session)
	if err != nil {
		return err
	}
	clean := false
	defer func() { s.pool.release(c, clean) }()
	stopWatch := s.pool.killOnDone(ctx, c)
	defer stopWatch()

	res, err := c.query(req.statement, req.format, req.session, req.params)
	if err != nil {
		return err
	}
	defer res.close()
	ahead := fetchAhead(ctx, res)
	out := &answer{w: w, req: req}
	err = out.send(ahead)
	ahead.close(cancel)
	clean = err == nil && !req.session.locked() && c.classify(req.statement.sql).queryClass <= classMutating
	return err
}

// rowSource is a result being fetched by a goroutine of its own, so that a
// slow statement does not hold back the rows it has given.
type rowSource struct {
	pieces chan piece // closed after the last piece, or when the client has gone
	over   chan struct{}
}

type piece struct {
	chunk *chunk // nil at the end
	err   error
	usage usage
}

func fetchAhead(ctx context.Context, res rows) *rowSource {
	ahead := &rowSource{pieces: make(chan piece), over: make(chan struct{})}
	go func() {
		defer close(ahead.over)
		defer close(ahead.pieces)
		for {
			next, err := res.next()
			select {
			case ahead.pieces <- piece{chunk: next, err: err, usage: res.used()}:
			case <-ctx.Done():
				if next != nil {
					next.close()
					res.cancel()
				}
				return
			}
			if next == nil {
				return
			}
		}
	}()
	return ahead
}

// close waits for the fetching to end, and ends it where rows are left.
func (r *rowSource) close(cancel context.CancelFunc) {
	select {
	case <-r.over:
	default:
		cancel()
		<-r.over
	}
}

// answer writes a result to the client.
type answer struct {
	w    http.ResponseWriter
	req  *request
	held []byte
}

// send passes the rows on. An error it returns came before anything was sent;
// a later one is written into the stream, which then breaks off.
func (a *answer) send(from *rowSource) error {
	last, err := a.gather(from)
	if err != nil {
		return err
	}
	if last.chunk == nil {
		return a.sendWhole(last.usage)
	}
	return a.sendStream(from)
}

// gather holds rows back until there are enough, time is up, or the end.
func (a *answer) gather(from *rowSource) (piece, error) {
	var up <-chan time.Time
	limit := gatherBytes
	if a.req.whole {
		limit = maxWholeBytes
	}
	for {
		select {
		case next, ok := <-from.pieces:
			if !ok {
				return next, errClientGone
			}
			if next.err != nil || next.chunk == nil {
				return next, next.err
			}
			a.held = append(a.held, next.chunk.data...)
			next.chunk.close()
			if len(a.held) >= limit && a.req.whole {
				return next, newException(396, "TOO_MANY_ROWS_OR_BYTES",
					fmt.Sprintf("the result is longer than %d bytes: ask without wait_end_of_query", maxWholeBytes))
			}
			if len(a.held) >= limit {
				return next, nil
			}
			if up == nil && !a.req.whole {
				timer := time.NewTimer(gatherTime)
				defer timer.Stop()
				up = timer.C
			}
		case <-up:
			return piece{chunk: &chunk{}}, nil
		}
	}
}

// sendWhole sends a result that is complete.
func (a *answer) sendWhole(u usage) error {
	header := a.w.Header()
	a.setFormat()
	header.Set("X-ClickHouse-Summary", u.summary())
	if a.req.gzip {
		header.Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(a.w)
		_, _ = zip.Write(a.held)
		_ = zip.Close()
		return nil
	}
	header.Set("Content-Length", strconv.Itoa(len(a.held)))
	_, _ = a.w.Write(a.held)
	return nil
}

// sendStream sends what is held and then every piece as it comes. A failure
// of the engine is framed the way ClickHouse does it, and the connection is
// broken off so that no client takes the part for the whole.
func (a *answer) sendStream(from *rowSource) error {
	tag := strings.ToLower(rand.Text()[:16])
	header := a.w.Header()
	a.setFormat()
	header.Set("X-ClickHouse-Exception-Tag", tag)
	var out io.Writer = a.w
	flush := func() error { return http.NewResponseController(a.w).Flush() }
	if a.req.gzip {
		header.Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(a.w)
		defer zip.Close()
		out, flush = zip, func() error {
			if err := zip.Flush(); err != nil {
				return err
			}
			return http.NewResponseController(a.w).Flush()
		}
	}
	data, done := a.held, func() {}
	for {
		_, err := out.Write(data)
		done()
		if err == nil {
			err = flush()
		}
		if err != nil {
			return errClientGone
		}
		next, ok := <-from.pieces
		if !ok {
			return errClientGone
		}
		if next.err != nil {
			_, _ = io.WriteString(out, exceptionFrame(tag, asException(next.err).Message))
			_ = flush()
			return errBrokenOff
		}
		if next.chunk == nil {
			return nil
		}
		data, done = next.chunk.data, next.chunk.close
	}
}

// exceptionFrame is ClickHouse's form of an error inside a result.
func exceptionFrame(tag, message string) string {
	const marker = "__exception__"
	return "\r\n" + marker + "\r\n" + tag + "\r\n" + message + "\n" +
		strconv.Itoa(len(message)+1) + " " + tag + "\r\n" + marker + "\r\n"
}

// setFormat names the format of the rows.
func (a *answer) setFormat() {
	format := firstOf(a.req.statement.format, a.req.format)
	header := a.w.Header()
	header.Set("X-ClickHouse-Format", format)
	header.Set("Content-Type", contentType(format))
}

func contentType(format string) string {
	switch {
	case strings.HasPrefix(format, "JSONEachRow"), format == "JSONLines", format == "NDJSON":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(format, "JSON"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(format, "CSV"):
		return "text/csv; charset=UTF-8; header=" + presence(strings.Contains(format, "WithNames"))
	case strings.HasPrefix(format, "TabSeparated"), strings.HasPrefix(format, "TSV"):
		return "text/tab-separated-values; charset=UTF-8"
	case format == "ArrowStream":
		return "application/vnd.apache.arrow.stream"
	case format == "Arrow":
		return "application/vnd.apache.arrow.file"
	case format == "Parquet":
		return "application/vnd.apache.parquet"
	case format == "Native", strings.HasPrefix(format, "RowBinary"):
		return "application/octet-stream"
	default:
		return "text/plain; charset=UTF-8"
	}
}

func presence(there bool) string {
	if there {
		return "present"
	}
	return "absent"
}
