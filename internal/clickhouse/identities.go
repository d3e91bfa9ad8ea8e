package clickhouse

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Identity is what ingest needs to know of a stored incident.
type Identity struct {
	IDHash      uint64 // XXH64 of source_id
	ContentHash uint64
	Version     uint64
	OccurredAt  time.Time
}

// identityColumns are what readIdentities reads.
const identityColumns = `SELECT xxHash64(source_id), content_hash, version, toUnixTimestamp(occurred_at)
FROM incidents FINAL WHERE source = {source:String}`

// Identities calls each for the newest version of every incident of a source.
func (db *DB) Identities(ctx context.Context, source string, each func(Identity) error) error {
	return db.readIdentities(ctx, identityColumns, each, Param("source", source))
}

// IdentitiesOf is Identities for the incidents that ids name.
func (db *DB) IdentitiesOf(ctx context.Context, source string, ids []string, each func(Identity) error) error {
	return eachTexts(ids, func(some []string) error {
		return db.readIdentities(ctx, identityColumns+` AND source_id IN {texts:Array(String)}`, each, Param("source", source), Param("texts", some))
	})
}

func (db *DB) readIdentities(ctx context.Context, sql string, each func(Identity) error, params ...any) error {
	stream, err := db.Stream(ctx, "RowBinary", sql, params...)
	if err != nil {
		return fmt.Errorf("read identities: %w", err)
	}
	defer stream.Close()
	return eachRecord(stream, 28, func(b []byte) error {
		return each(Identity{
			IDHash:      binary.LittleEndian.Uint64(b),
			ContentHash: binary.LittleEndian.Uint64(b[8:]),
			Version:     binary.LittleEndian.Uint64(b[16:]),
			OccurredAt:  time.Unix(int64(binary.LittleEndian.Uint32(b[24:])), 0).UTC(),
		})
	})
}

// eachRecord cuts a RowBinary stream of fixed-width rows. Only a clean end
// after a whole row is the end: a result that breaks off is an error.
func eachRecord(r io.Reader, width int, fn func([]byte) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	record := make([]byte, width)
	for {
		switch _, err := io.ReadFull(in, record); {
		case err == io.EOF:
			return nil
		case err != nil:
			return classify(err)
		}
		if err := fn(record); err != nil {
			return err
		}
	}
}

// transitionColumns are what readTransitionIdentities reads.
const transitionColumns = `SELECT xxHash64(concat(source_id, '\0', toString(toUnixTimestamp(at)), '\0', kind, '\0', unit, '\0', toString(level))),
xxHash64(concat(unit, '\0', toString(level))) FROM transitions FINAL WHERE source = {source:String}`

// TransitionIdentities calls each for every stored transition of a source.
// key is XXH64 of source_id, Unix seconds, kind, unit and level, content XXH64
// of unit and level; the parts are joined by a NUL byte.
func (db *DB) TransitionIdentities(ctx context.Context, source string, each func(key, content uint64) error) error {
	return db.readTransitionIdentities(ctx, transitionColumns, each, Param("source", source))
}

// TransitionIdentitiesOf is TransitionIdentities for the incidents that ids
// name.
func (db *DB) TransitionIdentitiesOf(ctx context.Context, source string, ids []string, each func(key, content uint64) error) error {
	return eachTexts(ids, func(some []string) error {
		return db.readTransitionIdentities(ctx, transitionColumns+` AND source_id IN {texts:Array(String)}`, each,
			Param("source", source), Param("texts", some))
	})
}

func (db *DB) readTransitionIdentities(ctx context.Context, sql string, each func(key, content uint64) error, params ...any) error {
	stream, err := db.Stream(ctx, "RowBinary", sql, params...)
	if err != nil {
		return fmt.Errorf("read transition identities: %w", err)
	}
	defer stream.Close()
	return eachRecord(stream, 16, func(b []byte) error {
		return each(binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]))
	})
}
