-- As in 0008_views.sql, with the matters that follow from links.
CREATE OR REPLACE VIEW v_incidents AS
SELECT
    toDate(i.occurred_at, timezone()) AS day, toHour(i.occurred_at, timezone()) AS hour,
    toDate(i.reported_at, timezone()) AS reported_day,
    if(toUInt32(i.due_at) = 0, NULL, toDate(i.due_at, timezone())) AS due_day,
    if(toUInt32(i.closed_at) = 0, NULL, toDate(i.closed_at, timezone())) AS closed_day,
    i.category::String AS category, i.source::String AS source, i.channel::String AS channel, i.scale AS scale, i.urgency AS urgency, i.people AS people,
    i.first_unit::String AS first_unit, i.handling_unit::String AS handling_unit, i.resolver_level AS resolver_level, i.state AS state,
    multiIf(m.matter != '', sipHash64(m.matter), i.matter_id = '', sipHash64(i.source, i.source_id), sipHash64(i.matter_id)) AS matter,
    if(i.cell = 0, '', h3ToString(h3ToParent(if(i.cell = 0, 621859095302438911, i.cell), 9))) AS cell,
    i.location_quality AS location_quality, i.area::String AS area,
    p.county AS county, p.township AS township, p.village AS village, p.grid AS grid,
    p.township_name AS township_name, p.village_name AS village_name
FROM (SELECT * FROM incidents FINAL LIMIT 1000000000000) AS i
LEFT JOIN (SELECT * FROM matter_of LIMIT 1000000000000) AS m ON m.source = i.source AND m.source_id = i.source_id
LEFT JOIN v_areas AS p ON p.code = i.area;
