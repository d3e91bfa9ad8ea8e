-- The answers to pushes that carried an idempotency key, so that the same push
-- sent again gets the first answer, also after a restart. request and body are
-- SHA-256 in hexadecimal: a key may be made of anything, and no key is kept. The answer is
-- the report of the batch.
CREATE TABLE IF NOT EXISTS batch_answers
(
    request String,
    body    String,
    answer  String CODEC(ZSTD(1)),
    at      DateTime('UTC') DEFAULT now() -- of the store: what is forgotten goes by its clock
)
ENGINE = ReplacingMergeTree
ORDER BY request
TTL at + INTERVAL 3 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The ids that a source's own list says there are (应录尽录), to tell which of
-- them never came. Only keyed hashes are kept: an id may point at a person.
CREATE TABLE IF NOT EXISTS expected_ids
(
    source  LowCardinality(String),
    day     Date,
    id_hash String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, id_hash);
