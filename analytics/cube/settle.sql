-- Computes the cube rows of some months from the records.
INSERT INTO cube_next
WITH
    (SELECT groupUniqArray(matter_id) FROM incidents WHERE matter_id != '' AND toYYYYMM(toDate(occurred_at, {tz:String})) IN {months:Array(UInt32)}) AS touched_matters,
    steps_of AS
    (
        SELECT source, source_id, groupUniqArray((toUInt32(at),
               transform(kind, ['register', 'assign', 'resolve', 'visit', 'cancel', 'reopen'], [1, 2, 3, 4, 5, 6], 0), level)) AS steps
        FROM transitions
        WHERE (source, source_id) IN (SELECT source, source_id FROM incidents WHERE toYYYYMM(toDate(occurred_at, {tz:String})) IN {months:Array(UInt32)})
        GROUP BY source, source_id
    ),
    heads AS
    (
        SELECT matter_id, min((reported_at, source, source_id)) AS head
        FROM incidents FINAL
        WHERE matter_id != '' AND has(touched_matters, matter_id)
        GROUP BY matter_id
    )
SELECT
    day AS opened,
    if(closing_at = 0, toDate(0), greatest(toDate(toDateTime(closing_at), {tz:String}), day)) AS closed,
    if(due_at = 0, toDate(0), toDate(due_at, {tz:String})) AS due,
    hour, cell, county, township, village, grid, category, source, channel, scale, urgency,
    if(closing_at = 0, 0, if(resolver_level != 0, resolver_level, closing_level)) AS resolver,
    multiIf(closing_at != 0, if(arrayExists(s -> s.2 = 4 AND s.1 >= closing_at, all_steps), 4, if(arrayExists(s -> s.2 = 5 AND s.1 >= closing_at, all_steps), 5, 3)),
            reopened_at != 0, 6,
            arrayExists(s -> s.2 = 2, all_steps) OR stated = 2, 2, 1) AS state_now,
    first_report, count() AS n, sum(people) AS people
FROM
(
    SELECT
        toDate(i.occurred_at, {tz:String}) AS day, toHour(i.occurred_at, {tz:String}) AS hour,
        i.due_at AS due_at, i.cell AS cell, p.county AS county, p.township AS township, p.village AS village, p.grid AS grid,
        i.category AS category, i.source AS source, i.channel AS channel, i.scale AS scale, i.urgency AS urgency,
        i.resolver_level AS resolver_level, i.state AS stated, i.people AS people,
        (i.matter_id = '' OR (i.reported_at, i.source, i.source_id) = h.head) AS first_report,
        arrayConcat(t.steps, if(i.closed_at = 0, [], [(toUInt32(i.closed_at), 3, i.resolver_level)])) AS all_steps,
        arrayMax(s -> if(s.2 = 6, s.1, 0), arrayPushBack(all_steps, (0, 0, 0))) AS reopened_at,
        arraySort(arrayFilter(s -> s.2 IN (3, 5) AND s.1 > reopened_at, all_steps)) AS closings,
        if(empty(closings), 0, closings[1].1) AS closing_at,
        if(empty(closings), 0, arrayMax(s -> if(s.1 = closing_at, s.3, 0), closings)) AS closing_level
    FROM (SELECT * FROM incidents FINAL WHERE toYYYYMM(toDate(occurred_at, {tz:String})) IN {months:Array(UInt32)}) AS i
    LEFT JOIN steps_of AS t ON t.source = i.source AND t.source_id = i.source_id
    LEFT JOIN (SELECT * FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = i.area
    LEFT JOIN heads AS h ON h.matter_id = i.matter_id
)
GROUP BY opened, closed, due, hour, cell, county, township, village, grid, category, source, channel, scale, urgency, resolver, state_now, first_report
