-- The daily cube: a pure function of incidents, transitions and area_paths.
-- One row a distinct combination of the dimensions, n incidents each. An
-- incident is in exactly one partition: the month of its local day.
-- closed and due are 1970-01-01 where there is none. cube_next is the table
-- that the next version is made in; the two are exchanged atomically.
CREATE TABLE IF NOT EXISTS cube
(
    opened         Date,
    closed         Date,
    due            Date,
    hour           UInt8,
    cell           UInt64,
    county         LowCardinality(String),
    township       LowCardinality(String),
    village        LowCardinality(String),
    grid           LowCardinality(String),
    category       LowCardinality(String),
    source         LowCardinality(String),
    channel        LowCardinality(String),
    scale          UInt8,
    urgency        UInt8,
    resolver_level UInt8,
    state          UInt8,
    first_report   UInt8,
    n              UInt32,
    people         UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(opened)
ORDER BY (cell, grid, opened, category, source);

CREATE TABLE IF NOT EXISTS cube_next AS cube;
