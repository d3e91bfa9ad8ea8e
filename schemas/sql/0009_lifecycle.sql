-- The life cycle keeps what contradicts itself: two sources of truth that tell
-- the same step differently (another unit, another level) are two rows, not
-- whichever came last. claim is XXH64 of unit and level. ingested_at is when a
-- step first came; 0 for steps stored before this was kept.
ALTER TABLE transitions
    ADD COLUMN IF NOT EXISTS ingested_at DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS claim UInt64,
    ADD INDEX IF NOT EXISTS arrivals ingested_at TYPE minmax GRANULARITY 1,
    MODIFY ORDER BY (source, source_id, at, kind, claim);

-- What a run said of its rows besides taking or refusing them: flagged steps
-- by kind of contradiction, fields that were derived and not brought, and the
-- version of the dictionary that derived them.
ALTER TABLE batches
    ADD COLUMN IF NOT EXISTS flagged Map(LowCardinality(String), UInt64),
    ADD COLUMN IF NOT EXISTS derived Map(LowCardinality(String), UInt64),
    ADD COLUMN IF NOT EXISTS dictionary LowCardinality(String),
    ADD COLUMN IF NOT EXISTS deadlines LowCardinality(String);
