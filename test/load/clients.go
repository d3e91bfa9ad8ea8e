package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ground is what the clients ask for.
type ground struct {
	options
	client *http.Client
	bbox   [4]float64
	last   string // last day of the data
	tiles  []string
	run    int64
}

// lookAround finds tiles that hold something.
func lookAround(ctx context.Context, o options) (*ground, error) {
	g := &ground{options: o, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.clients + o.analysts + 8}}, run: time.Now().UnixNano()}
	resp, err := g.ask(ctx, http.MethodGet, "/v1/freshness", "", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var fresh struct {
		Bbox [4]float64
		Last string `json:"last_day"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&fresh); err != nil {
		return nil, err
	}
	g.bbox, g.last = fresh.Bbox, fresh.Last
	day, err := time.Parse(time.DateOnly, fresh.Last)
	if err != nil {
		return nil, err
	}
	window := "?from=" + day.AddDate(0, -6, 0).Format(time.DateOnly) + "&to=" + day.AddDate(0, -3, 0).Format(time.DateOnly)
	for z := 10; z <= 12; z++ {
		for _, part := range []float64{.3, .4, .5, .6, .7} {
			for _, other := range []float64{.3, .4, .5, .6, .7} {
				x, y := tileAt(z, g.bbox[0]+part*(g.bbox[2]-g.bbox[0]), g.bbox[1]+other*(g.bbox[3]-g.bbox[1]))
				g.tiles = append(g.tiles, fmt.Sprintf("/v1/tiles/grid/%d/%d/%d.mvt%s", z, x, y, window))
			}
		}
	}
	return g, nil
}

// tileAt gives the tile of a place.
func tileAt(z int, lng, lat float64) (x, y int) {
	n := math.Exp2(float64(z))
	phi := lat * math.Pi / 180
	return int((lng + 180) / 360 * n), int((1 - math.Asinh(math.Tan(phi))/math.Pi) / 2 * n)
}

func (g *ground) ask(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, g.url+path, body)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "/v1/tiles/") {
		r.Header.Set("Accept-Encoding", "gzip") // and nothing unpacks it: the reading is not measured
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return g.client.Do(r)
}

// answered asks, judges and reads; it gives whether the answer was right.
func (g *ground) answered(ctx context.Context, t *tally, method, path, kind string, body io.Reader) bool {
	resp, err := g.ask(ctx, method, path, kind, body)
	if ctx.Err() != nil {
		return false // the part is over
	}
	if err != nil {
		return t.judge(nil, err)
	}
	defer resp.Body.Close()
	if !t.judge(resp, nil) {
		return false
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if ctx.Err() != nil {
		return false
	}
	return err == nil || t.judge(nil, err)
}

// readers are the clients on tiles, each asking again as soon as it has one.
func (g *ground) readers(ctx context.Context, t *tally) {
	var all sync.WaitGroup
	for range g.clients {
		all.Go(func() {
			var own []time.Duration
			for ctx.Err() == nil {
				began := time.Now()
				if g.answered(ctx, t, http.MethodGet, anyOf(g.tiles), "", nil) {
					own = append(own, time.Since(began))
				}
			}
			t.mu.Lock()
			defer t.mu.Unlock()
			t.tiles = append(t.tiles, own...)
		})
	}
	all.Wait()
}

func anyOf(list []string) string { return list[rand.IntN(len(list))] }

// writer sends so many new incidents of the last day each second.
func (g *ground) writer(ctx context.Context, t *tally) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var body strings.Builder
		body.WriteString("source,source_id,occurred_at,lng,lat,crs,category\n")
		for i := range g.rows {
			fmt.Fprintf(&body, "load-check,%d-%d-%d,%sT08:00:00+08:00,%.5f,%.5f,WGS84,land\n", g.run, n, i, g.last,
				g.bbox[0]+rand.Float64()*(g.bbox[2]-g.bbox[0]), g.bbox[1]+rand.Float64()*(g.bbox[3]-g.bbox[1]))
		}
		if g.answered(ctx, t, http.MethodPost, "/v1/incidents", "text/csv", strings.NewReader(body.String())) {
			t.rows.Add(int64(g.rows))
		}
	}
}

// statements are what analysts ask.
var statements = []string{
	"SELECT township, sum(incidents) AS n FROM v_daily GROUP BY township ORDER BY n DESC",
	"SELECT toStartOfMonth(day) AS month, category, sum(incidents) AS n FROM v_daily GROUP BY month, category ORDER BY month, n DESC",
	"SELECT category, quantile(0.9)(dateDiff('day', reported_day, closed_day)) AS days FROM v_incidents WHERE closed_day IS NOT NULL GROUP BY category",
	"SELECT village, uniq(source) AS sources, count() AS n FROM v_incidents GROUP BY village ORDER BY n DESC LIMIT 100",
}

// analysts ask one statement after the other.
func (g *ground) analysts(ctx context.Context, t *tally) {
	var all sync.WaitGroup
	for i := range g.options.analysts {
		all.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				body, err := json.Marshal(map[string]string{"sql": statements[n%len(statements)]})
				if err == nil && g.answered(ctx, t, http.MethodPost, "/v1/sql", "application/json", strings.NewReader(string(body))) {
					t.statements.Add(1)
				}
			}
		})
	}
	all.Wait()
}

// dawdlers ask for tiles and read a byte every second.
func (g *ground) dawdlers(ctx context.Context, t *tally) {
	at, err := url.Parse(g.url)
	if err != nil {
		t.judge(nil, err)
		return
	}
	var all sync.WaitGroup
	for range g.dawdler {
		all.Go(func() {
			conn, err := net.Dial("tcp", at.Host)
			if err != nil {
				return // the server may turn them away
			}
			defer conn.Close()
			_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", anyOf(g.tiles), at.Host)
			slow := bufio.NewReaderSize(conn, 16)
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Second):
					if _, err := slow.ReadByte(); err != nil {
						return
					}
				}
			}
		})
	}
	all.Wait()
}
