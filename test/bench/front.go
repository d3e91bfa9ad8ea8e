package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"time"

	"github.com/klauspost/compress/gzip"

	"reli/analytics/cube"
	"reli/geo/tile"
)

// front puts a peer behind the thinnest handler that answers a browser: it
// asks the peer, compresses as Reli does and writes. Then both ends of the
// comparison do the same work.
type front struct {
	server  *http.Server
	served  chan error
	address string
	workers chan worker
}

// worker is what one request needs; there are as many as clients.
type worker struct {
	client client
	zip    *gzip.Writer
	out    *bytes.Buffer
}

func newFront(ctx context.Context, p peer) (*front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{served: make(chan error, 1), address: listener.Addr().String(), workers: make(chan worker, manyClients)}
	f.server = &http.Server{Handler: f}
	go func() { f.served <- f.server.Serve(listener) }()
	for range manyClients {
		c, err := p.open(ctx)
		if err != nil {
			f.close()
			return nil, err
		}
		out := &bytes.Buffer{}
		zip, err := gzip.NewWriterLevel(out, servedLevel)
		if err != nil {
			f.close()
			return nil, err
		}
		f.workers <- worker{c, zip, out}
	}
	return f, nil
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t, err := taskOf(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	k := <-f.workers
	defer func() { f.workers <- k }()
	body, err := k.client.tile(r.Context(), t)
	if err == nil {
		k.out.Reset()
		k.zip.Reset(k.out)
		_, err = k.zip.Write(body)
	}
	if err == nil {
		err = k.zip.Close()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.mapbox-vector-tile")
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(k.out.Len()))
	_, _ = w.Write(k.out.Bytes()) // a client that left is seen by itself
}

// taskOf reads /z/x/y?from=&to=.
func taskOf(r *http.Request) (t task, err error) {
	var z, x, y int
	if _, err = fmt.Sscanf(r.URL.Path, "/%d/%d/%d", &z, &x, &y); err != nil {
		return t, err
	}
	if t.tile, err = tile.New(z, x, y); err != nil {
		return t, err
	}
	q := r.URL.Query()
	if t.from, err = cube.ParseDay(q.Get("from")); err != nil {
		return t, err
	}
	t.to, err = cube.ParseDay(q.Get("to"))
	return t, err
}

func (f *front) peer(name string) peer {
	path := func(t task) string { return fmt.Sprintf("/%s?from=%s&to=%s", t.tile, t.from, t.to) }
	return peer{name: name, open: func(ctx context.Context) (client, error) { return dialWire(ctx, f.address, gzipOnly, path) }}
}

func (f *front) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = f.server.Shutdown(ctx)
	<-f.served
	close(f.workers)
	for k := range f.workers {
		k.client.close()
	}
}
