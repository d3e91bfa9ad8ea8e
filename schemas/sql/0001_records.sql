-- The records: what came in. Versions of an incident replace each other, the
-- greatest version wins; transitions are only ever appended.
-- No partition key: one insert is one part, so a batch is there whole or not
-- at all, and every version of an identity meets the others in merges.
-- 0 (1970-01-01 00:00:00) in a time column means "none".
CREATE TABLE IF NOT EXISTS incidents
(
    source           LowCardinality(String),
    source_id        String,
    version          UInt64,
    content_hash     UInt64,
    batch            UUID,
    occurred_at      DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    reported_at      DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    ingested_at      DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    due_at           DateTime('UTC') CODEC(ZSTD(1)),
    closed_at        DateTime('UTC') CODEC(ZSTD(1)),
    category         LowCardinality(String),
    category_label   LowCardinality(String),
    scale            UInt8,
    people           UInt32,
    urgency          UInt8,
    channel          LowCardinality(String),
    first_unit       LowCardinality(String),
    handling_unit    LowCardinality(String),
    resolver_level   UInt8,
    state            UInt8,
    matter_id        String,
    cell             UInt64,
    grid             LowCardinality(String),
    area             LowCardinality(String),
    location_quality UInt8
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, source_id)
SETTINGS non_replicated_deduplication_window = 100000,
         fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS transitions
(
    source    LowCardinality(String),
    source_id String,
    at        DateTime('UTC'),
    kind      LowCardinality(String),
    unit      LowCardinality(String),
    level     UInt8,
    batch     UUID
)
ENGINE = ReplacingMergeTree
ORDER BY (source, source_id, at, kind)
SETTINGS non_replicated_deduplication_window = 100000,
         fsync_after_insert = 1, fsync_part_directory = 1;
