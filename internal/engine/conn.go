package engine

import (
	"errors"
	"strings"
	"unsafe"
)

// conn is one connection of the library: a session with its own settings and
// current database. It runs one statement at a time and is not safe for
// concurrent use.
//
// After any error a connection is to be closed, not used again: a plain call
// that fails in mid-result leaves its rows behind, and they would be prepended
// to the next answer.
type conn struct {
	lib     *library
	pointer handle
	name    string // tells its running statement in system.processes
	key     string // settings and database it was made with
}

var errNoResult = errors.New("the engine gave no result")

func (c *conn) close() {
	if c.pointer != nil {
		c.lib.closeConn(c.pointer)
		c.pointer = nil
	}
}

// handle is what the calls take: the value the connection's pointer points to.
func (c *conn) handle() handle { return *(*handle)(c.pointer) }

// notStreamable begins the error of the stream call for a statement that is not
// a SELECT. Nothing has run then.
const notStreamable = "Code: 36. DB::Exception: Streaming query is not supported for query: "

// query starts a statement in a session of this connection. Values of
// parameters are bound by the engine, never put into the text.
//
// A SELECT streams. Everything else (DDL, SHOW, DESCRIBE, EXPLAIN, SET …) has
// run when query returns, its small output held by the engine.
func (c *conn) query(s statement, format string, in session, values map[string]string) (rows, error) {
	if s.streams(format, in) {
		r, err := c.queryStream(s.sql, format, values)
		if err == nil {
			return r, nil
		}
		if !strings.HasPrefix(err.Error(), notStreamable) {
			return nil, err
		}
	}
	if err := c.single(s.sql); err != nil {
		return nil, err
	}
	if s.selects && !s.streams(format, in) {
		return c.queryDocument(s, format, values)
	}
	r, err := c.queryWhole(s.sql, format, values)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// single refuses what is not one statement: the plain call would run several,
// up to the first that does not parse.
func (c *conn) single(sql string) error {
	switch c.classify(sql).statementCount {
	case 1:
		return nil
	case 0: // the stream call runs only what parses as one SELECT, and says what is wrong
		r, err := c.queryStream(sql, "Null", nil)
		if err == nil {
			r.cancel()
			r.close()
		} else if !strings.HasPrefix(err.Error(), notStreamable) {
			return err
		}
		return newException(codeSyntaxError, "SYNTAX_ERROR", "Syntax error")
	default:
		return newException(codeSyntaxError, "SYNTAX_ERROR", "Multi-statements are not allowed")
	}
}

// queryStream starts a SELECT whose blocks are fetched one by one.
func (c *conn) queryStream(sql, format string, values map[string]string) (*result, error) {
	r := &result{conn: c, stream: c.lib.call(c.lib.streamQuery, c.handle(), sql, format, values)}
	if err := r.failure(r.stream); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// queryWhole runs a statement to its end.
func (c *conn) queryWhole(sql, format string, values map[string]string) (*result, error) {
	r := &result{conn: c, whole: &chunk{lib: c.lib, handle: c.lib.call(c.lib.query, c.handle(), sql, format, values)}}
	if err := r.failure(r.whole.handle); err != nil {
		r.close()
		return nil, err
	}
	r.count(r.whole.handle)
	r.whole.fill()
	return r, nil
}

// run executes a statement of this package that is not a SELECT.
func (c *conn) run(sql string) error {
	r, err := c.queryWhole(sql, "Null", nil)
	if err == nil {
		r.close()
	}
	return err
}

// line gives the first row of a SELECT of this package as tab-separated text.
func (c *conn) line(sql string) (string, error) {
	r, err := c.queryStream(sql, "TabSeparatedRaw", nil)
	if err != nil {
		return "", err
	}
	defer r.close()
	defer r.cancel()
	piece, err := r.next()
	if err != nil || piece == nil {
		return "", errors.Join(errNoResult, err)
	}
	defer piece.close()
	row, _, _ := strings.Cut(string(piece.data), "\n")
	return row, nil
}

// classify asks the engine's own parser what the statement is.
func (c *conn) classify(sql string) analysis {
	report := analysis{structSize: uint32(unsafe.Sizeof(analysis{}))}
	c.lib.classify(c.handle(), unsafe.Pointer(unsafe.StringData(sql)), uintptr(len(sql)), nil, 0, unsafe.Pointer(&report))
	return report
}

// usage counts what a statement has read and written so far.
type usage struct {
	readRows, readBytes       uint64
	writtenRows, writtenBytes uint64
	resultRows, resultBytes   uint64
}

// result is a statement run by the stream call or by the plain one.
type result struct {
	conn   *conn
	stream handle // of a SELECT
	whole  *chunk // of anything else
	usage  usage
}

func (r *result) used() usage { return r.usage }

// next gives the next piece of output, nil at the end.
func (r *result) next() (*chunk, error) {
	if r.stream == nil {
		piece := r.whole
		r.whole = nil
		if piece != nil && len(piece.data) == 0 {
			piece.close()
			return nil, nil
		}
		return piece, nil
	}
	piece := &chunk{lib: r.conn.lib, handle: r.conn.lib.fetch(r.conn.handle(), r.stream)}
	if err := r.failure(piece.handle); err != nil {
		piece.close()
		return nil, err
	}
	r.count(piece.handle)
	if piece.fill(); len(piece.data) == 0 {
		piece.close()
		return nil, nil
	}
	return piece, nil
}

// failure is the error a handle of the library carries.
func (r *result) failure(h handle) error {
	if h == nil {
		return errNoResult
	}
	if text := goString(r.conn.lib.resultError(h)); text != "" {
		return parseException(text)
	}
	return nil
}

func (r *result) count(h handle) {
	lib := r.conn.lib
	r.usage.readRows += lib.storageRows(h)
	r.usage.readBytes += lib.storageBytes(h)
	r.usage.writtenRows += lib.rowsWritten(h)
	r.usage.writtenBytes += lib.bytesWritten(h)
	r.usage.resultRows += lib.rowsRead(h)
	r.usage.resultBytes += lib.bytesRead(h)
}

// cancel ends a SELECT whose rows are not all fetched. It waits for a fetch
// that is under way.
func (r *result) cancel() {
	if r.stream != nil {
		r.conn.lib.cancelQuery(r.conn.handle(), r.stream)
	}
}

func (r *result) close() {
	if r.whole != nil {
		r.whole.close()
		r.whole = nil
	}
	if r.stream != nil {
		r.conn.lib.destroyResult(r.stream)
		r.stream = nil
	}
}

// chunk is a piece of output in the engine's memory, valid until close.
type chunk struct {
	lib    *library
	handle handle
	data   []byte
}

// fill points data at the engine's bytes.
func (c *chunk) fill() {
	if n := c.lib.length(c.handle); n > 0 {
		c.data = unsafe.Slice((*byte)(c.lib.buffer(c.handle)), n)
	}
}

func (c *chunk) close() {
	if c.handle != nil {
		c.lib.destroyResult(c.handle)
		c.handle, c.data = nil, nil
	}
}

// insertStream is an INSERT whose data comes in pieces.
type insertStream struct {
	conn   *conn
	handle handle
}

// insert begins an INSERT. The statement has neither FORMAT nor data.
func (c *conn) insert(sql, format string, values map[string]string) (*insertStream, error) {
	s := &insertStream{conn: c, handle: c.lib.call(c.lib.insertStream, c.handle(), sql, format, values)}
	if text := goString(c.lib.insertError(s.handle)); text != "" {
		s.close()
		return nil, parseException(text)
	}
	return s, nil
}

// append hands over a piece of data, waiting while the engine is behind. False
// means the insert has failed: done tells why.
func (s *insertStream) append(data []byte) bool {
	return len(data) == 0 || s.conn.lib.appendInsert(s.handle, unsafe.Pointer(&data[0]), uintptr(len(data))) == 0
}

// done commits and says what was written.
func (s *insertStream) done() (usage, error) {
	r := &result{conn: s.conn}
	h := s.conn.lib.doneInsert(s.handle)
	if h != nil {
		defer s.conn.lib.destroyResult(h)
	}
	if err := r.failure(h); err != nil {
		return usage{}, err
	}
	r.count(h)
	return r.usage, nil
}

// cancel gives up. Blocks that were already written stay.
func (s *insertStream) cancel() { s.conn.lib.cancelInsert(s.handle) }

func (s *insertStream) close() { s.conn.lib.destroyInsert(s.handle) }
