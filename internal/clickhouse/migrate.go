package clickhouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	"reli/schemas"
)

const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations
(
    version    UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY version`

type migration struct {
	version  uint32
	name     string
	checksum string
	text     string
}

// Migrate applies the numbered files of dir that are not applied yet, in
// order, and returns how many it applied. Every statement of a file is
// idempotent, so two starters at once, or a start after a kill in the middle,
// end in the same state. A file that changed after it was applied, or that is
// missing, is refused with code migration_refused before anything runs.
func Migrate(ctx context.Context, db *DB, dir fs.FS, now func() time.Time) (int, error) {
	files, err := readMigrations(dir)
	if err != nil {
		return 0, err
	}
	if err := db.Exec(ctx, migrationsTable); err != nil {
		return 0, fmt.Errorf("make schema_migrations: %w", err)
	}
	applied, err := appliedMigrations(ctx, db)
	if err != nil {
		return 0, err
	}
	if err := checkApplied(files, applied); err != nil {
		return 0, err
	}
	done := 0
	for _, m := range files {
		if _, ok := applied[m.version]; ok {
			continue
		}
		if err := apply(ctx, db, m, now()); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

func apply(ctx context.Context, db *DB, m migration, at time.Time) error {
	for i, statement := range splitStatements(m.text) {
		if err := db.Exec(ctx, statement); err != nil {
			return fmt.Errorf("migration %s, statement %d: %w", m.name, i+1, err)
		}
	}
	return db.Exec(ctx, `INSERT INTO schema_migrations SELECT {version:UInt32}, {name:String}, {checksum:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC')`,
		Param("version", m.version), Param("name", m.name), Param("checksum", m.checksum), Param("at", at.UnixMilli()))
}

func readMigrations(dir fs.FS) ([]migration, error) {
	names, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var files []migration
	for i, name := range names {
		number, _, ok := strings.Cut(name, "_")
		version, err := strconv.ParseUint(number, 10, 32)
		if !ok || err != nil || int(version) != i+1 {
			return nil, refused("file %s breaks the numbering 0001_name.sql, 0002_name.sql …", name)
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		files = append(files, migration{uint32(version), name, hex.EncodeToString(sum[:]), string(text)})
	}
	return files, nil
}

func appliedMigrations(ctx context.Context, db *DB) (map[uint32]migration, error) {
	applied := map[uint32]migration{}
	err := db.Each(ctx, `SELECT version, name, checksum FROM schema_migrations FINAL`, func(scan func(...any) error) error {
		var m migration
		if err := scan(&m.version, &m.name, &m.checksum); err != nil {
			return err
		}
		applied[m.version] = m
		return nil
	})
	return applied, err
}

func checkApplied(files []migration, applied map[uint32]migration) error {
	byVersion := map[uint32]migration{}
	for _, m := range files {
		byVersion[m.version] = m
	}
	for version, was := range applied {
		is, ok := byVersion[version]
		if !ok {
			return refused("the data directory was written by a newer version: it has migration %s", was.name)
		}
		if is.checksum != was.checksum {
			return refused("migration %s changed after it was applied", is.name)
		}
	}
	return nil
}

// splitStatements cuts at semicolons that end a line. Comment lines go.
func splitStatements(text string) []string {
	var out []string
	var current strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "--") {
			continue
		}
		current.WriteString(line)
		if strings.HasSuffix(trimmed, ";") {
			out = appendStatement(out, current.String())
			current.Reset()
		}
	}
	return appendStatement(out, current.String())
}

func appendStatement(out []string, s string) []string {
	s = strings.TrimSuffix(strings.TrimSpace(s), ";")
	if s == "" {
		return out
	}
	return append(out, s)
}

func refused(format string, args ...any) error {
	return &schemas.Problem{Code: schemas.CodeMigration, Status: http.StatusInternalServerError,
		Detail: fmt.Sprintf(format, args...)}
}

// KnowsSchema says whether the files of dir can read tables that went through
// some migrations: each must be known, and unchanged.
func KnowsSchema(dir fs.FS, was []AppliedMigration) error {
	files, err := readMigrations(dir)
	if err != nil {
		return err
	}
	applied := map[uint32]migration{}
	for _, m := range was {
		applied[m.Version] = migration{version: m.Version, name: m.Name, checksum: m.Checksum}
	}
	return checkApplied(files, applied)
}
