package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"reli/schemas"
)

// body gives the body of an upload, bounded in length and in the time between
// two pieces of it.
func (s *Server) body(w http.ResponseWriter, r *http.Request) *patientBody {
	return &patientBody{body: http.MaxBytesReader(w, r.Body, MaxBody), control: http.NewResponseController(w), idle: s.bodyIdle}
}

// patientBody waits for each piece of a body for a while, whatever the whole
// of it takes.
type patientBody struct {
	body    io.Reader
	control *http.ResponseController
	idle    time.Duration
	slow    atomic.Bool // nothing came for too long
}

// Read sets the connection's deadline anew for each piece. Afterwards there is
// none, so that the server can watch the connection while the request is
// worked on; a connection that was too slow keeps one that has passed, so that
// nobody waits for the rest of it.
func (b *patientBody) Read(p []byte) (int, error) {
	if err := b.control.SetReadDeadline(time.Now().Add(b.idle)); err != nil {
		return 0, fmt.Errorf("bound the upload: %w", err)
	}
	n, err := b.body.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.slow.Store(true)
		return n, err
	}
	if unset := b.control.SetReadDeadline(time.Time{}); err == nil {
		err = unset
	}
	return n, err
}

// explain makes a fault of the upload itself a Problem.
func (b *patientBody) explain(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &schemas.Problem{Code: schemas.CodeTooLarge, Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("the upload is longer than %d bytes", large.Limit), Err: err}
	case b.slow.Load():
		// Without its cause: the deadline ends the request's context too, and
		// err may be as if the client had left.
		return &schemas.Problem{Code: "too_slow", Status: http.StatusRequestTimeout,
			Detail: "nothing more came of the upload; what was taken in is kept, send it again"}
	}
	return err
}
