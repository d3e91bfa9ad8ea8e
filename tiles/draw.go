package tiles

import (
	"context"
	"slices"
	"sync"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/geo/tile"
	"reli/tiles/mvt"
	"reli/tiles/shape"
)

// checkEvery is how many features are drawn between two looks at the context.
const checkEvery = 512

// canvas is what drawing a tile needs and can be used again.
type canvas struct {
	builder *mvt.Builder
	clipper shape.Clipper
	found   []int
}

// canvases are shared between goroutines; a canvas belongs to one at a time.
type canvases struct{ pool sync.Pool }

func (c *canvases) take() *canvas {
	if v, ok := c.pool.Get().(*canvas); ok {
		return v
	}
	return &canvas{builder: mvt.NewBuilder()}
}

// draw makes the bytes of a tile, uncompressed.
func (s *Server) draw(ctx context.Context, snap *cube.Snapshot, r Request) (body []byte, features int, executor cube.Executor, err error) {
	c := s.canvases.take()
	defer s.canvases.pool.Put(c)
	c.builder.Reset(r.Tile.X, r.Tile.Y)
	r = s.withLevels(r)
	for _, layer := range r.Layers {
		field, err := s.fieldOf(ctx, snap, r, layer, r.Tile.Z)
		if err != nil {
			return nil, 0, "", err
		}
		executor = field.Executor
		if layer == LayerHex {
			err = s.drawHexagons(ctx, c, snap, field, r.Tile)
		} else {
			err = s.drawAreas(ctx, c, snap, field, layer, r.Tile)
		}
		if err != nil {
			return nil, 0, "", err
		}
	}
	return c.builder.AppendTile(nil), c.builder.Features(), executor, nil
}

// drawHexagons writes the cells that have an incident in the window.
func (s *Server) drawHexagons(ctx context.Context, c *canvas, snap *cube.Snapshot, field layerField, id tile.ID) error {
	layers := &s.hexes
	if field.told != nil {
		layers = &s.told
	}
	hexes := layers.at(id.Z, field.cells)
	l := c.builder.Layer(string(LayerHex))
	keyID, keyValue, keyCount := l.Key("id"), l.Key("value"), l.Key("count")
	for n, i := range hexes.in(id) {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t := field.Tally(int(i))
		value, ok := field.value(int(i), t)
		suppressed := field.suppressed(int(i))
		if t.Count == 0 && (!ok || value == 0) && !suppressed || hexes.geometry[i].Empty() {
			continue
		}
		l.UniqueString(keyID, hexes.cells[i].String())
		if suppressed {
			l.Bool(l.Key("suppressed"), true)
			l.Add(hexes.geometry[i])
			continue
		}
		if ok {
			l.Number(keyValue, value)
		}
		l.Uint(keyCount, uint64(t.Count))
		l.Add(hexes.geometry[i])
	}
	return nil
}

// drawAreas writes every area that the tile shows, those without an incident
// too: an empty place is an answer. An area that the scope hides is no answer.
func (s *Server) drawAreas(ctx context.Context, c *canvas, snap *cube.Snapshot, field layerField, layer Layer, id tile.ID) error {
	if snap.Catalogue.Tree == nil {
		return nil
	}
	set, err := s.areas.at(snap.Catalogue.Tree)
	if err != nil {
		return err
	}
	areas, zoomed := set.areas[layer.Level()], set.shapes[layer.Level()].Zoom(int(id.Z))
	c.found = zoomed.Touching(c.found[:0], id.X, id.Y)
	l := c.builder.Layer(string(layer))
	keys := areaKeys{l.Key("id"), l.Key("name"), l.Key("value"), l.Key("count"), l.Key("population"), set.ambiguous, zoomed.Crowding()}
	c.found = slices.DeleteFunc(c.found, func(i int) bool { return !field.Shown(i) })
	if keys.crowding == shape.Tiny { // hardly any is clipped away; a number that none uses does no harm
		for _, i := range c.found {
			// The few numbers that all features share get the low places in the
			// layer's table, before the codes that are one feature's each.
			keys.figures(l, field, i)
			l.Add(mvt.Geometry{})
		}
	}
	for n, i := range c.found {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		geometry := zoomed.Geometry(&c.clipper, i, id.X, id.Y)
		if geometry.Empty() {
			continue
		}
		keys.write(l, &areas[i], field, i)
		l.Add(geometry)
	}
	return nil
}

type areaKeys struct {
	id, name, value, count, population mvt.Key
	ambiguous                          bool
	crowding                           shape.Crowding
}

// write sets what is known of an area. Names and populations would be half of
// a crowded tile's bytes.
func (k areaKeys) write(l *mvt.Layer, a *area.Area, field layerField, i int) {
	k.figures(l, field, i)
	if k.ambiguous {
		l.String(k.id, a.Code)
	} else {
		l.UniqueString(k.id, a.Code)
	}
	if k.crowding < shape.Tiny {
		l.String(k.name, a.Name)
	}
	if k.crowding < shape.Coarse && a.Population > 0 {
		l.Uint(k.population, uint64(a.Population))
	}
}

// figures writes what is counted, and nothing that the tile may not tell:
// whatever passes here is in the tile's table of values.
func (k areaKeys) figures(l *mvt.Layer, field layerField, i int) {
	if field.suppressed(i) {
		l.Bool(l.Key("suppressed"), true)
		return
	}
	if field.levelled != nil {
		value, _ := field.value(i, cube.Tally{})
		l.Number(k.value, value)
		l.Number(l.Key("level"), value)
		return
	}
	t := field.Tally(i)
	if value, ok := field.value(i, t); ok {
		l.Number(k.value, value)
	}
	l.Uint(k.count, uint64(t.Count))
}
