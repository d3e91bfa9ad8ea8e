package cube

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/hex"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// StorageResolution is the H3 resolution of the finest stored place.
const StorageResolution = 10

// Snapshot is one settled state of the data. It is immutable; a reader that
// holds one sees one version until it lets go.
type Snapshot struct {
	clickhouse.DataVersion
	Catalogue *Catalogue

	resident *Resident
	levels   map[area.Level][]uint32 // place numbers in the order of the tree's AtLevel
}

// Resident tells whether the cube is in memory, and how large it is there.
func (s *Snapshot) Resident() (complete bool, bytes int64) {
	return s.resident.complete, s.resident.Bytes()
}

// loadCatalogue reads what a version knows. The areas are taken over from
// before, where they did not change: they are large, and geometry hangs on
// their tree.
func loadCatalogue(ctx context.Context, db *clickhouse.DB, before *Catalogue) (*Catalogue, error) {
	cat := &Catalogue{Bounds: geo.EmptyBounds()}
	areas := loadAreas
	if before != nil {
		areas = func(context.Context, *clickhouse.DB, *Catalogue) error {
			cat.Tree, cat.Bounds, cat.HasBounds = before.Tree, before.Bounds, before.HasBounds
			return nil
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, load := range []func(context.Context, *clickhouse.DB, *Catalogue) error{
		areas, loadSpan, loadCodes, loadActivity, // each fills fields of its own
	} {
		group.Go(func() error { return load(ctx, db, cat) })
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("load catalogue: %w", err)
	}
	return cat, nil
}

func loadAreas(ctx context.Context, db *clickhouse.DB, cat *Catalogue) error {
	rows, err := db.Areas(ctx, schemas.DivisionSet)
	if err != nil || len(rows) == 0 {
		return err
	}
	areas := make([]area.Area, len(rows))
	for i, r := range rows {
		if areas[i], err = AreaFromRecord(r); err != nil {
			return err
		}
	}
	if cat.Tree, err = area.BuildTree(areas); err != nil {
		return err
	}
	for _, a := range areas {
		cat.Bounds = cat.Bounds.Union(geo.BoundsOf(a.Geometry))
	}
	cat.HasBounds = !cat.Bounds.IsEmpty()
	return nil
}

func loadSpan(ctx context.Context, db *clickhouse.DB, cat *Catalogue) error {
	var first, last uint16
	if err := db.Row(ctx, `SELECT toInt64(sum(n)), toInt64(sumIf(n, cell != 0)), toInt64(sumIf(n, township != '')),
toUInt16(minOrDefault(opened)), toUInt16(maxOrDefault(opened)) FROM cube`,
		[]any{&cat.Incidents, &cat.Located, &cat.Placed, &first, &last}); err != nil {
		return err
	}
	cat.First, cat.Last = Day(first), Day(last)
	return nil
}

// frameResolution is the resolution whose cells frame a map without areas.
const frameResolution = 7

// frame bounds the middle 99 per cent of incidents in each direction, so that
// stray points do not shrink the map to a dot. rows gives the incidents of a
// cell.
func frame(cells []hex.Cell, rows func(i int) int) (geo.Bounds, bool) {
	if len(cells) == 0 {
		return geo.Bounds{}, false
	}
	lngs, lats := make([]weighted, len(cells)), make([]weighted, len(cells))
	for i, c := range cells {
		p, n := c.Center(), rows(i)
		lngs[i], lats[i] = weighted{p.Lng, n}, weighted{p.Lat, n}
	}
	west, east := middle(lngs)
	south, north := middle(lats)
	return geo.Bounds{West: west, South: south, East: east, North: north}.Pad(framePad, framePad), true
}

type weighted struct {
	value  float64
	weight int
}

// middle gives the values between which 99 per cent of the weight lies.
func middle(v []weighted) (low, high float64) {
	slices.SortFunc(v, func(a, b weighted) int { return cmp.Compare(a.value, b.value) })
	total := 0
	for _, w := range v {
		total += w.weight
	}
	const tail = 200 // one in so many is cut on either side
	low, high = v[0].value, v[len(v)-1].value
	seen := 0
	for _, w := range v {
		if seen <= total/tail {
			low = w.value
		}
		if seen += w.weight; seen >= total-total/tail {
			return low, w.value
		}
	}
	return low, high
}

// framePad is how far, in degrees, a cell of frameResolution may reach beyond
// its centre (1.4 km), with room to spare at 60 degrees of latitude.
const framePad = 0.03

// extent bounds all cells.
func extent(cells []hex.Cell) geo.Bounds {
	b := geo.EmptyBounds()
	for _, c := range cells {
		b = b.Extend(c.Center())
	}
	return b.Pad(framePad, framePad)
}

func loadCodes(ctx context.Context, db *clickhouse.DB, cat *Catalogue) error {
	embedded := schemas.LoadDictionary()
	for _, d := range []struct {
		kind  string
		known []schemas.Entry
		into  *[]schemas.Entry
	}{
		{"category", embedded.Categories, &cat.Categories},
		{"source", embedded.Sources, &cat.Sources},
		{"channel", embedded.Channels, &cat.Channels},
	} {
		brought, err := db.Dictionary(ctx, d.kind)
		if err != nil {
			return err
		}
		var used []string
		// d.kind is one of the constants above: an identifier.
		if err := db.Each(ctx, `SELECT DISTINCT `+d.kind+` FROM cube`, func(scan func(...any) error) error {
			var code string
			if err := scan(&code); err != nil {
				return err
			}
			used = append(used, code)
			return nil
		}); err != nil {
			return err
		}
		*d.into = merge(used, d.known, brought)
	}
	return nil
}

// loadActivity counts what is settled. The times are those of all versions
// that are still stored, so that no FINAL over all incidents is needed.
func loadActivity(ctx context.Context, db *clickhouse.DB, cat *Catalogue) error {
	return db.Select(ctx, &cat.Activity, `SELECT source, incidents, last_reported_at, ingested_at
FROM (SELECT source, toUInt64(sum(n)) AS incidents FROM cube GROUP BY source) AS c
LEFT JOIN
(
    SELECT source, toInt64(toUnixTimestamp(max(reported_at))) AS last_reported_at, toInt64(toUnixTimestamp(max(ingested_at))) AS ingested_at
    FROM incidents GROUP BY source
) AS i ON i.source = c.source ORDER BY source`)
}

// AreaFromRecord turns a stored area into one with a shape.
func AreaFromRecord(r schemas.Area) (area.Area, error) {
	geometry, err := area.DecodeGeometry(r.Geometry)
	if err != nil {
		return area.Area{}, fmt.Errorf("area %s: %w", r.Code, err)
	}
	return area.Area{Code: r.Code, Parent: r.Parent, Name: r.Name, Level: area.Level(r.Level),
		Population: r.Population, Geometry: geometry}, nil
}

// Today gives the local day of now.
func Today(now time.Time, zone *time.Location) Day { return DayOf(now.In(zone)) }
