// Command live measures how long it takes from an acknowledged record to the
// changed tile, on a server that is running: single records are pushed at a
// steady rate, and the map is asked until it counts them.
//
//	go run ./test/live -url http://127.0.0.1:8080 -rate 50 -seconds 30 -day 2025-12-30 -at 131.14,46.72
//
// It is for measuring only; the records stay in the store that it is pointed
// at, under the source "live-check".
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

type options struct {
	url, day, at string
	rate         int
	seconds      int
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "http://127.0.0.1:8080", "server")
	flag.StringVar(&o.day, "day", "2025-12-30", "day of the records")
	flag.StringVar(&o.at, "at", "131.14,46.72", "place of the records, lng,lat")
	flag.IntVar(&o.rate, "rate", 50, "records a second")
	flag.IntVar(&o.seconds, "seconds", 30, "how long")
	flag.Parse()
	if err := measure(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "live:", err)
		os.Exit(1)
	}
}

// measure prints the quantiles of acknowledgement and of the way to the tile.
func measure(ctx context.Context, o options) error {
	base, err := o.total(ctx)
	if err != nil {
		return err
	}
	n := o.rate * o.seconds
	var mu sync.Mutex
	var acked []time.Time
	var waits []time.Duration
	var failed error
	run := time.Now().UnixNano()
	var pushes sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(o.rate))
	defer tick.Stop()
	seen := make(chan []time.Duration, 1)
	go func() {
		var late []time.Duration
		for len(late) < n {
			count, err := o.total(ctx)
			if err == nil {
				err = o.tile(ctx)
			}
			now := time.Now()
			mu.Lock()
			if err != nil {
				failed = err
			}
			stop := failed != nil
			for ; len(late) < min(count-base, len(acked)); late = append(late, now.Sub(acked[len(late)])) {
			}
			mu.Unlock()
			if stop {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		seen <- late
	}()
	for i := range n {
		<-tick.C
		pushes.Go(func() {
			began := time.Now()
			err := o.push(ctx, fmt.Sprintf("%d-%d", run, i))
			mu.Lock()
			defer mu.Unlock()
			acked, waits = append(acked, time.Now()), append(waits, time.Since(began))
			if err != nil {
				failed = err
			}
		})
	}
	pushes.Wait()
	late := <-seen
	if failed != nil {
		return failed
	}
	fmt.Printf("%d records at %d/s\n", n, o.rate)
	report("sent to acknowledged", waits)
	report("acknowledged to changed tile", late)
	return nil
}

func report(name string, d []time.Duration) {
	slices.Sort(d)
	at := func(q float64) time.Duration { return d[min(len(d)-1, int(q*float64(len(d))))].Round(time.Millisecond) }
	fmt.Printf("%-30s p50 %v  p95 %v  p99 %v  max %v\n", name, at(.5), at(.95), at(.99), d[len(d)-1].Round(time.Millisecond))
}

func (o options) push(ctx context.Context, id string) error {
	body := "source,source_id,occurred_at,lng,lat,crs,category\nlive-check," + id + "," + o.day + "T08:00:00+08:00," + o.at + ",WGS84,land\n"
	_, err := o.ask(ctx, http.MethodPost, "/v1/incidents", strings.NewReader(body))
	return err
}

// total counts the day's records.
func (o options) total(ctx context.Context) (int, error) {
	day, err := time.Parse(time.DateOnly, o.day)
	if err != nil {
		return 0, err
	}
	text, err := o.ask(ctx, http.MethodGet, "/v1/series?from="+o.day+"&to="+day.AddDate(0, 0, 1).Format(time.DateOnly), nil)
	if err != nil {
		return 0, err
	}
	var a struct{ Total int }
	return a.Total, json.Unmarshal(text, &a)
}

func (o options) tile(ctx context.Context) error {
	_, err := o.ask(ctx, http.MethodGet, "/v1/tiles/hex/0/0/0.mvt?from="+o.day, nil)
	return err
}

func (o options) ask(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, o.url+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "text/csv")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode > 299 {
		err = fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return text, err
}
