package demo

import (
	"bufio"
	"io"
	"strconv"

	"reli/schemas"
)

// levelName is the level's name in areas.geojson and in the CSV files.
func levelName(l schemas.Level) string {
	switch l {
	case schemas.LevelCounty:
		return "county"
	case schemas.LevelTownship:
		return "township"
	case schemas.LevelVillage:
		return "village"
	case schemas.LevelGrid:
		return "grid"
	default:
		return ""
	}
}

// writeGeoJSON writes the tree as one FeatureCollection (RFC 7946), a feature
// a line, coarsest level first.
func (c *county) writeGeoJSON(out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<16)
	w.WriteString("{\"type\":\"FeatureCollection\",\"features\":[\n")
	first := true
	for _, level := range [][]place{{c.root}, c.townships, c.villages, c.grids} {
		for _, p := range level {
			if !first {
				w.WriteString(",\n")
			}
			first = false
			w.Write(p.appendFeature(w.AvailableBuffer()))
		}
	}
	w.WriteString("\n]}\n")
	return w.Flush() // bufio keeps the first error
}

func (p place) appendFeature(b []byte) []byte {
	b = append(b, `{"type":"Feature","properties":{"code":"`...)
	b = append(b, p.code...)
	b = append(b, `","parent":"`...)
	b = append(b, p.parent...)
	b = append(b, `","level":"`...)
	b = append(b, levelName(p.level)...)
	b = append(b, `","name":"`...)
	b = append(b, p.name...)
	b = append(b, `","population":`...)
	b = strconv.AppendUint(b, uint64(p.population), 10)
	b = append(b, `},"geometry":{"type":"Polygon","coordinates":[[`...)
	for i, v := range p.ring {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = appendMicro(b, v.lng)
		b = append(b, ',')
		b = appendMicro(b, v.lat)
		b = append(b, ']')
	}
	return append(b, `]]}}`...)
}

// appendMicro writes millionths of a degree with six decimals.
func appendMicro(b []byte, v int32) []byte {
	return strconv.AppendFloat(b, float64(v)/microDegrees, 'f', 6, 64)
}
