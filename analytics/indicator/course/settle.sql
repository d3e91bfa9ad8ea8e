-- Computes the courses of some months from the records. What holds for FINAL
-- in the cube's settle.sql holds here: only a part of the key may narrow the
-- rows before it. low and high frame the months in Unix seconds.
INSERT INTO courses_next
WITH
    here AS
    (
        SELECT source_id FROM incidents
        WHERE occurred_at BETWEEN fromUnixTimestamp({low:UInt32}) AND fromUnixTimestamp({high:UInt32})
          AND toYYYYMM(toDate(occurred_at, {tz:String})) IN {months:Array(UInt32)}
    ),
    touched_matters AS
    (
        SELECT matter_id FROM incidents
        WHERE matter_id != ''
          AND occurred_at BETWEEN fromUnixTimestamp({low:UInt32}) AND fromUnixTimestamp({high:UInt32})
          AND toYYYYMM(toDate(occurred_at, {tz:String})) IN {months:Array(UInt32)}
    ),
    -- the day of the report before, of every report of the months' matters;
    -- what follows from links goes before what one source says of its own
    chains AS
    (
        SELECT source, source_id, lagInFrame(day) OVER
            (PARTITION BY of_matter ORDER BY reported_at, source, source_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous
        FROM
        (
            SELECT i.source AS source, i.source_id AS source_id, if(m.matter = '', i.matter_id, m.matter) AS of_matter, reported_at, toDate(reported_at, {tz:String}) AS day
            FROM
            (
                SELECT source, source_id, matter_id, reported_at FROM incidents FINAL
                PREWHERE source_id IN (SELECT source_id FROM incidents WHERE matter_id IN (SELECT matter_id FROM touched_matters))
                    OR source_id IN (SELECT source_id FROM matter_of WHERE hasAny(months, {months:Array(UInt32)}))
            ) AS i
            LEFT JOIN matter_of AS m ON m.source = i.source AND m.source_id = i.source_id
        )
        WHERE of_matter != ''
    ),
    lives AS
    (
        SELECT source, source_id,
            argMinIf(level, (at, level), kind = 'register' AND level != 0) AS taken_by,
            minIf(toUInt32(at), kind = 'assign') AS assigned_at,
            minIf(toUInt32(at), kind IN ('assign', 'mediate', 'fail', 'resolve', 'cancel', 'visit', 'pretrial')) AS disposed_at,
            minIf(toUInt32(at), kind = 'supervise') AS supervised_at,
            minIf(toUInt32(at), kind IN ('mediate', 'fail', 'resolve')) AS mediated_at,
            minIf(toUInt32(at), kind = 'fail') AS failed_at,
            minIf(toUInt32(at), kind = 'visit') AS visited_at,
            minIf(toUInt32(at), kind = 'cancel') AS cancelled_at,
            maxIf(toUInt32(at), kind IN ('satisfied', 'fair', 'dissatisfied')) AS rated_at,
            argMaxIf(transform(kind, ['satisfied', 'fair', 'dissatisfied'], [1, 2, 3], 0), (at, kind), kind IN ('satisfied', 'fair', 'dissatisfied')) AS rated_as,
            minIf(toUInt32(at), kind = 'pretrial') AS pretrial_at,
            minIf(toUInt32(at), kind = 'sue') AS sued_at,
            minIf(toUInt32(at), kind = 'skip') AS skipped_at,
            minIf(toUInt32(at), kind = 'cross') AS crossed_at,
            minIf(toUInt32(at), kind = 'spill') AS spilled_at,
            minIf(toUInt32(at), kind = 'whistle') AS whistled_at,
            minIf(toUInt32(at), kind = 'muster') AS mustered_at,
            groupArrayIf(toUInt32(at), kind = 'reopen') AS reopens,
            groupArrayIf((toUInt32(at), kind = 'resolve', level), kind IN ('resolve', 'cancel')) AS closings
        FROM transitions FINAL
        PREWHERE source_id IN (SELECT source_id FROM here)
        GROUP BY source, source_id
    )
SELECT
    opened, reported, due, closed,
    if(first_resolve = 0, toDate(0), greatest(toDate(toDateTime(first_resolve), {tz:String}), opened)) AS resolved,
    hour, county, township, village, grid, category, source, channel, scale, urgency, people, matter, previous,
    previous > toDate(0) AND previous >= addMonths(reported, -{repeat:UInt8}) AS repeated, resolver,
    multiIf(taken_by != 0, least(taken_by, 3), resolver != 0, least(resolver, 3), village != '', 3, township != '', 2, 1) AS tier,
    if(closing_at = 0, 0, intDiv(greatest(closing_at, reported_at) - reported_at, 60)) AS handling,
    -- within 15 days for petitions (信访工作条例 art. 22); the others are ours
    reported + transform(source, ['petition', '12345'], [15, 1], 3) AS accept_by,
    day_of[1], day_of[2], day_of[3], day_of[4], day_of[5], day_of[6], day_of[7],
    day_of[8], rated_as, day_of[9], day_of[10], day_of[11], day_of[12], day_of[13], day_of[14], day_of[15],
    if(whistled_at = 0 OR mustered_at < whistled_at, 0, intDiv(mustered_at - whistled_at, 60)),
    if(empty(outs), toDate(0), outs[1]) AS first_closed,
    if(relapse_at = 0, toDate(0), greatest(toDate(toDateTime(relapse_at), {tz:String}), opened)) AS relapsed,
    ins, outs
FROM
(
    SELECT
        toDate(r.occurred_at, {tz:String}) AS opened, toDate(r.reported_at, {tz:String}) AS reported, toUInt32(r.reported_at) AS reported_at,
        if(toUInt32(r.due_at) = 0, toDate(0), toDate(r.due_at, {tz:String})) AS due,
        toHour(r.occurred_at, {tz:String}) AS hour, p.county AS county, p.township AS township, p.village AS village, p.grid AS grid,
        r.category AS category, r.source AS source, r.channel AS channel, r.scale AS scale, r.urgency AS urgency, r.people AS people,
        multiIf(m.matter != '', m.matter, r.matter_id = '', concat(r.source, ':', r.source_id), r.matter_id) AS matter, c.previous AS previous, l.taken_by AS taken_by,
        l.rated_as AS rated_as, l.whistled_at AS whistled_at, l.mustered_at AS mustered_at,
        toUInt32(r.closed_at) AS stated,
        arraySort(arrayConcat(l.closings, if(stated = 0, [], [(stated, toUInt8(1), r.resolver_level)]))) AS all_closings,
        -- a life in segments: from the beginning or a 再挂号 to the next one
        arrayConcat([toUInt32(0)], arraySort(l.reopens)) AS begins,
        arrayMap((low, high) -> arrayFirst(s -> s.1 > low AND (high = 0 OR s.1 <= high), all_closings).1,
                 begins, arrayConcat(arrayPopFront(begins), [toUInt32(0)])) AS ends,
        ends[-1] AS closing_at,
        if(closing_at = 0, toDate(0), greatest(toDate(toDateTime(closing_at), {tz:String}), opened)) AS closed,
        arrayFirst(s -> s.2 = 1 AND s.1 > begins[-1], all_closings).1 AS first_resolve,
        if(closing_at = 0, 0, if(r.resolver_level != 0, r.resolver_level, arrayMax(s -> if(s.1 = closing_at, s.3, 0), all_closings))) AS resolver,
        -- a 再挂号 of what is not closed begins nothing
        arrayFilter((begin, before) -> before != 0, begins, arrayConcat([toUInt32(1)], arrayPopBack(ends))) AS starts,
        arrayFilter(end -> end != 0, ends) AS stops,
        arrayMap((start, i) -> if(i = 1, opened, greatest(toDate(toDateTime(start), {tz:String}), opened)), starts, arrayEnumerate(starts)) AS ins,
        arrayMap(stop -> greatest(toDate(toDateTime(stop), {tz:String}), opened), stops) AS outs,
        arrayFirst((start, stop) -> start - stop <= {relapse:UInt32}, arrayPopFront(starts), arraySlice(stops, 1, length(starts) - 1)) AS relapse_at,
        arrayMap(at -> if(at = 0, toDate(0), greatest(toDate(toDateTime(at), {tz:String}), opened)),
            [l.assigned_at,
             if(l.disposed_at = 0 OR (stated != 0 AND stated < l.disposed_at), stated, l.disposed_at),
             l.supervised_at,
             if(l.mediated_at = 0 OR (stated != 0 AND stated < l.mediated_at), stated, l.mediated_at),
             l.failed_at, l.visited_at, l.cancelled_at, l.rated_at, l.pretrial_at, l.sued_at,
             l.skipped_at, l.crossed_at, l.spilled_at, l.whistled_at, l.mustered_at]) AS day_of
    FROM (SELECT * FROM incidents FINAL PREWHERE source_id IN (SELECT source_id FROM here)) AS r
    LEFT JOIN lives AS l ON l.source = r.source AND l.source_id = r.source_id
    LEFT JOIN chains AS c ON c.source = r.source AND c.source_id = r.source_id
    LEFT JOIN matter_of AS m ON m.source = r.source AND m.source_id = r.source_id
    LEFT JOIN (SELECT * FROM area_paths FINAL WHERE removed = 0) AS p ON p.code = r.area
    WHERE toYYYYMM(toDate(r.occurred_at, {tz:String})) IN {months:Array(UInt32)}
)
