package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"reli/schemas"
)

// snapshotSuffix names the database of a snapshot beside that of the tables.
const snapshotSuffix = "_snapshot"

// working are tables in which the next state is computed: their rows mean
// nothing by themselves, so a snapshot has them empty.
var working = []string{"cube_next", "courses_next"}

// pointing are tables whose rows name rows of others. They are cloned first, so
// that what they name is there.
var pointing = []string{"results", "webhook_outbox"}

// TableSum is the content of a table: its rows as readers see them, and a
// digest that does not hang on their order, on parts or on merges.
type TableSum struct {
	Table  string `json:"table"`
	Rows   uint64 `json:"rows"`
	Digest string `json:"digest"` // 16 hexadecimal digits
}

// Snapshot is the state of all tables at one moment, in a database of its own.
// Its parts are links, so it costs no time and hardly any space. Drop it.
type Snapshot struct {
	db     *DB
	name   string
	tables []string
	views  []string
}

// Snapshot clones every table. Whoever calls it sees to it that nothing is
// written meanwhile. Only the embedded engine is asked: a server's backups are
// its administrator's.
func (db *DB) Snapshot(ctx context.Context) (*Snapshot, error) {
	if db.server {
		return nil, &schemas.Problem{Code: schemas.CodeNotEmbedded, Status: http.StatusConflict,
			Detail: "the tables are in an external ClickHouse: back them up with its own BACKUP"}
	}
	if err := db.DropSnapshot(ctx); err != nil {
		return nil, err
	}
	s := &Snapshot{db: db, name: db.name + snapshotSuffix}
	var err error
	if s.tables, s.views, err = db.tables(ctx, db.name); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.tables, func(a, b string) int { return rankOf(a) - rankOf(b) })
	if err := db.Exec(ctx, "CREATE DATABASE "+s.name+" ENGINE = Atomic"); err != nil {
		return nil, err
	}
	for _, table := range s.tables {
		verb := " CLONE AS "
		if slices.Contains(working, table) {
			verb = " AS "
		}
		if err := db.Exec(ctx, "CREATE TABLE "+s.name+"."+table+verb+db.name+"."+table); err != nil {
			return nil, errors.Join(fmt.Errorf("clone %s: %w", table, err), db.DropSnapshot(context.WithoutCancel(ctx)))
		}
	}
	return s, nil
}

func rankOf(table string) int {
	if slices.Contains(pointing, table) {
		return 0
	}
	return 1
}

// DropSnapshot drops the snapshot, also one that a killed process left.
func (db *DB) DropSnapshot(ctx context.Context) error {
	return db.Exec(ctx, "DROP DATABASE IF EXISTS "+db.name+snapshotSuffix+" SYNC")
}

// tables lists the tables and views of a database.
func (db *DB) tables(ctx context.Context, database string) (tables, views []string, err error) {
	err = db.Each(ctx, `SELECT name, engine FROM system.tables WHERE database = {database:String} ORDER BY name`, func(scan func(...any) error) error {
		var name, engine string
		if err := scan(&name, &engine); err != nil {
			return err
		}
		if !identifier.MatchString(name) {
			return fmt.Errorf("table %q has a name that no migration gave", name)
		}
		if engine == "View" {
			views = append(views, name)
		} else {
			tables = append(tables, name)
		}
		return nil
	}, Param("database", database))
	return tables, views, err
}

// Backup writes the snapshot into a new folder, an absolute path that the
// engine may write.
func (s *Snapshot) Backup(ctx context.Context, folder string) error {
	var what []string
	for _, table := range s.tables {
		what = append(what, "TABLE "+s.name+"."+table+" AS "+s.db.name+"."+table)
	}
	for _, view := range s.views {
		what = append(what, "TABLE "+s.db.name+"."+view)
	}
	return s.db.Exec(ctx, "BACKUP "+strings.Join(what, ", ")+" TO File("+quote(folder)+")")
}

// Bytes is what the parts of the snapshot take on disk.
func (s *Snapshot) Bytes(ctx context.Context) (n uint64, err error) {
	err = s.db.Row(ctx, `SELECT sum(bytes_on_disk) FROM system.parts WHERE database = {database:String} AND active`, []any{&n}, Param("database", s.name))
	return n, err
}

// Sums gives the content of every table of the snapshot.
func (s *Snapshot) Sums(ctx context.Context, progress func(done, of int)) ([]TableSum, error) {
	return s.db.sums(ctx, s.name, progress)
}

// Restore brings the tables of a backup into the empty database.
func (db *DB) Restore(ctx context.Context, folder string) error {
	return db.Exec(ctx, "RESTORE ALL FROM File("+quote(folder)+")")
}

// Sums gives the content of every table.
func (db *DB) Sums(ctx context.Context, progress func(done, of int)) ([]TableSum, error) {
	return db.sums(ctx, db.name, progress)
}

func (db *DB) sums(ctx context.Context, database string, progress func(done, of int)) ([]TableSum, error) {
	tables, _, err := db.tables(ctx, database)
	if err != nil {
		return nil, err
	}
	var out []TableSum
	for i, table := range tables {
		if progress != nil {
			progress(i, len(tables))
		}
		if slices.Contains(working, table) {
			continue
		}
		sum, err := db.sum(ctx, database, table, "")
		if err != nil {
			return nil, fmt.Errorf("read %s whole: %w", table, err)
		}
		out = append(out, sum)
	}
	return out, nil
}

// SumWhere gives the content of the rows of a table that a condition names. The
// condition is the caller's own text; values are parameters.
func (db *DB) SumWhere(ctx context.Context, table, where string, params ...any) (TableSum, error) {
	return db.sum(ctx, db.name, table, where, params...)
}

// sum reads a table, or the rows that a condition names. Every row has a hash
// of all its columns; the digest is their sum.
func (db *DB) sum(ctx context.Context, database, table, where string, params ...any) (TableSum, error) {
	var columns []string
	var replacing uint8
	err := db.Row(ctx, `SELECT groupArray(if(type LIKE 'Nullable%', 'ifNull(toString(' || name || '), \'\\\\N\')', name)),
(SELECT toUInt8(engine LIKE 'Replacing%') FROM system.tables WHERE database = {database:String} AND name = {table:String})
FROM (SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String} ORDER BY position)`,
		[]any{&columns, &replacing}, Param("database", database), Param("table", table))
	if err != nil {
		return TableSum{}, err
	}
	statement := "SELECT count(), lower(leftPad(hex(sum(cityHash64(" + strings.Join(columns, ", ") + "))), 16, '0')) FROM " + database + "." + table
	if replacing == 1 {
		statement += " FINAL"
	}
	if where != "" {
		statement += " WHERE " + where
	}
	out := TableSum{Table: table}
	return out, db.Row(ctx, statement, []any{&out.Rows, &out.Digest}, params...)
}

// Migrations gives what is applied, in order.
func (db *DB) Migrations(ctx context.Context) ([]AppliedMigration, error) {
	var out []AppliedMigration
	return out, db.Select(ctx, &out, `SELECT version, name, checksum FROM schema_migrations FINAL ORDER BY version`)
}

// AppliedMigration is a migration that the tables went through.
type AppliedMigration struct {
	Version  uint32 `json:"version" ch:"version"`
	Name     string `json:"name" ch:"name"`
	Checksum string `json:"checksum" ch:"checksum"`
}
