package main

import (
	"context"
	"os"
	"strings"
)

// typedName is the peer of ingest.
const typedName = "bare engine, INSERT … FORMAT CSVWithNames"

// typedTable has the columns of the files in the types of Reli's table, its
// order, codecs and durability. The engine parses dates and numbers, builds
// dictionaries, sorts and writes; it checks and locates nothing.
const typedTable = `CREATE TABLE typed
(
    source LowCardinality(String), source_id String,
    occurred_at DateTime('Asia/Shanghai') CODEC(DoubleDelta, ZSTD(1)),
    reported_at DateTime('Asia/Shanghai') CODEC(DoubleDelta, ZSTD(1)),
    due_at DateTime('Asia/Shanghai') CODEC(ZSTD(1)), closed_at DateTime('Asia/Shanghai') CODEC(ZSTD(1)),
    updated_at DateTime('Asia/Shanghai') CODEC(DoubleDelta, ZSTD(1)),
    lng Float64, lat Float64, crs LowCardinality(String),
    grid LowCardinality(String), village LowCardinality(String), township LowCardinality(String),
    category LowCardinality(String), scale UInt8, people UInt32, urgency UInt8, channel LowCardinality(String),
    first_unit LowCardinality(String), handling_unit LowCardinality(String),
    resolver_level LowCardinality(String), state LowCardinality(String), matter_id String
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (source, source_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`

// insertTyped sends a file to the engine as it is.
func insertTyped(ctx context.Context, r *reli, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	encoding := ""
	if strings.HasSuffix(path, ".gz") {
		encoding = "gzip"
	}
	return postInsert(ctx, r.engine.Socket(), bareDatabase, `INSERT INTO typed FORMAT CSVWithNames`, f, encoding)
}
