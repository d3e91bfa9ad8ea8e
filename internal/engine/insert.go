package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
)

const (
	// insertBlockRows and insertBlockBytes bound what is written as one block.
	// An INSERT … FORMAT up to both bounds leaves nothing behind when it fails
	// or its client goes away; beyond them whole blocks may stay.
	insertBlockRows  = 8 << 20
	insertBlockBytes = 1 << 30
	// insertPieceBytes is how much data the engine is given at a time: 100 KB
	// pieces cost no measurable time over larger ones.
	insertPieceBytes = 256 << 10
	// drainBytes is how much of a refused body is still read, so that the
	// client comes to read the answer instead of failing to write.
	drainBytes = 64 << 20
)

// insert runs INSERT … FORMAT with data that comes as it is read.
func (s *server) insert(w http.ResponseWriter, ctx context.Context, req *request) error {
	in := req.session.
		with("min_insert_block_size_rows", strconv.Itoa(insertBlockRows)).
		with("min_insert_block_size_bytes", strconv.Itoa(insertBlockBytes))
	c, err := s.pool.acquire(ctx, in)
	if err != nil {
		return err
	}
	clean := false
	defer func() { s.pool.release(c, clean) }()
	stream, err := c.insert(req.statement.sql, req.statement.format, req.params)
	if err != nil {
		drain(req.data)
		return err
	}
	defer stream.close()
	if err := stream.feed(req.data); err != nil {
		stream.cancel()
		return err
	}
	written, err := stream.done()
	if err != nil {
		drain(req.data)
		return err
	}
	clean = !in.locked()
	header := w.Header()
	header.Set("X-ClickHouse-Summary", written.summary())
	header.Set("Content-Type", "text/plain; charset=UTF-8")
	header.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// feed passes the data on until its end, or until the engine refuses it. An
// error means that the data did not come whole.
func (s *insertStream) feed(data io.Reader) error {
	buffer := make([]byte, insertPieceBytes)
	for {
		n, err := io.ReadAtLeast(data, buffer, 1)
		if n > 0 && !s.append(buffer[:n]) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bodyError(err)
		}
	}
}

func drain(data io.Reader) { _, _ = io.CopyN(io.Discard, data, drainBytes) }
