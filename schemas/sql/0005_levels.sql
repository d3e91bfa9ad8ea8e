-- The four-level response: what level each area was at, the overrides by hand,
-- the tips that came of it, and what was pushed to whom.
-- level is 0 for none, 1 blue Ⅳ, 2 yellow Ⅲ, 3 orange Ⅱ, 4 red Ⅰ; tier is the
-- area's place in the division tree: 1 county, 2 township, 3 village, 4 grid.

-- One row an area and local day, kept for ever; a day is computed again with
-- every settled change, the greatest revision wins. Areas without a point and
-- without a level have no row. level is in force since a day, was is the one
-- before; ruled is what the rules alone say, bare what the day's score alone
-- says; override is the id of the one it stands under, 0 for none. rules,
-- inputs, amounts and points are parallel, and the points add up to the score.
CREATE TABLE IF NOT EXISTS levels
(
    day          Date,
    area         String,
    tier         UInt8,
    level        UInt8,
    since        Date,
    was          UInt8,
    ruled        UInt8,
    ruled_since  Date,
    bare         UInt8,
    score        Int32,
    rules        Array(LowCardinality(String)),
    inputs       Array(LowCardinality(String)),
    amounts      Array(Float64),
    points       Array(Int32),
    body         String,
    body_zh      String,
    body_en      String,
    reason_zh    String CODEC(ZSTD(3)),
    reason_en    String CODEC(ZSTD(3)),
    policy       LowCardinality(String),
    override     UInt64,
    data_version UInt64,
    revision     UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (day, area)
SETTINGS non_replicated_deduplication_window = 1000;

-- A level set by hand. The newest row of an area counts, while it is neither
-- lifted nor past its end.
CREATE TABLE IF NOT EXISTS level_overrides
(
    id      UInt64,
    area    String,
    level   UInt8,
    reason  String,
    made_by String,
    made_at DateTime64(3, 'UTC'),
    ends_at DateTime64(3, 'UTC'),
    lifted  UInt8
)
ENGINE = ReplacingMergeTree
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- 工作提示. id is year-number; cause is level or deadline; the key says what
-- the tip is about, so that nothing is tipped twice. seq grows with every tip.
CREATE TABLE IF NOT EXISTS tips
(
    id        String,
    seq       UInt64,
    year      UInt16,
    number    UInt32,
    key       String,
    cause     LowCardinality(String),
    day       Date,
    made_at   DateTime64(3, 'UTC'),
    answer_by Date,
    area      String,
    tier      UInt8,
    level     UInt8,
    score     Int32,
    body      String,
    body_zh   String,
    body_en   String,
    text_zh   String CODEC(ZSTD(3)),
    text_en   String CODEC(ZSTD(3)),
    policy    LowCardinality(String)
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What happened to a tip: ack (签收), print. Appended only.
CREATE TABLE IF NOT EXISTS tip_events
(
    tip     String,
    kind    LowCardinality(String),
    at      DateTime64(3, 'UTC'),
    made_by String,
    note    String
)
ENGINE = ReplacingMergeTree
ORDER BY (tip, kind, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The outbox of the webhooks: one row a receiver and tip, the greatest
-- revision wins. A row without a tip says from which tip on a receiver is told.
CREATE TABLE IF NOT EXISTS webhook_outbox
(
    receiver LowCardinality(String),
    tip      String,
    seq      UInt64,
    state    LowCardinality(String),
    attempts UInt16,
    next_at  DateTime64(3, 'UTC'),
    status   UInt16,
    error    String,
    revision UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (receiver, tip)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
