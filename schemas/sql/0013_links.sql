-- That two reports are of one matter, and that they are not: said by a source
-- (declared), by a rule with a confidence, or by a person. Only ever added to;
-- what stands of a pair follows from all that was said of it. a is before b in
-- the order of (source, id). by is an account or empty; no text, no person.
CREATE TABLE IF NOT EXISTS links
(
    seq        UInt64,                 -- grows with every saying
    at         DateTime64(3, 'UTC'),
    source_a   LowCardinality(String),
    id_a       String,
    source_b   LowCardinality(String),
    id_b       String,
    action     LowCardinality(String), -- join or part
    origin     LowCardinality(String), -- declared, rule or person
    rule       LowCardinality(String), -- of origin rule
    rules      LowCardinality(String), -- version of the rules
    confidence Float64,                -- 1 but for rules
    by         String
)
ENGINE = MergeTree
ORDER BY (source_a, id_a, source_b, id_b, seq)
SETTINGS non_replicated_deduplication_window = 100000,
         fsync_after_insert = 1, fsync_part_directory = 1;

-- The reports whose matter follows from a link: a pure function of links and
-- incidents, made anew when they change. months are those of all reports of
-- the matter.
CREATE TABLE IF NOT EXISTS matter_of
(
    source    LowCardinality(String),
    source_id String,
    matter    String,
    months    Array(UInt32)
)
ENGINE = MergeTree
ORDER BY (source, source_id);

CREATE TABLE IF NOT EXISTS matter_of_next AS matter_of;
