// Package faults puts a line between Reli and its ClickHouse and breaks it:
// the Nth statement, or all of them for a while. What a statement meets there
// is what a network, a store that dies and a full disk do to it.
//
// It is for tests only. Nothing that is built into the binary may import it.
package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is what happens to a statement on its way.
type Fault int

// Faults, and how much of a statement is done with each.
const (
	None    Fault = iota
	Refused       // the connection breaks before the statement gets there: nothing
	Lost          // the statement is carried out, the answer never comes: all of it
	Cut           // the answer breaks off in its middle: all of it
	Full          // the store has no space left: nothing
	Silent        // neither is done, and no answer comes until the asker leaves or the line is mended
	Slow          // all of it, each answer after the delay of the line
)

// String gives the name of a fault.
func (f Fault) String() string {
	return [...]string{"none", "refused", "lost", "cut", "full", "silent", "slow"}[f]
}

// Line carries statements to a ClickHouse over HTTP. Safe for concurrent use.
type Line struct {
	listener net.Listener
	server   *http.Server
	far      *http.Transport
	ended    chan struct{}
	delay    time.Duration

	mu     sync.Mutex
	calls  int
	at     int // the call that meets the fault; 0 is every call
	fault  Fault
	met    string        // what the fault met last
	mended chan struct{} // closed when what is silent may go on
}

// NewLine opens a line on a loopback port to the store that dial reaches. Close it.
func NewLine(dial func(ctx context.Context, addr string) (net.Conn, error), delay time.Duration) (*Line, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	line := &Line{listener: l, ended: make(chan struct{}), delay: delay, mended: make(chan struct{}), far: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32,
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) { return dial(ctx, addr) }}}
	line.server = &http.Server{Handler: http.HandlerFunc(line.carry), ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(line.ended)
		_ = line.server.Serve(l)
	}()
	return line, nil
}

// Close ends the line and whatever goes over it.
func (l *Line) Close() error {
	l.Break(0, None)
	err := l.server.Close()
	<-l.ended
	l.far.CloseIdleConnections()
	return err
}

// Addr is the line's host and port.
func (l *Line) Addr() string { return l.listener.Addr().String() }

// Dial opens a connection to the line.
func (l *Line) Dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", l.Addr())
}

// Break counts calls from 1 again and lets the one with the number at meet a
// fault; all of them where at is 0. What was silent goes on.
func (l *Line) Break(at int, fault Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls, l.at, l.fault, l.met = 0, at, fault, ""
	close(l.mended)
	l.mended = make(chan struct{})
}

// Calls says how many came since the last Break, and which statement met the
// fault, "" where none did.
func (l *Line) Calls() (n int, met string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls, l.met
}

// judge counts a call and gives its fault.
func (l *Line) judge(text string) (Fault, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.fault == None || (l.at != 0 && l.at != l.calls) {
		return None, nil
	}
	l.met = text
	return l.fault, l.mended
}

// carry takes one statement over the line.
func (l *Line) carry(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's way to break a connection off
	}
	text := r.URL.Path
	if i := bytes.IndexByte(body, '\n'); r.URL.Query().Get("query") != "" {
		text = r.URL.Query().Get("query")
	} else if len(body) > 0 {
		text = string(body[:max(i, min(len(body), 80))])
	}
	fault, mended := l.judge(strings.ToValidUTF8(text, "?"))
	switch fault {
	case Refused:
		panic(http.ErrAbortHandler)
	case Full:
		w.Header().Set("X-ClickHouse-Exception-Code", "243")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)")
		return
	case Silent:
		select {
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-mended:
		}
	case Slow:
		time.Sleep(l.delay)
	}
	l.answer(w, r, body, fault)
}

// answer asks the store and gives its answer on, as far as the fault lets it.
func (l *Line) answer(w http.ResponseWriter, r *http.Request, body []byte, fault Fault) {
	ctx := r.Context()
	if fault == Lost || fault == Cut {
		ctx = context.WithoutCancel(ctx) // it is carried out whoever waits
	}
	far, err := http.NewRequestWithContext(ctx, r.Method, "http://store"+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	far.Header = r.Header.Clone()
	resp, err := l.far.RoundTrip(far)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	var all []byte
	if fault == Lost || fault == Cut {
		all, err = io.ReadAll(resp.Body)
		if err != nil || fault == Lost {
			panic(http.ErrAbortHandler)
		}
	}
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	if fault == Cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(all)+1)) // also an empty answer is cut
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(all[:len(all)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(resp.StatusCode)
	if err := stream(w, resp.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// stream passes an answer on as it comes.
func stream(w http.ResponseWriter, from io.Reader) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return err
			}
			_ = http.NewResponseController(w).Flush()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
