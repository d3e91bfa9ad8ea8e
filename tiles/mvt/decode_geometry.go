package mvt

import "math"

// pen follows the commands of one geometry.
type pen struct {
	data []byte
	at   Point
}

// next reads a command integer.
func (p *pen) next() (id int, count uint32, err error) {
	v, rest, ok := readUint32(p.data)
	if !ok {
		return 0, 0, fault("command is cut off or beyond 32 bits")
	}
	p.data = rest
	id, count = int(v&7), v>>3
	switch {
	case id != commandMoveTo && id != commandLineTo && id != commandClosePath:
		return 0, 0, fault("unknown command %d", id)
	case count == 0:
		return 0, 0, fault("command %d with count 0", id)
	case id == commandClosePath && count != 1:
		return 0, 0, fault("ClosePath with count %d", count)
	case id != commandClosePath && uint64(count)*2 > uint64(len(p.data)):
		return 0, 0, fault("command %d with count %d and too few positions", id, count)
	}
	return id, count, nil
}

// positions appends the next count positions to dst. Where moving, a position
// may repeat the one before it; a line's may not.
func (p *pen) positions(dst []Point, count uint32, moving bool) ([]Point, error) {
	for range count {
		dx, rest, ok := readUint32(p.data)
		if !ok {
			return nil, fault("position is cut off or beyond 32 bits")
		}
		dy, rest, ok := readUint32(rest)
		if !ok {
			return nil, fault("position is cut off or beyond 32 bits")
		}
		p.data = rest
		if !moving && dx == 0 && dy == 0 {
			return nil, fault("line to where the cursor is")
		}
		x, y := int64(p.at.X)+int64(unzigzag(dx)), int64(p.at.Y)+int64(unzigzag(dy))
		if x != int64(int32(x)) || y != int64(int32(y)) {
			return nil, fault("position beyond 32 bits")
		}
		p.at = Point{X: int32(x), Y: int32(y)}
		dst = append(dst, p.at)
	}
	return dst, nil
}

// expect reads the command id with a count from 1 to most.
func (p *pen) expect(want int, most uint32) (uint32, error) {
	id, count, err := p.next()
	if err != nil {
		return 0, err
	}
	if id != want || count > most {
		return 0, fault("command %d with count %d where command %d belongs", id, count, want)
	}
	return count, nil
}

func (f *Feature) decodeGeometry(data []byte) error {
	p := &pen{data: data}
	switch f.Type {
	case MultiPoint:
		return f.decodePoints(p)
	case LineString:
		return f.decodeLines(p)
	case Polygons:
		return f.decodePolygons(p)
	}
	return nil // of an unknown type nothing can be said
}

func (f *Feature) decodePoints(p *pen) error {
	count, err := p.expect(commandMoveTo, math.MaxUint32)
	if err != nil {
		return err
	}
	if f.Points, err = p.positions(nil, count, true); err != nil {
		return err
	}
	if len(p.data) > 0 {
		return fault("commands after the points")
	}
	return nil
}

// line reads a MoveTo of one position and a LineTo.
func (p *pen) line() (Ring, error) {
	if _, err := p.expect(commandMoveTo, 1); err != nil {
		return nil, err
	}
	line, err := p.positions(nil, 1, true)
	if err != nil {
		return nil, err
	}
	count, err := p.expect(commandLineTo, math.MaxUint32)
	if err != nil {
		return nil, err
	}
	return p.positions(line, count, false)
}

func (f *Feature) decodeLines(p *pen) error {
	for len(p.data) > 0 {
		line, err := p.line()
		if err != nil {
			return err
		}
		f.Lines = append(f.Lines, line)
	}
	return nil
}

func (f *Feature) decodePolygons(p *pen) error {
	for len(p.data) > 0 {
		ring, err := p.line()
		if err != nil {
			return err
		}
		if _, err := p.expect(commandClosePath, 1); err != nil {
			return err
		}
		if len(ring) < 3 {
			return fault("ring of %d points", len(ring))
		}
		if ring[0] == ring[len(ring)-1] {
			return fault("ring whose last point repeats the first")
		}
		last := len(f.Polygons) - 1
		switch area := ring.Area2(); {
		case area == 0:
			return fault("ring without an area")
		case area > 0:
			f.Polygons = append(f.Polygons, Polygon{ring})
		case last < 0:
			return fault("interior ring before an exterior ring")
		default:
			f.Polygons[last] = append(f.Polygons[last], ring)
		}
	}
	return nil
}
