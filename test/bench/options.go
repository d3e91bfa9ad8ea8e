package main

import (
	"flag"
	"fmt"
	"io"
	"time"

	"reli/demo"
)

// options say what is measured and how long.
type options struct {
	quick, large, postgis      bool
	cache, artifacts           string
	size                       demo.Size
	incidents, largeIncidents  int64
	seed                       uint64
	rounds, requests           int
	viewports, counties, warms int           // a round
	warmFor                    time.Duration // one warm run
	starts                     int           // of `reli serve`, and settlings
	profile, only              string
}

const (
	manyClients = 8 // beside one
	// browserConnections is how many requests a browser has under way to one
	// host over HTTP/1.1.
	browserConnections = 6
	largeIncidents     = 10_000_000
	mediumIncidents    = 1_000_000
	smallIncidents     = 9_000
)

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{size: demo.SizeM, postgis: true, viewports: 8, counties: 4, warms: 256, warmFor: 300 * time.Millisecond, starts: 5}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.quick, "quick", false, "the small county and few requests, without PostGIS: does it work at all")
	f.BoolVar(&o.large, "large", false, "also compare with a county of --large-incidents")
	f.BoolVar(&o.postgis, "postgis", true, "measure PostGIS too; installed through apt where that is possible")
	f.StringVar(&o.cache, "cache", "data/bench", "directory for the county's files and stores, used again by the next run")
	f.StringVar(&o.artifacts, "artifacts", "artifacts", "directory for bench.md and bench.json")
	f.Int64Var(&o.incidents, "incidents", mediumIncidents, "incidents of the county")
	f.Int64Var(&o.largeIncidents, "large-incidents", largeIncidents, "incidents of the county of --large")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the county and of the requests")
	f.IntVar(&o.rounds, "rounds", 5, "interleaved rounds")
	f.IntVar(&o.requests, "requests", 400, "cold tiles of one peer in one round")
	f.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of Reli's cold tiles to this file")
	f.StringVar(&o.only, "only", "", "measure only these parts: cold, viewport, county, warm, response, settle, large, profile, encode, start, ingest, locate, statistics")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	}
	if o.rounds < 1 || o.requests < 1 || o.incidents < 1 || o.largeIncidents < 1 {
		return o, fmt.Errorf("rounds, requests and incidents must be at least 1")
	}
	if o.quick {
		o.size, o.incidents, o.largeIncidents, o.postgis = demo.SizeS, smallIncidents, 2*smallIncidents, false
		o.rounds, o.requests, o.viewports, o.counties, o.warms, o.starts = 1, 16, 1, 1, 8, 1
		o.warmFor = 50 * time.Millisecond
	}
	return o, nil
}
