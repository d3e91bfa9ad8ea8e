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

func catalogueOf(s *Snapshot) *Catalogue {
	if s == nil {
		return nil
	}
	return s.Catalogue
}

// loadCatalogue reads what a version knows. The areas are taken over from
// before, where they did not change: they are large, and geometry hangs on
// their tree. counted, if there, is called when the numbers of incidents and
// the codes are known, while the areas are still on their way.
func loadCatalogue(ctx context.Context, db *clickhouse.DB, before *Catalogue, counted func(context.Context, *Catalogue) error) (*Catalogue, error) {
	cat := &Catalogue{Bounds: geo.EmptyBounds()}
	group, ctx := errgroup.WithContext(ctx)
	if before != nil {
		cat.Tree, cat.Bounds, cat.HasBounds = before.Tree, before.Bounds, before.HasBounds
	} else {
		group.Go(func() error { return loadAreas(ctx, db, cat) })
	}
	group.Go(func() error { return loadActivity(ctx, db, cat) })
	group.Go(func() error { // each load fills fields of its own
		first, both := errgroup.WithContext(ctx)
		first.Go(func() error { return loadSpan(both, db, cat) })
		first.Go(func() error { return loadCodes(both, db, cat) })
		if err := first.Wait(); err != nil || counted == nil {
			return err
		}
		return counted(ctx, cat)
	})
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
	areas := make([]area.Area, 0, len(rows))
	for _, r := range rows {
		if !r.Open() {
			continue // of an earlier map; area_paths has what it is part of
		}
		a, err := AreaFromRecord(r)
		if err != nil {
			return err
		}
		areas = append(areas, a)
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
	var category, source, channel []string
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return db.Row(ctx, `SELECT arrayMap(c -> toString(c), groupUniqArray(category)), arrayMap(c -> toString(c), groupUniqArray(source)),
arrayMap(c -> toString(c), groupUniqArray(channel)) FROM cube`, []any{&category, &source, &channel})
	})
	embedded := schemas.LoadDictionary()
	dimensions := []struct {
		kind           string
		known, brought []schemas.Entry
		used           *[]string
		into           *[]schemas.Entry
	}{
		{"category", embedded.Categories, nil, &category, &cat.Categories},
		{"source", embedded.Sources, nil, &source, &cat.Sources},
		{"channel", embedded.Channels, nil, &channel, &cat.Channels},
	}
	for i := range dimensions {
		d := &dimensions[i]
		group.Go(func() (err error) {
			d.brought, err = db.Dictionary(ctx, d.kind)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, d := range dimensions {
		*d.into = merge(*d.used, d.known, d.brought)
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
