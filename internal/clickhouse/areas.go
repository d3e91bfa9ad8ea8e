package clickhouse

import (
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
// must be greater than that of any earlier call. The areas change in one
// insert, then the paths in one: readers see no mixture of two sets.
func (db *DB) ReplaceAreas(ctx context.Context, set string, rows []schemas.Area, paths []AreaPath, version uint64) error {
	gone, err := db.goneAreas(ctx, set, rows)
	if err != nil {
		return err
	}
	var w rowBinary
	for i := range rows {
		w.area(set, &rows[i], version, 0)
	}
	for i := range gone {
		w.area(set, &gone[i], version, 1)
	}
	if err := db.insert(ctx, `INSERT INTO areas (area_set, code, parent, level, name, population, geometry, valid_from, valid_to, version, removed)`, "", w.buf); err != nil {
		return err
	}
	if set != schemas.DivisionSet {
		return nil
	}
	return db.replacePaths(ctx, paths, version)
}

// goneAreas gives the keys of the stored areas that rows do not hold.
func (db *DB) goneAreas(ctx context.Context, set string, rows []schemas.Area) ([]schemas.Area, error) {
	type key struct {
		code string
		from uint16
	}
	stays := make(map[key]bool, len(rows))
	for _, r := range rows {
		stays[key{r.Code, dateNumber(r.ValidFrom)}] = true
	}
	var gone []schemas.Area
	err := db.Each(ctx, `SELECT code, valid_from FROM areas FINAL WHERE area_set = {set:String} AND removed = 0`,
		func(scan func(...any) error) error {
			var a schemas.Area
			if err := scan(&a.Code, &a.ValidFrom); err != nil {
				return err
			}
			if !stays[key{a.Code, dateNumber(a.ValidFrom)}] {
				gone = append(gone, a)
			}
			return nil
		}, Param("set", set))
	return gone, err
}

func (w *rowBinary) area(set string, r *schemas.Area, version uint64, removed uint8) {
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
	w.u8(removed)
}

func (db *DB) replacePaths(ctx context.Context, paths []AreaPath, version uint64) error {
	var w rowBinary
	stays := make(map[string]bool, len(paths))
	add := func(p AreaPath, removed uint8) {
		for _, s := range []string{p.Code, p.County, p.Township, p.Village, p.Grid} {
			w.string(s)
		}
		w.u64(version)
		w.u8(removed)
	}
	for _, p := range paths {
		stays[p.Code] = true
		add(p, 0)
	}
	err := db.Each(ctx, `SELECT code FROM area_paths FINAL WHERE removed = 0`, func(scan func(...any) error) error {
		var p AreaPath
		if err := scan(&p.Code); err != nil {
			return err
		}
		if !stays[p.Code] {
			add(p, 1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.insert(ctx, `INSERT INTO area_paths (code, county, township, village, grid, version, removed)`, "", w.buf)
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
		for _, day := range []*time.Time{&a.ValidFrom, &a.ValidTo} {
			if *day = dayOf(*day); day.Unix() == 0 {
				*day = time.Time{} // a Date has no other way to say "none"
			}
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
	return db.insert(ctx, `INSERT INTO dictionary_entries (kind, code, zh, en, version)`, "", w.buf)
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
