-- Places. geometry is a WKB MultiPolygon in lng/lat.
CREATE TABLE IF NOT EXISTS areas
(
    area_set   LowCardinality(String),
    code       String,
    parent     String,
    level      UInt8,
    name       String,
    population UInt32,
    geometry   String CODEC(ZSTD(3)),
    valid_from Date,
    valid_to   Date,
    version    UInt64,
    removed    UInt8 DEFAULT 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (area_set, code, valid_from);

-- One row an area: its ancestors by level, so that a roll-up is one join.
CREATE TABLE IF NOT EXISTS area_paths
(
    code     String,
    county   String,
    township String,
    village  String,
    grid     String,
    version  UInt64,
    removed  UInt8 DEFAULT 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY code;
