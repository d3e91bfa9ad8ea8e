package ingest

import (
	"context"
	"time"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// Store is what ingest asks of the store; *clickhouse.DB is it. Inserts are
// whole or not at all, and a token used before makes one a success without
// effect.
type Store interface {
	Identities(ctx context.Context, source string, each func(clickhouse.Identity) error) error
	IdentitiesOf(ctx context.Context, source string, ids []string, each func(clickhouse.Identity) error) error
	TransitionIdentities(ctx context.Context, source string, each func(key, content uint64) error) error
	TransitionIdentitiesOf(ctx context.Context, source string, ids []string, each func(key, content uint64) error) error
	BatchStepFlags(ctx context.Context, batches []string, first, last time.Time) (map[string][]clickhouse.StepFlag, error)
	Matters(ctx context.Context, timeZone string, each func(matter uint64, day uint16)) error
	MatterDays(ctx context.Context, timeZone, source string, ids, matters []string) ([]uint16, error)
	IncidentDays(ctx context.Context, timeZone, source string, ids []string) ([]uint16, error)
	MarkDays(ctx context.Context, seq uint64, days []uint16) error
	InsertIncidents(ctx context.Context, token string, rows []schemas.Incident) error
	DeclareLinks(ctx context.Context, token string, rows []schemas.Incident) error
	InsertTones(ctx context.Context, token string, rows []schemas.Incident) error
	InsertTransitions(ctx context.Context, token string, rows []schemas.Transition) error
	InsertQuarantine(ctx context.Context, token string, rows []clickhouse.QuarantineRow) error
	SaveBatch(ctx context.Context, rows ...clickhouse.BatchRow) error
	BatchAnswers(ctx context.Context, requests []string) ([]clickhouse.BatchAnswer, error)
	SaveBatchAnswers(ctx context.Context, rows ...clickhouse.BatchAnswer) error
	SaveDictionary(ctx context.Context, kind string, entries []schemas.Entry, version uint64) error
}
