-- One row a month and township that have enough reports with a tone. A tone
-- belongs to the version of a report that it came with.
SELECT toYYYYMM(toDate(i.occurred_at, {tz:String})) AS month, p.township AS area, count() AS reports, avg(t.tone) AS mean
FROM (SELECT source, source_id, version, occurred_at, area FROM incidents FINAL) AS i
INNER JOIN (SELECT source, source_id, version, tone FROM tones FINAL) AS t ON t.source = i.source AND t.source_id = i.source_id AND t.version = i.version
INNER JOIN (SELECT code, township FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = i.area
WHERE month BETWEEN {from:UInt32} AND {to:UInt32} AND area != ''
GROUP BY month, area
HAVING reports >= {least:UInt64}
ORDER BY month, area
