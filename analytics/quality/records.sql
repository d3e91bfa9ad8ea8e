-- One row a source and township, of the records of a scope. Days between two
-- times are local days; what is longer than a year counts as a year and a day.
SELECT source, township, count() AS n,
    sumMap(map(location_quality, toUInt64(1))) AS rungs,
    sumMap(map(toUInt16(least(greatest(reported - occurred, 0), 366)), toUInt64(1))) AS delays,
    sumMap(map(toUInt16(least(greatest(arrived - reported, 0), 366)), toUInt64(1))) AS arrivals,
    countIf(reported < occurred) AS reported_before,
    countIf(due != 0 AND due < occurred) AS due_before,
    countIf(closed != 0 AND closed < reported) AS closed_before,
    max(reported_at) AS last_reported, max(ingested_at) AS last_ingested
FROM
(
    SELECT i.source AS source, i.category AS category, i.location_quality AS location_quality, i.reported_at AS reported_at, i.ingested_at AS ingested_at,
        toInt32(toDate(i.occurred_at, {tz:String})) AS occurred,
        toInt32(toDate(i.reported_at, {tz:String})) AS reported,
        toInt32(toDate(i.ingested_at, {tz:String})) AS arrived,
        if(toUInt32(i.due_at) = 0, 0, toInt32(toDate(i.due_at, {tz:String}))) AS due,
        if(toUInt32(i.closed_at) = 0, 0, toInt32(toDate(i.closed_at, {tz:String}))) AS closed,
        p.county AS county, p.township AS township, p.village AS village, p.grid AS grid
    FROM (SELECT * FROM incidents FINAL) AS i
    LEFT JOIN (SELECT * FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = i.area
)
WHERE (empty({areas:Array(String)}) OR hasAny({areas:Array(String)}, [county, township, village, grid]))
  AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
  AND (empty({sources:Array(String)}) OR has({sources:Array(String)}, source))
GROUP BY source, township
ORDER BY source, township
