-- Flags what contradicts itself in the lives of incidents. A flag is a function
-- of the steps and the incident alone, but for late and future, which also know
-- when the step came first (0: not kept).
-- Each step is (at, kind, claim, arrived, asked for, hash of the kind); asked
-- for is the place of its batch among batches from 1 on, 1 where all steps are,
-- 0 for no. A life is
-- cut into segments by 再挂号, as the cube cuts it. $some narrows both tables by
-- their key, or not at all.
WITH
    lives AS
    (
        SELECT source, source_id,
            groupArray((toUInt32(at), transform(kind, ['assign', 'resolve', 'visit', 'cancel', 'reopen', 'supervise', 'mediate', 'fail'], [2, 3, 4, 5, 6, 7, 8, 9], 0),
                claim, toUInt32(ingested_at), if({all:UInt8} = 1, 1, toUInt32(indexOf({batches:Array(UUID)}, batch))), sipHash64(kind))) AS steps
        FROM transitions FINAL
        PREWHERE $some
        GROUP BY source, source_id
    )
SELECT source, toUInt32(asking) AS number, flag.1 AS name, flag.2 AS flagged
FROM
(
SELECT source, asking, arrayJoin([('future', sum(future)), ('late', sum(late)), ('no_incident', sum(no_incident)), ('closed_before_opened', sum(early)),
    ('visit_before_resolution', sum(visited)), ('after_cancel', sum(after)), ('reopened_while_open', sum(reopened)), ('conflicting', sum(conflicting))]) AS flag
FROM
(
    SELECT l.source AS source, l.asking AS asking, r.source_id != '' AS stored, toUInt32(r.occurred_at) AS opened,
        arrayFilter(s -> s.5 = l.asking, l.steps) AS asked,
        arrayConcat(arrayMap(s -> s.1, arrayFilter(s -> s.2 IN (3, 5), l.steps)), if(toUInt32(r.closed_at) = 0, [], [toUInt32(r.closed_at)])) AS closings,
        arrayMap(s -> s.1, arrayFilter(s -> s.2 = 5, l.steps)) AS cancels,
        arrayMap(s -> s.1, arrayFilter(s -> s.2 = 6, l.steps)) AS reopens,
        arrayCount(s -> s.4 != 0 AND s.1 > s.4, asked) AS future,
        arrayCount(s -> s.4 != 0 AND s.4 > s.1 + {late:UInt32}, asked) AS late,
        if(stored, 0, length(asked)) AS no_incident,
        arrayCount(s -> stored AND s.2 IN (3, 5) AND s.1 < opened, asked) AS early,
        -- closed at the time, and not opened again since
        arrayCount(s -> NOT arrayExists(c -> c <= s.1 AND NOT arrayExists(o -> o BETWEEN c AND s.1, reopens), closings),
            arrayFilter(s -> s.2 = 4, asked)) AS visited,
        arrayCount(s -> arrayExists(c -> c < s.1 AND NOT arrayExists(o -> o BETWEEN c AND s.1, reopens), cancels),
            if(empty(cancels), [], arrayFilter(s -> s.2 IN (2, 3, 4, 5, 7, 8, 9), asked))) AS after,
        arrayCount(s -> NOT arrayExists(c -> c <= s.1 AND NOT arrayExists(o -> o >= c AND o < s.1, reopens), closings),
            arrayFilter(s -> s.2 = 6, asked)) AS reopened,
        if(length(l.steps) = length(arrayDistinct(arrayMap(s -> (s.1, s.6), l.steps))), 0,
            arrayCount(s -> arrayExists(o -> o.1 = s.1 AND o.6 = s.6 AND o.3 != s.3, l.steps), asked)) AS conflicting
    FROM (SELECT source, source_id, steps, arrayJoin(arrayDistinct(arrayFilter(n -> n > 0, arrayMap(s -> s.5, steps)))) AS asking FROM lives) AS l
    LEFT JOIN (SELECT source, source_id, occurred_at, closed_at FROM incidents FINAL PREWHERE $some) AS r
        ON r.source = l.source AND r.source_id = l.source_id
)
GROUP BY source, asking
)
WHERE flagged > 0
ORDER BY number, source, name
