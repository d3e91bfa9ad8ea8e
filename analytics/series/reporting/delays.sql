-- Incidents of each source's last {history} days by day of occurrence and by
-- delay of the report in days. Older versions of an incident have the same two
-- times as a rule, so no FINAL over all incidents is needed for a share.
SELECT source, day, delay, count() AS n
FROM
(
    SELECT source,
        toInt32(toDate(occurred_at, {zone:String})) AS day,
        toInt32(toInt32(toDate(reported_at, {zone:String})) - day) AS delay
    FROM incidents AS i
    INNER JOIN (SELECT source, max(reported_at) AS last FROM incidents GROUP BY source) AS l ON l.source = i.source
    WHERE reported_at > 0 AND occurred_at > last - toIntervalDay({history:UInt16} + 1)
)
WHERE delay BETWEEN 0 AND {most:UInt16}
GROUP BY source, day, delay
