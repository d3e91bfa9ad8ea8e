package clickhouse

import (
	"context"
	"fmt"
	"time"
)

// MatterRow is an open matter that calls for supervision. It names no person;
// its units are offices.
type MatterRow struct {
	Source, SourceID, Matter string
	Category, Area, Unit     string
	Urgency                  uint8
	OccurredAt, DueAt        time.Time // DueAt is zero without a date
	Failed, Supervised       bool
}

// openMatters: an incident is open while its last closing (its own or that of
// a step) is not after its last reopening, as in the cube.
const openMatters = `
WITH lives AS
(
    SELECT source, source_id, maxIf(at, kind IN ('resolve', 'cancel')) AS closing, maxIf(at, kind = 'reopen') AS reopening,
           countIf(kind = 'fail' AND at >= fromUnixTimestamp({since:Int64})) AS fails, countIf(kind = 'supervise') AS supervisions
    FROM (SELECT DISTINCT source, source_id, at, kind FROM transitions WHERE kind IN ('resolve', 'cancel', 'reopen', 'fail', 'supervise'))
    GROUP BY source, source_id
)
SELECT i.source AS source, i.source_id AS source_id, if(m.matter = '', matter_id, m.matter) AS of_matter, category, area, handling_unit, urgency, occurred_at, due_at, fails > 0, supervisions > 0
FROM (SELECT * FROM incidents FINAL) AS i LEFT JOIN lives AS l ON l.source = i.source AND l.source_id = i.source_id
LEFT JOIN matter_of AS m ON m.source = i.source AND m.source_id = i.source_id
WHERE area != '' AND (greatest(closed_at, closing) = toDateTime(0) OR greatest(closed_at, closing) <= reopening)
  AND (urgency = 3 OR fails > 0 OR (due_at != toDateTime(0) AND toDate(due_at, {tz:String}) <= toDate({due:Int32})))
ORDER BY due_at = toDateTime(0), due_at, source, source_id`

// OpenMatters gives the open matters that are critical, due on the local day due
// or before it, or whose mediation failed since a time; those due first first.
func (db *DB) OpenMatters(ctx context.Context, timeZone string, due int32, since time.Time) ([]MatterRow, error) {
	var out []MatterRow
	err := db.Each(ctx, openMatters, func(scan func(...any) error) error {
		var r MatterRow
		var failed, supervised uint8
		err := scan(&r.Source, &r.SourceID, &r.Matter, &r.Category, &r.Area, &r.Unit, &r.Urgency, &r.OccurredAt, &r.DueAt, &failed, &supervised)
		if r.DueAt.Unix() == 0 {
			r.DueAt = time.Time{}
		}
		r.Failed, r.Supervised = failed != 0, supervised != 0
		out = append(out, r)
		return err
	}, Param("tz", timeZone), Param("due", due), Param("since", since.Unix()))
	if err != nil {
		return nil, fmt.Errorf("read open matters: %w", err)
	}
	return out, nil
}
