package clickhouse

import (
	"context"

	"reli/schemas"
)

// InsertTones keeps the tones of incidents that have one, apart from them. The
// same token again is a success without effect.
func (db *DB) InsertTones(ctx context.Context, token string, rows []schemas.Incident) error {
	var w rowBinary
	for i := range rows {
		if r := &rows[i]; r.Tone != 0 {
			w.string(r.Source)
			w.string(r.SourceID)
			w.u64(r.Version)
			w.u8(r.Tone)
		}
	}
	return db.insert(ctx, `INSERT INTO tones (source, source_id, version, tone)`, token, w.buf)
}
