package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"time"
)

// warmRounds for each round: warm runs are short, so that what else the
// machine does falls on both servers.
const warmRounds = 4

// plain is a handler that does nothing but write bytes it has: the most that
// net/http can give.
type plain struct {
	server  *http.Server
	served  chan error
	address string
}

func servePlain(bodies map[string][]byte) (*plain, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := bodies[r.RequestURI]
		h := w.Header()
		h.Set("Content-Type", "application/vnd.mapbox-vector-tile")
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
	p := &plain{server: &http.Server{Handler: handler}, served: make(chan error, 1), address: listener.Addr().String()}
	go func() { p.served <- p.server.Serve(listener) }()
	return p, nil
}

func (p *plain) close() {
	_ = p.server.Close()
	<-p.served
}

// warm measures tiles that Reli has ready beside the plain handler that
// writes the same bytes.
func (b *bench) warm(ctx context.Context) error {
	for _, layer := range []string{"grid", "hex"} {
		if err := b.warmLayer(ctx, layer); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) warmLayer(ctx context.Context, layer string) error {
	bodies, err := b.warmBodies(ctx, layer)
	if err != nil {
		return err
	}
	other, err := servePlain(bodies)
	if err != nil {
		return err
	}
	defer other.close()
	paths := slices.Sorted(maps.Keys(bodies))
	found := map[string]series{}
	for range warmRounds * b.opt.rounds {
		for _, clients := range []int{1, manyClients} {
			for _, server := range []struct{ name, address string }{{"Reli", b.reli.address}, {"plain", other.address}} {
				t, err := repeat(ctx, server.address, paths, clients, b.opt.warmFor)
				if err != nil {
					return err
				}
				tiles := float64(len(t.latencies))
				collect(found, fmt.Sprint(server.name, clients), append(t.percentiles(), tiles/t.elapsed.Seconds(), float64(t.processor.Microseconds())/tiles)...)
			}
		}
	}
	const peer = "plain net/http handler"
	ours, theirs := found["Reli1"], found["plain1"]
	for i, p := range percentiles {
		b.compare(row{What: fmt.Sprintf("warm tile, 1 client, p%.0f, %s", p, layer), Unit: "ms", Peer: peer}, ours.at(i), theirs.at(i))
	}
	throughput := len(percentiles)
	b.compare(row{What: fmt.Sprintf("warm throughput, %d clients, %s", manyClients, layer), Unit: "tiles/s", Peer: peer, Bar: bar{ratioAtLeast, 0.8}},
		found[fmt.Sprint("Reli", manyClients)].at(throughput), found[fmt.Sprint("plain", manyClients)].at(throughput))
	// A machine that does other things too leaves this as it is.
	b.compare(row{What: fmt.Sprintf("warm tile, %d clients, processor time with its client's, %s", manyClients, layer), Unit: "µs", Peer: peer},
		found[fmt.Sprint("Reli", manyClients)].at(throughput+1), found[fmt.Sprint("plain", manyClients)].at(throughput+1))
	return nil
}

// warmBodies asks once for the tiles of one window, so that they are ready.
func (b *bench) warmBodies(ctx context.Context, layer string) (map[string][]byte, error) {
	p := overHTTP(b.reli, layer, gzipOnly)
	r := b.random("warm "+layer, 0)
	from, to := b.ground.window(r)
	c, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.close()
	w := c.(*wire)
	bodies := map[string][]byte{}
	for _, t := range b.ground.cold(r, b.opt.warms) {
		path := w.path(task{t.tile, from, to})
		body, err := w.get(path)
		if err != nil {
			return nil, err
		}
		if len(body) > 0 { // a tile without anything is a 204, which the plain handler does not write
			bodies[path] = slices.Clone(body)
		}
	}
	return bodies, nil
}

// repeat asks for paths in turn for some time.
func repeat(ctx context.Context, address string, paths []string, clients int, lasts time.Duration) (timed, error) {
	byTask := func(t task) string { return paths[int(t.tile.X)%len(paths)] }
	p := peer{name: address, open: func(ctx context.Context) (client, error) { return dialWire(ctx, address, gzipOnly, byTask) }}
	chunk := make([]task, 4*len(paths))
	for i := range chunk {
		chunk[i].tile.X = uint32(i)
	}
	var all timed
	runtime.GC()
	used := processorTime()
	for all.elapsed < lasts {
		t, err := driveOn(ctx, p, chunk, clients)
		if err != nil {
			return all, err
		}
		all.latencies = append(all.latencies, t.latencies...)
		all.elapsed += t.elapsed
		all.bytes += t.bytes
	}
	all.processor = processorTime() - used
	slices.Sort(all.latencies)
	return all, nil
}
