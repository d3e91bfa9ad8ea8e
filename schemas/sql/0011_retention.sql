-- What was removed when, under which rule: the evidence that a limit of
-- keeping was kept. A month is sealed before its records go: from then on the
-- cube's rows of it are no longer computed from records. An entry is written
-- with state sealed before anything is removed, and with state done after.
CREATE TABLE IF NOT EXISTS retention_log
(
    at        DateTime64(3, 'UTC'),
    rule      LowCardinality(String), -- records or cube
    state     LowCardinality(String), -- sealed or done
    month     UInt32,                 -- yyyymm, local
    table     LowCardinality(String),
    keep      UInt32,                 -- months that the rule keeps
    rows      UInt64,                 -- removed
    digest    UInt64                  -- of what was removed
)
ENGINE = MergeTree
ORDER BY (month, table, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
