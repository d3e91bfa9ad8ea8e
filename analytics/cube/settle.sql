-- Computes the cube rows of some days from the records. months are those of
-- the days.
-- FINAL costs most, so it sees only rows whose key may matter. Narrowing by a
-- part of the key is safe under FINAL: all versions of an identity pass, or
-- none. A condition on any other column before FINAL would let an old version
-- through whose newer one lies on another day.
-- low and high frame the days in Unix seconds: comparing times costs a
-- fraction of asking for the day of each.
INSERT INTO cube_next
WITH
    touched_matters AS
    (
        SELECT matter_id FROM incidents
        WHERE matter_id != ''
          AND occurred_at BETWEEN fromUnixTimestamp({low:UInt32}) AND fromUnixTimestamp({high:UInt32})
          AND toUInt16(toDate(occurred_at, {tz:String})) IN {days:Array(UInt16)}
    ),
    -- every report of the days, and the other reports of their matters: a
    -- matter's first report may lie on another day. What follows from links
    -- goes before what one source says of its own.
    reports AS
    (
        SELECT
            toDate(occurred_at, {tz:String}) AS day, toHour(occurred_at, {tz:String}) AS hour, r.source AS source, r.source_id AS source_id, due_at, closed_at,
            category, channel, scale, urgency, people, resolver_level, state AS stated, cell, area,
            if(m.matter = '', r.matter_id, m.matter) AS of_matter,
            of_matter = '' OR (reported_at, r.source, r.source_id) = min((reported_at, r.source, r.source_id)) OVER (PARTITION BY of_matter) AS first_report
        FROM
        (
            SELECT source, source_id, matter_id, occurred_at, reported_at, due_at, closed_at,
                category, channel, scale, urgency, people, resolver_level, state, cell, area
            FROM incidents FINAL
            PREWHERE source_id IN
            (
                SELECT source_id FROM incidents
                WHERE (occurred_at BETWEEN fromUnixTimestamp({low:UInt32}) AND fromUnixTimestamp({high:UInt32})
                       AND toUInt16(toDate(occurred_at, {tz:String})) IN {days:Array(UInt16)})
                   OR matter_id IN (SELECT matter_id FROM touched_matters)
            )
            OR source_id IN (SELECT source_id FROM matter_of WHERE hasAny(months, {months:Array(UInt32)}))
        ) AS r
        LEFT JOIN matter_of AS m ON m.source = r.source AND m.source_id = r.source_id
    ),
    lives AS
    (
        SELECT source, source_id, groupArray((toUInt32(at),
               transform(kind, ['register', 'assign', 'resolve', 'visit', 'cancel', 'reopen'], [1, 2, 3, 4, 5, 6], 0), level)) AS steps
        FROM transitions FINAL
        PREWHERE source_id IN
        (
            SELECT source_id FROM incidents
            WHERE occurred_at BETWEEN fromUnixTimestamp({low:UInt32}) AND fromUnixTimestamp({high:UInt32})
              AND toUInt16(toDate(occurred_at, {tz:String})) IN {days:Array(UInt16)}
        )
        GROUP BY source, source_id
    )
SELECT
    day AS opened,
    if(closing_at = 0, toDate(0), greatest(toDate(toDateTime(closing_at), {tz:String}), day)) AS closed,
    if(toUInt32(due_at) = 0, toDate(0), toDate(due_at, {tz:String})) AS due,
    hour, cell, county, township, village, grid, category, source, channel, scale, urgency,
    if(closing_at = 0, 0, if(resolver_level != 0, resolver_level, closing_level)) AS resolver,
    multiIf(closing_at != 0, if(arrayExists(s -> s.2 = 4 AND s.1 >= closing_at, all_steps), 4, if(arrayExists(s -> s.2 = 5 AND s.1 >= closing_at, all_steps), 5, 3)),
            reopened_at != 0, 6,
            arrayExists(s -> s.2 = 2, all_steps) OR stated = 2, 2, 1) AS state_now,
    first_report, count() AS reports_alike, sum(people) AS people_of_all
FROM
(
    SELECT
        r.day AS day, r.hour AS hour, r.due_at AS due_at, r.cell AS cell, p.county AS county, p.township AS township, p.village AS village, p.grid AS grid,
        r.category AS category, r.source AS source, r.channel AS channel, r.scale AS scale, r.urgency AS urgency,
        r.resolver_level AS resolver_level, r.stated AS stated, r.people AS people, r.first_report AS first_report,
        arrayConcat(l.steps, if(toUInt32(r.closed_at) = 0, [], [(toUInt32(r.closed_at), 3, r.resolver_level)])) AS all_steps,
        arrayMax(s -> if(s.2 = 6, s.1, 0), arrayPushBack(all_steps, (0, 0, 0))) AS reopened_at,
        arraySort(arrayFilter(s -> s.2 IN (3, 5) AND s.1 > reopened_at, all_steps)) AS closings,
        if(empty(closings), 0, closings[1].1) AS closing_at,
        if(empty(closings), 0, arrayMax(s -> if(s.1 = closing_at, s.3, 0), closings)) AS closing_level
    FROM reports AS r
    LEFT JOIN lives AS l ON l.source = r.source AND l.source_id = r.source_id
    LEFT JOIN (SELECT * FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = r.area
    WHERE toUInt16(r.day) IN {days:Array(UInt16)}
)
GROUP BY opened, closed, due, hour, cell, county, township, village, grid, category, source, channel, scale, urgency, resolver, state_now, first_report
