package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reli/internal/clickhouse"
)

// settle measures how long one changed day takes until every reader sees it.
// The month of the day is marked as if a record had come; the records stay as
// they are, so that the store can be used again.
func (b *bench) settle(ctx context.Context) error {
	var took []float64
	r := b.random("settle", 0)
	for range b.opt.starts {
		from, _ := b.ground.window(r)
		day := from.Time()
		if err := b.reli.db.MarkDirty(ctx, uint64(time.Now().UnixNano()), []uint32{uint32(day.Year()*100 + int(day.Month()))}); err != nil {
			return err
		}
		before := b.reli.store.Current().Version
		started := time.Now()
		version, err := b.reli.store.Settle(ctx, "bench")
		if err != nil {
			return err
		}
		took = append(took, time.Since(started).Seconds())
		if version == before {
			return fmt.Errorf("a changed day made no new data version")
		}
	}
	b.compare(row{What: fmt.Sprintf("one changed day of %d incidents settled", b.opt.incidents), Unit: "s"}, took, nil)
	return nil
}

// ingest takes the county's incidents into an empty store, file by file in
// turn with the bare engine's insert of the same files.
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
	var ours, theirs time.Duration
	var rows int64
	for n, path := range inputs {
		started := time.Now()
		report, err := r.take(ctx, path, profileOf(path))
		if err != nil {
			return err
		}
		ours, rows = ours+time.Since(started), rows+report.Accepted
		took, err := insertCSV(ctx, r, db, fmt.Sprintf("raw_%d", n), path)
		if err != nil {
			return err
		}
		theirs += took
	}
	started := time.Now()
	if _, err := r.store.Settle(ctx, "bench"); err != nil {
		return err
	}
	settled := time.Since(started)
	note := "its ordinary connection may not read files: " + describeFileAccess(ctx, db)
	b.compare(row{What: fmt.Sprintf("ingest %d incidents: checked, located, exactly once", rows), Unit: "s",
		Peer: "bare engine, INSERT … FORMAT CSVWithNames into text columns", Note: note}, []float64{ours.Seconds()}, []float64{theirs.Seconds()})
	b.compare(row{What: "ingest, rows a second", Unit: "rows/s", Peer: "bare engine"},
		[]float64{float64(rows) / ours.Seconds()}, []float64{float64(rows) / theirs.Seconds()})
	b.compare(row{What: "the first settling of all of them", Unit: "s"}, []float64{settled.Seconds()}, nil)
	return nil
}

// describeFileAccess tries what INSERT … SELECT FROM file() would need.
func describeFileAccess(ctx context.Context, db *clickhouse.DB) string {
	err := db.Exec(ctx, `SELECT * FROM file('bench.csv', CSV, 'a String')`)
	if err == nil {
		return "but file() is allowed"
	}
	return fmt.Sprintf("file() gives error %d", clickhouse.ExceptionCode(err))
}

// insertCSV sends a file to the engine as it is. Every column is text and
// there is no sort key: nothing is checked, nothing is parsed.
func insertCSV(ctx context.Context, r *reli, db *clickhouse.DB, table, path string) (time.Duration, error) {
	header, err := firstLine(path)
	if err != nil {
		return 0, err
	}
	columns := strings.Split(header, ",")
	for i, c := range columns {
		columns[i] = "`" + strings.ReplaceAll(c, "`", "") + "` String"
	}
	if err := db.Exec(ctx, `CREATE TABLE `+table+` (`+strings.Join(columns, ", ")+`) ENGINE = MergeTree ORDER BY tuple()`); err != nil {
		return 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	encoding := ""
	if strings.HasSuffix(path, ".gz") {
		encoding = "gzip"
	}
	started := time.Now()
	err = postInsert(ctx, r.engine.Socket(), bareDatabase, `INSERT INTO `+table+` FORMAT CSVWithNames`, f, encoding)
	return time.Since(started), err
}

func firstLine(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return "", err
		}
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	return strings.TrimPrefix(strings.TrimSpace(line), "\ufeff"), err
}
