-- What was taken in, what was refused, and what still has to be settled.
CREATE TABLE IF NOT EXISTS batches
(
    batch       UUID,
    record      LowCardinality(String),
    source      LowCardinality(String),
    profile     LowCardinality(String),
    origin      String,
    started_at  DateTime64(3, 'UTC'),
    finished_at DateTime64(3, 'UTC'),
    rows        UInt64,
    accepted    UInt64,
    updated     UInt64,
    duplicates  UInt64,
    quarantined UInt64,
    masked      Map(LowCardinality(String), UInt64)
)
ENGINE = ReplacingMergeTree(finished_at)
ORDER BY batch;

-- A refused row, once, however often it is sent: row_hash is of the raw row.
-- kept holds the mapped codes and dates needed to find it again in its
-- source; never free text, never a coordinate.
CREATE TABLE IF NOT EXISTS quarantine
(
    source   LowCardinality(String),
    row_hash UInt64,
    field    LowCardinality(String),
    code     LowCardinality(String),
    message  String,
    origin   String,
    row      UInt64,
    kept     Map(LowCardinality(String), String),
    batch    UUID,
    at       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (source, row_hash, field, code)
SETTINGS non_replicated_deduplication_window = 100000;

-- Months whose cube partition must be computed again. seq grows with every
-- write; a data version says up to which seq everything is settled.
CREATE TABLE IF NOT EXISTS cube_dirty
(
    seq   UInt64,
    month UInt32
)
ENGINE = MergeTree
ORDER BY (seq, month)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS data_versions
(
    version     UInt64,
    settled_at  DateTime64(3, 'UTC'),
    settled_seq UInt64,
    incidents   UInt64,
    cause       LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Dictionary entries that a profile brings beyond the embedded dictionaries.
CREATE TABLE IF NOT EXISTS dictionary_entries
(
    kind    LowCardinality(String),
    code    String,
    zh      String,
    en      String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (kind, code);
