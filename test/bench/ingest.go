package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"reli/internal/clickhouse"
)

// maxServerMB is what the server may hold while a million incidents come in.
const maxServerMB = 500

// ingested is what one side of the comparison took.
type ingested struct {
	clock, server, engine time.Duration // on the clock, and of processors
	rows                  int64
}

func (i *ingested) add(o ingested) {
	i.clock, i.server, i.engine, i.rows = i.clock+o.clock, i.server+o.server, i.engine+o.engine, i.rows+o.rows
}

// ingest takes the county's incidents into an empty store, file by file in
// turn with the bare engine's insert of the same files, and settles the cube.
func (b *bench) ingest(ctx context.Context) error {
	files, err := b.files(ctx, b.opt.incidents)
	if err != nil {
		return err
	}
	inputs, err := incidentFiles(files)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.opt.cache, "scratch")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, err := startReli(ctx, dir)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.loadAreas(ctx, filepath.Join(files, "areas.geojson")); err != nil {
		return err
	}
	db, err := r.database(ctx, bareDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Exec(ctx, typedTable); err != nil {
		return err
	}
	work := func() error { return b.ingestFiles(ctx, r, db, inputs) }
	if b.opt.profile == "" {
		return work()
	}
	return profile(b.opt.profile+".ingest", work)
}

func (b *bench) ingestFiles(ctx context.Context, r *reli, db *clickhouse.DB, inputs []string) error {
	var ours, theirs ingested
	var most memory
	for _, path := range inputs {
		watch := watchMemory(r.engine.PID())
		one, err := b.timed(r, func() (int64, error) {
			report, err := r.take(ctx, path, profileOf(path))
			return report.Accepted, err
		})
		held := watch()
		b.say("%s: the server held %.0f MB at most, the engine %.0f MB", filepath.Base(path), held.server, held.engine)
		most = most.max(held)
		if err != nil {
			return err
		}
		ours.add(one)
		one, err = b.timed(r, func() (int64, error) { return 0, insertTyped(ctx, r, path) })
		if err != nil {
			return err
		}
		theirs.add(one)
	}
	if err := sameRows(ctx, db, ours.rows); err != nil {
		return err
	}
	watch := watchMemory(r.engine.PID())
	settled, err := b.timed(r, func() (int64, error) {
		_, err := r.store.Settle(ctx, "bench")
		return 0, err
	})
	if err != nil {
		return err
	}
	b.ingestRows(ours, theirs, settled, most, watch())
	return nil
}

// timed measures what both processes use for do.
func (b *bench) timed(r *reli, do func() (int64, error)) (ingested, error) {
	engine := processorTimeOf(r.engine.PID())
	var rows int64
	w, err := measured(func() (err error) { rows, err = do(); return err })
	return ingested{clock: w.clock, server: w.processor, engine: processorTimeOf(r.engine.PID()) - engine, rows: rows}, err
}

func (b *bench) ingestRows(ours, theirs, settled ingested, ingest, settle memory) {
	rows := float64(ours.rows)
	rate := func(took time.Duration) []float64 { return []float64{rows / took.Seconds()} }
	seconds := func(took time.Duration) []float64 { return []float64{took.Seconds()} }
	name := fmt.Sprintf("ingest %d incidents", ours.rows)
	b.compare(row{What: name + ": checked, located, exactly once", Unit: "s", Peer: typedName}, seconds(ours.clock), seconds(theirs.clock))
	b.compare(row{What: name + ", processor time of both processes", Unit: "s", Peer: typedName,
		Note: fmt.Sprintf("Reli's: %.3g s the server, %.3g s the engine", ours.server.Seconds(), ours.engine.Seconds())},
		seconds(ours.server+ours.engine), seconds(theirs.server+theirs.engine))
	b.compare(row{What: "ingest, rows a second", Unit: "rows/s", Peer: typedName, Bar: bar{ratioAtLeast, 0.3}}, rate(ours.clock), rate(theirs.clock))
	b.compare(row{What: "the first settling of all of them", Unit: "s"}, seconds(settled.clock), nil)
	b.compare(row{What: "ingest into a settled cube, rows a second", Unit: "rows/s", Peer: typedName, Bar: bar{ratioAtLeast, 0.3}},
		rate(ours.clock+settled.clock), rate(theirs.clock))
	if ingest.known() {
		b.compare(row{What: name + ", most memory of the server's process", Unit: "MB", Bar: bar{valueAtMost, maxServerMB}}, []float64{ingest.server}, nil)
		b.compare(row{What: name + ", most memory of the engine's process", Unit: "MB", Note: fmt.Sprintf("%.0f MB while it settles", settle.engine)},
			[]float64{ingest.engine}, nil)
	}
}

// sameRows checks that the peer holds as many incidents as Reli.
func sameRows(ctx context.Context, db *clickhouse.DB, want int64) error {
	var bare, reli int64
	if err := db.Row(ctx, `SELECT toInt64((SELECT count() FROM typed)), toInt64((SELECT count() FROM reli.incidents))`, []any{&bare, &reli}); err != nil {
		return err
	}
	if bare != want || reli != want {
		return fmt.Errorf("%d incidents were taken in, Reli holds %d and the peer %d", want, reli, bare)
	}
	return nil
}
