package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"reli/schemas"
)

// patient bounds the time between two pieces of a request's body, whether its
// handler reads it or refuses the request unread: the rest of a short body is
// drained before an answer goes out, and a client that sends no more would keep
// it back for ever.
func (s *Server) patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			body := &patientBody{ReadCloser: r.Body, control: http.NewResponseController(w), idle: s.bodyIdle}
			r.Body = body
			if err := body.wait(); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// patientBody waits for each piece of a body for a while, whatever the whole
// of it takes.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	idle    time.Duration
	slow    atomic.Bool // nothing came for too long
}

// wait sets the connection's deadline for the next piece.
func (b *patientBody) wait() error { return b.bound(time.Now().Add(b.idle)) }

// bound sets a deadline; what is no connection needs none.
func (b *patientBody) bound(deadline time.Time) error {
	if err := b.control.SetReadDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("bound the upload: %w", err)
	}
	return nil
}

// Read sets the deadline anew for each piece. At the end there is none, so that
// the server can watch the connection while the request is worked on; a
// connection that was too slow keeps one that has passed, so that nobody waits
// for the rest of it.
func (b *patientBody) Read(p []byte) (int, error) {
	if b.slow.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	if err := b.wait(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.slow.Store(true)
	case err == io.EOF:
		if unset := b.bound(time.Time{}); unset != nil {
			return n, unset
		}
	}
	return n, err
}

// body is a request's body that is bounded in length, too. Every handler reads
// its body through one, so that each fault of a body has one answer.
type body struct {
	io.Reader
	patient *patientBody // nil for a request without one
}

// takeBody gives the body of a request, most bytes of it.
func takeBody(w http.ResponseWriter, r *http.Request, most int64) body {
	patient, _ := r.Body.(*patientBody)
	return body{http.MaxBytesReader(w, r.Body, most), patient}
}

// explain makes a fault of the body itself a Problem: 413 where it is too long,
// 408 where it came too slowly. Every other error stays as it is.
func (b body) explain(err error) error {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return &schemas.Problem{Code: schemas.CodeTooLarge, Status: http.StatusRequestEntityTooLarge,
			Detail: fmt.Sprintf("the body is longer than %d bytes", large.Limit), Err: err}
	case b.patient != nil && b.patient.slow.Load():
		// Without its cause: the deadline ends the request's context too, and
		// err may be as if the client had left.
		return &schemas.Problem{Code: "too_slow", Status: http.StatusRequestTimeout,
			Detail: "nothing more came of the body; what was taken in is kept, send it again"}
	}
	return err
}

// decode reads one JSON document; members that nobody knows are refused. Its
// errors are explained, or the decoder's.
func (b body) decode(into any) error {
	d := json.NewDecoder(b)
	d.UseNumber()
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("more than one document")
		}
	}
	return b.explain(err)
}
