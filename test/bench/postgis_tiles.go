package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"reli/analytics/cube"
)

func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "host="+p.socket+" user=postgres dbname=postgres")
}

// postgisTables are filled by load; the geometry is kept in the tiles'
// projection. The index on daily covers the query: it never reads the table.
const postgisTables = `CREATE EXTENSION postgis;
CREATE TABLE loaded (grid integer, id text, name text, population integer, shape bytea);
CREATE TABLE grids (grid integer PRIMARY KEY, id text, name text, population integer, geom geometry(MultiPolygon, 3857));
CREATE TABLE daily (grid integer, day date, count integer);`

const postgisIndexes = `INSERT INTO grids SELECT grid, id, name, population, ST_Transform(ST_SetSRID(ST_GeomFromWKB(shape), 4326), 3857) FROM loaded;
DROP TABLE loaded;
CREATE INDEX ON grids USING gist (geom);
CREATE UNIQUE INDEX ON daily (grid, day) INCLUDE (count);
VACUUM (ANALYZE) grids;
VACUUM (ANALYZE) daily;`

const postgisTile = `WITH features AS MATERIALIZED
(
    SELECT g.id, g.name, coalesce(d.n, 0) AS value, coalesce(d.n, 0) AS count, g.population,
        ST_AsMVTGeom(g.geom, ST_TileEnvelope($1, $2, $3), 4096, 64, true) AS geom
    FROM grids AS g
    LEFT JOIN LATERAL (SELECT sum(count) AS n FROM daily WHERE grid = g.grid AND day >= $4 AND day < $5) AS d ON true
    WHERE g.geom && ST_TileEnvelope($1, $2, $3, margin => 64.0 / 4096)
)
SELECT ST_AsMVT(features, 'grid', 4096, 'geom') FROM features`

// load fills PostGIS with the same polygons and the same daily rollup.
func (p *postgres) load(ctx context.Context, r *reli, b *bare) error {
	conn, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := execEach(ctx, conn, postgisTables); err != nil {
		return err
	}
	var shapes [][]any
	for n, a := range grids(r) {
		shape, err := wkb.Marshal(a.Geometry)
		if err != nil {
			return err
		}
		shapes = append(shapes, []any{int32(n), a.Code, a.Name, int32(a.Population), shape})
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"loaded"}, []string{"grid", "id", "name", "population", "shape"}, pgx.CopyFromRows(shapes)); err != nil {
		return err
	}
	var counts [][]any
	err = b.db.Each(ctx, `SELECT grid, toUInt16(day), count FROM daily ORDER BY grid, day`, func(scan func(...any) error) error {
		var grid, count uint32
		var day uint16
		err := scan(&grid, &day, &count)
		counts = append(counts, []any{int32(grid), cube.Day(day).Time(), int32(count)})
		return err
	})
	if err != nil {
		return err
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"daily"}, []string{"grid", "day", "count"}, pgx.CopyFromRows(counts)); err != nil {
		return err
	}
	return execEach(ctx, conn, postgisIndexes)
}

// execEach runs statements one by one: VACUUM may not be in a batch.
func execEach(ctx context.Context, conn *pgx.Conn, statements string) error {
	for sql := range strings.SplitSeq(statements, ";\n") {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// version says what is measured.
func (p *postgres) version(ctx context.Context) (string, error) {
	conn, err := p.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var server, postgis string
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version'), postgis_lib_version()`).Scan(&server, &postgis)
	return fmt.Sprintf("PostGIS %s on PostgreSQL %s", postgis, server), err
}

func (p *postgres) peer() peer {
	return peer{name: postgisName, open: func(ctx context.Context) (client, error) {
		conn, err := p.connect(ctx)
		if err != nil {
			return nil, err
		}
		_, err = conn.Prepare(ctx, "tile", postgisTile)
		return &postgisClient{conn}, err
	}}
}

type postgisClient struct{ conn *pgx.Conn }

func (c *postgisClient) tile(ctx context.Context, t task) ([]byte, error) {
	var body []byte
	err := c.conn.QueryRow(ctx, "tile", int32(t.tile.Z), int32(t.tile.X), int32(t.tile.Y), t.from.Time(), t.to.Time()).Scan(&body)
	return body, err
}

func (c *postgisClient) close() { _ = c.conn.Close(context.Background()) }
