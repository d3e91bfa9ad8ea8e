package clickhouse

import (
	"bytes"
	"context"
	"time"

	"reli/schemas"
)

// AreaPath is an area with its ancestors, "" where the level is finer than
// the area.
type AreaPath struct {
	Code, County, Township, Village, Grid string
}

// ReplaceAreas makes rows the areas of a set, and paths the ancestors of all
// division areas. Areas of the set that rows do not hold are removed. version
// must be greater than that of any earlier call.
func (db *DB) ReplaceAreas(ctx context.Context, set string, rows []schemas.Area, paths []AreaPath, version uint64) error {
	if err := db.insertAreas(ctx, set, rows, version); err != nil {
		return err
	}
	if err := db.Exec(ctx, `INSERT INTO areas SELECT area_set, code, parent, level, name, population, geometry, valid_from, valid_to, {v:UInt64}, 1
FROM areas FINAL WHERE area_set = {set:String} AND removed = 0 AND version < {v:UInt64}`, Param("set", set), Param("v", version)); err != nil {
		return err
	}
	if set != schemas.DivisionSet {
		return nil
	}
	if err := db.insertPaths(ctx, paths, version); err != nil {
		return err
	}
	return db.Exec(ctx, `INSERT INTO area_paths SELECT code, county, township, village, grid, {v:UInt64}, 1
FROM area_paths FINAL WHERE removed = 0 AND version < {v:UInt64}`, Param("v", version))
}

func (db *DB) insertAreas(ctx context.Context, set string, rows []schemas.Area, version uint64) error {
	var w rowBinary
	for i := range rows {
		r := &rows[i]
		w.string(set)
		w.string(r.Code)
		w.string(r.Parent)
		w.u8(uint8(r.Level))
		w.string(r.Name)
		w.u32(r.Population)
		w.string(string(r.Geometry))
		w.date(r.ValidFrom)
		w.date(r.ValidTo)
		w.u64(version)
	}
	return db.insert(ctx, "RowBinary", `INSERT INTO areas (area_set, code, parent, level, name, population, geometry, valid_from, valid_to, version)`, "", bytes.NewReader(w.buf))
}

func (db *DB) insertPaths(ctx context.Context, paths []AreaPath, version uint64) error {
	var w rowBinary
	for _, p := range paths {
		for _, s := range []string{p.Code, p.County, p.Township, p.Village, p.Grid} {
			w.string(s)
		}
		w.u64(version)
	}
	return db.insert(ctx, "RowBinary", `INSERT INTO area_paths (code, county, township, village, grid, version)`, "", bytes.NewReader(w.buf))
}

// Areas gives the areas of a set, ordered by code.
func (db *DB) Areas(ctx context.Context, set string) ([]schemas.Area, error) {
	var out []schemas.Area
	err := db.Each(ctx, `SELECT code, parent, level, name, population, geometry, valid_from, valid_to
FROM areas FINAL WHERE area_set = {set:String} AND removed = 0 ORDER BY code`, func(scan func(...any) error) error {
		a := schemas.Area{Set: set}
		var level uint8
		var geometry string
		if err := scan(&a.Code, &a.Parent, &level, &a.Name, &a.Population, &geometry, &a.ValidFrom, &a.ValidTo); err != nil {
			return err
		}
		a.Level, a.Geometry = schemas.Level(level), []byte(geometry)
		if a.ValidTo.Equal(time.Unix(0, 0).UTC()) {
			a.ValidTo = time.Time{}
		}
		out = append(out, a)
		return nil
	}, Param("set", set))
	return out, err
}

// SaveDictionary keeps dictionary entries that a profile brings.
func (db *DB) SaveDictionary(ctx context.Context, kind string, entries []schemas.Entry, version uint64) error {
	var w rowBinary
	for _, e := range entries {
		for _, s := range []string{kind, e.Code, e.Zh, e.En} {
			w.string(s)
		}
		w.u64(version)
	}
	return db.insert(ctx, "RowBinary", `INSERT INTO dictionary_entries (kind, code, zh, en, version)`, "", bytes.NewReader(w.buf))
}

// Dictionary gives the entries of a kind that profiles brought.
func (db *DB) Dictionary(ctx context.Context, kind string) ([]schemas.Entry, error) {
	var out []schemas.Entry
	err := db.Each(ctx, `SELECT code, zh, en FROM dictionary_entries FINAL WHERE kind = {kind:String} ORDER BY code`,
		func(scan func(...any) error) error {
			var e schemas.Entry
			if err := scan(&e.Code, &e.Zh, &e.En); err != nil {
				return err
			}
			out = append(out, e)
			return nil
		}, Param("kind", kind))
	return out, err
}
