package mvt_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/tiles/mvt"
)

// message frames parts as a length-delimited field; all lengths here are short.
func message(field byte, parts ...[]byte) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	return append([]byte{field<<3 | 2, byte(len(body))}, body...)
}

func raw(b ...byte) []byte { return b }

func text(field byte, s string) []byte { return message(field, []byte(s)) }

var (
	version2 = raw(15<<3, 2)
	anyPoint = message(2, raw(3<<3, 1), message(4, raw(9, 2, 2)))
)

// polygon is a feature with the given geometry commands.
func polygon(commands ...byte) []byte {
	return message(2, raw(3<<3, 3), message(4, commands))
}

// layer is a tile of one well-formed layer with the given further fields.
func layer(parts ...[]byte) []byte {
	return message(3, append([][]byte{version2, text(1, "a")}, parts...)...)
}

func TestDecodeRefuses(t *testing.T) {
	f := func(want string, data []byte) {
		t.Helper()
		_, err := mvt.Decode(data)
		require.ErrorContains(t, err, want)
		var decodeError *mvt.DecodeError
		require.True(t, errors.As(err, &decodeError))
	}
	f("no field", raw(0x80))
	f("no field", raw(0))
	f("longer than its message", raw(3<<3|2, 9, 1))
	f("wire type 3", raw(3<<3|3))
	f("layer is not a message", raw(3<<3, 1))
	f("without a version", message(3, text(1, "a")))
	f("version 1", message(3, raw(15<<3, 1), text(1, "a")))
	f("without a name", message(3, version2))
	f("extent 0", layer(raw(5<<3, 0)))
	f("field 15 is there twice", layer(version2))
	f("two layers", append(layer(anyPoint), layer(anyPoint)...))
	f("not UTF-8", layer(text(3, "\xff")))
	f("unknown layer field 6", layer(raw(6<<3, 1)))
	f("value of two types", layer(message(4, text(1, "a"), raw(7<<3, 1))))
	f("value without a type", layer(message(4)))
	f("value of unknown type 8", layer(message(4, raw(8<<3, 1))))
	f("value of type 1 in wire type 0", layer(message(4, raw(1<<3, 1))))
	f("without a type", layer(message(2, message(4, raw(9, 2, 2)))))
	f("without a geometry", layer(message(2, raw(3<<3, 1))))
	f("geometry type 4", layer(message(2, raw(3<<3, 4), message(4, raw(9, 2, 2)))))
	f("feature field 4 is there twice", layer(message(2, raw(3<<3, 1), message(4, raw(9, 2, 2)), message(4, raw(9, 2, 2)))))
	f("unknown feature field 5", layer(message(2, raw(5<<3, 4))))
	f("key 0 of 0", layer(message(2, message(2, raw(0, 0)), raw(3<<3, 1), message(4, raw(9, 2, 2)))))
	f("value 1 of 1", layer(text(3, "k"), message(4, text(1, "v")), message(2, message(2, raw(0, 1)))))
	f("tag without a value", layer(text(3, "k"), message(4, text(1, "v")), message(2, message(2, raw(0)))))
	f("key 0 is set twice", layer(text(3, "k"), message(4, text(1, "v")), message(2, message(2, raw(0, 0, 0, 0)))))
	f("unknown command 3", layer(polygon(9<<3|3, 2)))
	f("count 0", layer(polygon(1)))
	f("too few positions", layer(polygon(17, 1, 1)))
	f("ClosePath with count 2", layer(polygon(9, 0, 0, 26, 8, 0, 0, 8, 7, 0, 23)))
	f("where command 1 belongs", layer(polygon(15)))
	f("where command 7 belongs", layer(polygon(9, 0, 0, 18, 8, 0, 0, 8, 9, 0, 0)))
	f("line to where the cursor is", layer(polygon(9, 0, 0, 18, 8, 0, 0, 0, 15)))
	f("ring of 2 points", layer(polygon(9, 0, 0, 10, 8, 0, 15)))
	f("repeats the first", layer(polygon(9, 0, 0, 26, 8, 0, 0, 8, 7, 7, 15)))
	f("without an area", layer(polygon(9, 0, 0, 18, 8, 8, 8, 8, 15)))
	f("interior ring before", layer(polygon(9, 0, 0, 18, 0, 8, 8, 0, 15)))
	f("commands after the points", layer(message(2, raw(3<<3, 1), message(4, raw(9, 2, 2, 9, 2, 2)))))
	f("where command 2 belongs", layer(message(2, raw(3<<3, 2), message(4, raw(9, 2, 2, 15)))))
}

func TestCheckRefuses(t *testing.T) {
	f := func(want string, data []byte) {
		t.Helper()
		tile, err := mvt.Decode(data)
		require.NoError(t, err)
		if want == "" {
			require.NoError(t, tile.Check())
			return
		}
		require.ErrorContains(t, tile.Check(), want)
	}
	f("", layer(anyPoint))
	f("without features", layer())
	f("is not used", layer(anyPoint, text(3, "k")))
	f("is not used", layer(anyPoint, message(4, text(1, "v"))))
	tagged := message(2, message(2, raw(0, 0, 1, 1)), raw(3<<3, 1), message(4, raw(9, 2, 2)))
	f(`key "k" is there twice`, layer(tagged, text(3, "k"), text(3, "k"), message(4, text(1, "v")), message(4, text(1, "w"))))
	f("value v is there twice", layer(tagged, text(3, "k"), text(3, "l"), message(4, text(1, "v")), message(4, text(1, "v"))))
	f("", layer(tagged, text(3, "k"), text(3, "l"), message(4, raw(5<<3, 1)), message(4, raw(6<<3, 1))))
	f("unknown type", layer(message(2, raw(3<<3, 0), message(4, raw(9, 2, 2)))))
	identified := message(2, raw(1<<3, 7), raw(3<<3, 1), message(4, raw(9, 2, 2)))
	f("id 7 is there twice", layer(identified, identified))
}

func TestCheckRefusesRingsThatMeet(t *testing.T) {
	f := func(want string, polygons ...mvt.Polygon) {
		t.Helper()
		var arena mvt.Arena
		b := mvt.NewBuilder()
		b.Layer("a").Add(arena.Polygons(polygons...))
		tile, err := mvt.Decode(b.AppendTile(nil))
		require.NoError(t, err)
		if want == "" {
			require.NoError(t, tile.Check())
			return
		}
		require.ErrorContains(t, tile.Check(), want)
	}
	f("", mvt.Polygon{square(0, 0, 20), square(2, 2, 5), square(10, 10, 5)})
	f("", mvt.Polygon{square(0, 0, 20), {{X: 0, Y: 0}, {X: 5, Y: 9}, {X: 9, Y: 5}}}) // touches in one point
	f("", mvt.Polygon{square(0, 0, 5)}, mvt.Polygon{square(5, 5, 5)})
	f("", mvt.Polygon{square(0, 0, 20), square(2, 2, 10)}, mvt.Polygon{square(3, 3, 5)}) // an island in a lake
	f("edges cross", mvt.Polygon{{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 10, Y: 10}, {X: 5, Y: -2}}})
	f("touches itself", mvt.Polygon{{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 10, Y: 10}, {X: 5, Y: 0}, {X: 0, Y: 10}}})
	f("edges overlap", mvt.Polygon{{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 5, Y: 0}, {X: 5, Y: 5}}})
	f("edges overlap", mvt.Polygon{square(0, 0, 20), square(0, 5, 5)})
	f("edges overlap", mvt.Polygon{square(0, 0, 5)}, mvt.Polygon{square(5, 0, 5)})
	f("outside of its exterior", mvt.Polygon{square(0, 0, 20), square(30, 30, 5)})
	f("hole inside a hole", mvt.Polygon{square(0, 0, 20), square(2, 2, 10), square(3, 3, 5)})
	f("polygon inside a polygon", mvt.Polygon{square(0, 0, 20)}, mvt.Polygon{square(2, 2, 10)})
	f("polygon inside a polygon", mvt.Polygon{square(0, 0, 20), square(2, 2, 3)}, mvt.Polygon{square(6, 6, 5)})
}

func TestTruncatedTilesAreRefusedOrShorter(t *testing.T) {
	geometries, ids := hexagons(20)
	b := mvt.NewBuilder()
	fill(b, geometries, ids)
	whole := b.AppendTile(nil)
	for n := 1; n < len(whole); n++ {
		_, err := mvt.Decode(whole[:n])
		require.Error(t, err, "cut after %d of %d bytes", n, len(whole))
	}
}

// FuzzDecode holds the reader to: no panic, errors of one type, and no data
// taken for more than it is.
func FuzzDecode(f *testing.F) {
	geometries, ids := hexagons(3)
	b := mvt.NewBuilder()
	fill(b, geometries, ids)
	f.Add(b.AppendTile(nil))
	f.Add(layer(polygon(9, 0, 0, 26, 8, 0, 0, 8, 7, 0, 15)))
	f.Add(layer(message(2, raw(3<<3, 1), message(4, raw(0xf9, 0xff, 0xff, 0xff, 0x0f, 2, 2)))))
	f.Fuzz(func(t *testing.T, data []byte) {
		tile, err := mvt.Decode(data)
		if err != nil {
			var decodeError *mvt.DecodeError
			require.True(t, errors.As(err, &decodeError))
			return
		}
		positions := 0
		for _, l := range tile.Layers {
			for _, feature := range l.Features {
				positions += len(feature.Points)
				for _, line := range feature.Lines {
					positions += len(line)
				}
			}
		}
		require.LessOrEqual(t, positions, len(data))
		_ = tile.Check()
	})
}
