package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/paulmach/orb/encoding/wkb"

	"reli/geo"
	"reli/internal/clickhouse"
)

// bareDatabase holds the peer's own tables; it is dropped at the end.
const bareDatabase = "bench"

// bareTables: the polygons with their rectangles, and the daily rollup in the
// order that answers these tiles fastest: the grids of a tile are near each
// other by code.
var bareTables = []string{
	`CREATE TABLE polygons
(
    grid UInt32, id String, name String, population UInt32,
    west Float64, south Float64, east Float64, north Float64, poly MultiPolygon
) ENGINE = MergeTree ORDER BY grid`,
	`CREATE TABLE loaded
(
    grid UInt32, id String, name String, population UInt32,
    west Float64, south Float64, east Float64, north Float64, shape String
) ENGINE = Memory`,
	`CREATE TABLE daily (grid UInt32, day Date, count UInt32) ENGINE = MergeTree ORDER BY (grid, day)`,
}

const bareRollup = `INSERT INTO daily SELECT p.grid, c.opened, toUInt32(sum(c.n))
FROM reli.cube AS c INNER JOIN polygons AS p ON p.id = c.grid GROUP BY p.grid, c.opened`

// bareTile answers one tile with one query. This build of the engine has no
// clipping, hence the false.
const bareTile = `WITH MVTBoundingBox({z:UInt8}, {x:UInt32}, {y:UInt32}, 64 / 4096) AS box
SELECT MVTEncode('grid')(geom, properties) FROM
(
    SELECT MVTEncodeGeom(poly, {z:UInt8}, {x:UInt32}, {y:UInt32}, 4096, 64, false) AS geom,
        tuple(id, name, n, n, population)::Tuple(id String, name String, value UInt64, count UInt64, population UInt32) AS properties
    FROM (SELECT * FROM polygons WHERE west <= box.3 AND east >= box.1 AND south <= box.4 AND north >= box.2) AS p
    LEFT JOIN
    (
        SELECT grid, sum(count) AS n FROM daily
        WHERE day >= {from:Date} AND day < {to:Date}
            AND grid IN (SELECT grid FROM polygons WHERE west <= box.3 AND east >= box.1 AND south <= box.4 AND north >= box.2)
        GROUP BY grid
    ) AS d USING grid
)`

// bare is the engine without Reli.
type bare struct {
	db *clickhouse.DB
}

// newBare makes the peer's tables from what Reli holds.
func newBare(ctx context.Context, r *reli) (*bare, error) {
	if err := r.db.Exec(ctx, `DROP DATABASE IF EXISTS `+bareDatabase); err != nil {
		return nil, err
	}
	db, err := r.database(ctx, bareDatabase)
	if err != nil {
		return nil, err
	}
	b := &bare{db}
	for _, sql := range bareTables {
		if err := db.Exec(ctx, sql); err != nil {
			return b, err
		}
	}
	if err := b.polygons(ctx, r); err != nil {
		return b, err
	}
	for _, sql := range []string{bareRollup, `OPTIMIZE TABLE daily FINAL`, `OPTIMIZE TABLE polygons FINAL`} {
		if err := db.Exec(ctx, sql); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (b *bare) polygons(ctx context.Context, r *reli) error {
	var rows bytes.Buffer
	for n, a := range grids(r) {
		shape, err := wkb.MarshalToHex(a.Geometry)
		if err != nil {
			return err
		}
		box := geo.BoundsOf(a.Geometry)
		fmt.Fprintf(&rows, "%d\t%s\t%s\t%d\t%v\t%v\t%v\t%v\t%s\n", n, a.Code, a.Name, a.Population, box.West, box.South, box.East, box.North, shape)
	}
	if err := postInsert(ctx, r.engine.Socket(), bareDatabase, `INSERT INTO loaded FORMAT TabSeparated`, &rows, ""); err != nil {
		return err
	}
	for _, sql := range []string{
		`INSERT INTO polygons SELECT * EXCEPT (shape), readWKBMultiPolygon(unhex(shape)) FROM loaded`,
		`DROP TABLE loaded`,
	} {
		if err := b.db.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func (b *bare) peer() peer {
	return peer{name: bareName, open: func(context.Context) (client, error) { return b, nil }}
}

func (b *bare) close() {} // the connection is shared by the clients, as its pool is

func (b *bare) tile(ctx context.Context, t task) ([]byte, error) {
	var body string
	err := b.db.Row(ctx, bareTile, []any{&body}, clickhouse.Param("z", uint8(t.tile.Z)), clickhouse.Param("x", t.tile.X),
		clickhouse.Param("y", t.tile.Y), clickhouse.Param("from", t.from.String()), clickhouse.Param("to", t.to.String()))
	return []byte(body), err
}

// drop removes the tables.
func (b *bare) drop(ctx context.Context, r *reli) error {
	err := b.db.Close()
	if dropped := r.db.Exec(ctx, `DROP DATABASE IF EXISTS `+bareDatabase); err == nil {
		err = dropped
	}
	return err
}
