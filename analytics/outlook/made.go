package outlook

import (
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
)

// Made says what an answer was made from, and when.
type Made struct {
	DataVersion  uint64    `json:"data_version"` // newest state of the data that it is right for
	ModelVersion string    `json:"model_version"`
	MadeAt       time.Time `json:"made_at"`
	// Stale says that the data have changed, or a new week or day has begun,
	// since; a newer answer is being made.
	Stale bool `json:"stale"`
}

// madeNow is that of an answer computed now.
func (s *Service) madeNow(snap *cube.Snapshot) Made {
	return Made{DataVersion: snap.Version, ModelVersion: ModelVersion, MadeAt: s.now().UTC().Truncate(time.Millisecond)}
}

// madeBy is that of a stored answer.
// read_to is the end of the days that an answer made now would read.
func madeBy(r clickhouse.Result, snap *cube.Snapshot, readTo cube.Day) Made {
	return Made{DataVersion: r.DataVersion, ModelVersion: r.ModelVersion, MadeAt: r.MadeAt,
		Stale: r.DataVersion != snap.Version || cube.DayOf(r.ReadTo) != readTo}
}
