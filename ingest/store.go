package ingest

import (
	"context"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// Store is what ingest asks of the store; *clickhouse.DB is it. Inserts are
// whole or not at all, and a token used before makes one a success without
// effect.
type Store interface {
	Identities(ctx context.Context, source string, each func(clickhouse.Identity) error) error
	TransitionIdentities(ctx context.Context, source string, each func(key, content uint64) error) error
	MatterMonths(ctx context.Context, timeZone, source string, ids, matters []string) ([]uint32, error)
	IncidentMonths(ctx context.Context, timeZone, source string, ids []string) ([]uint32, error)
	MarkDirty(ctx context.Context, seq uint64, months []uint32) error
	InsertIncidents(ctx context.Context, token string, rows []schemas.Incident) error
	InsertTransitions(ctx context.Context, token string, rows []schemas.Transition) error
	InsertQuarantine(ctx context.Context, token string, rows []clickhouse.QuarantineRow) error
	SaveBatch(ctx context.Context, r clickhouse.BatchRow) error
	SaveDictionary(ctx context.Context, kind string, entries []schemas.Entry, version uint64) error
}
