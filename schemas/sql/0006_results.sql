-- What was computed from the settled data: forecasts, warnings, hot spots and
-- backtests. An answer is made by one run; its name says which choice it
-- answers, such as "forecast township land". results holds, for each kind and
-- name, the run that counts, and is the last to be written: rows of any other
-- run are left over and go with the next clearing. Read the rows of the
-- answers in force with WHERE run IN (SELECT run FROM results FINAL).
--
-- data_version of a row is the state of the data that it was made from,
-- results.data_version the newest for which it is right: a change that leaves
-- what was read as it was makes no new run. read_to is the first local day that
-- is not read; equal digests mean equal answers. resolution is 0 for areas.
-- category is '' for all taken together, otherwise codes joined by commas.
CREATE TABLE IF NOT EXISTS results
(
    kind          LowCardinality(String),
    name          String,
    run           UInt64,
    data_version  UInt64,
    model_version LowCardinality(String),
    made_at       DateTime64(3, 'UTC'),
    read_to       Date,
    digest        UInt64,
    stamp         UInt64
)
ENGINE = ReplacingMergeTree(stamp)
ORDER BY (kind, name);

-- The answers as the API gives them.
CREATE TABLE IF NOT EXISTS result_answers
(
    run    UInt64,
    answer String CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY run;

-- Expected incidents of a place in the local days [day_from, day_to).
-- expected adds up exactly over places and levels in millionths, whole in
-- whole incidents. verdict is better, not_better_than_baseline or
-- too_few_weeks: how the model fared here in the backtest; state is the basis:
-- own_past, group_only or source_silent.
CREATE TABLE IF NOT EXISTS forecasts
(
    run           UInt64,
    layer         LowCardinality(String),
    resolution    UInt8,
    category      LowCardinality(String),
    place         String,
    place_name    String,
    parent        String,
    horizon       LowCardinality(String),
    day_from      Date,
    day_to        Date,
    expected      Float64,
    whole         UInt32,
    p_any         Float64,
    lo50          UInt32,
    hi50          UInt32,
    lo80          UInt32,
    hi80          UInt32,
    lo95          UInt32,
    hi95          UInt32,
    baseline      Float64,
    state         LowCardinality(String),
    verdict       LowCardinality(String),
    gain          Float64,
    use           LowCardinality(String),
    data_version  UInt64,
    model_version LowCardinality(String),
    made_at       DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (run, place, horizon);

-- Alarms. members are the places of a scan's circle, empty for the others;
-- upper is NULL for a scan, which has no bound; recurrence_years is NULL where no
-- chance signal is this strong.
CREATE TABLE IF NOT EXISTS warnings
(
    run              UInt64,
    layer            LowCardinality(String),
    resolution       UInt8,
    category         LowCardinality(String),
    method           LowCardinality(String),
    place            String,
    place_name       String,
    day_from         Date,
    day_to           Date,
    observed         UInt64,
    expected         Float64,
    upper            Nullable(Float64),
    p                Float64,
    p_adjusted       Float64,
    recurrence_years Nullable(Float64),
    members          Array(String),
    reason_zh        String,
    reason_en        String,
    data_version     UInt64,
    model_version    LowCardinality(String),
    made_at          DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (run, p, place);

-- Places, or circles of places, that differ from the rest in
-- [day_from, day_to). class is hot, cold, high_high …, cluster, or that of an
-- emerging hot spot; strength is z, or the log likelihood ratio of a scan;
-- raw_rate and smoothed_rate are incidents per 10,000 people, of method rates.
CREATE TABLE IF NOT EXISTS hotspots
(
    run           UInt64,
    layer         LowCardinality(String),
    resolution    UInt8,
    category      LowCardinality(String),
    method        LowCardinality(String),
    basis         LowCardinality(String),
    place         String,
    place_name    String,
    lng           Float64,
    lat           Float64,
    day_from      Date,
    day_to        Date,
    class         LowCardinality(String),
    incidents     UInt64,
    observed      UInt64,
    expected      Float64,
    strength      Float64,
    p_adjusted    Nullable(Float64),
    population    UInt64,
    raw_rate      Nullable(Float64),
    smoothed_rate Nullable(Float64),
    members       Array(String),
    data_version  UInt64,
    model_version LowCardinality(String),
    made_at       DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (run, place);

-- Scores of the forecasts on the weeks that were hidden: a row a horizon and
-- method. skill is the share by which the model's log score lies below that of
-- the best baseline.
CREATE TABLE IF NOT EXISTS backtests
(
    run           UInt64,
    layer         LowCardinality(String),
    resolution    UInt8,
    category      LowCardinality(String),
    horizon       LowCardinality(String),
    method        LowCardinality(String),
    weeks         UInt16,
    holdout_weeks UInt16,
    cases         UInt64,
    log_score     Float64,
    rps           Float64,
    coverage_90   Float64,
    hit_5         Float64,
    skill         Float64,
    verdict       LowCardinality(String),
    data_version  UInt64,
    model_version LowCardinality(String),
    made_at       DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (run, horizon, method);
