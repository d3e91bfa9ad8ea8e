-- Which share of a grid's ground lies in which area of another set (片区); the
-- areas themselves are in areas, under the name of their set. chosen is the one
-- that the grid counts in: the greatest share, the lower code of two.
CREATE TABLE IF NOT EXISTS crosswalk
(
    area_set LowCardinality(String),
    grid     String,
    code     String,
    share    Float64,
    chosen   UInt8,
    version  UInt64,
    removed  UInt8 DEFAULT 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (area_set, grid, code);
