-- The course of each incident: what its steps say, one row an incident, a pure
-- function of incidents, transitions and area_paths. Indicators and ledgers
-- count these rows; the columns that the cube has mean what they mean there.
-- A day of 1970-01-01 stands for "never". Days are local.
-- An incident is in exactly one partition: the month of its local day.
CREATE TABLE IF NOT EXISTS courses
(
    opened         Date,
    reported       Date,
    due            Date,
    closed         Date,
    resolved       Date,
    hour           UInt8,
    county         LowCardinality(String),
    township       LowCardinality(String),
    village        LowCardinality(String),
    grid           LowCardinality(String),
    category       LowCardinality(String),
    source         LowCardinality(String),
    channel        LowCardinality(String),
    scale          UInt8,
    urgency        UInt8,
    people         UInt32,
    matter         String,
    previous       Date,
    repeated       UInt8,
    resolver_level UInt8,
    tier           UInt8,
    handling       UInt32,
    accept_by      Date,
    assigned       Date,
    disposed       Date,
    supervised     Date,
    mediated       Date,
    failed         Date,
    visited        Date,
    cancelled      Date,
    rated          Date,
    rating         UInt8,
    pretrial       Date,
    sued           Date,
    skipped        Date,
    crossed        Date,
    spilled        Date,
    whistled       Date,
    mustered       Date,
    muster_minutes UInt32,
    first_closed   Date,
    relapsed       Date,
    ins            Array(Date),
    outs           Array(Date)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(opened)
ORDER BY (township, grid, opened);

CREATE TABLE IF NOT EXISTS courses_next AS courses;

-- Up to which mark of cube_dirty the courses are computed.
CREATE TABLE IF NOT EXISTS courses_settled
(
    seq UInt64,
    at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY tuple();

-- Reports as they were made. A report of a period is made once; document is
-- its JSON, from which every format is written.
CREATE TABLE IF NOT EXISTS reports
(
    name         LowCardinality(String),
    cadence      LowCardinality(String),
    period       String,
    first_day    Date,
    after_day    Date,
    made_at      DateTime64(3, 'UTC'),
    data_version UInt64,
    document     String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(made_at)
ORDER BY (name, cadence, period)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
