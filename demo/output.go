package demo

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"reli/geo"
	"reli/geo/crs"
	"reli/schemas"
)

const (
	incidentHeader = "source,source_id,occurred_at,reported_at,due_at,closed_at,updated_at,lng,lat,crs,grid,village,township," +
		"category,scale,people,urgency,channel,first_unit,handling_unit,resolver_level,state,matter_id\n"
	transitionHeader = "source,source_id,at,kind,unit,level\n"

	pointDecimals  = 7 // about a centimetre
	outputBuffer   = 1 << 18
	largestRowSize = 2 << 10
)

// stateNames are the names of the states in the files.
var stateNames = [...]string{
	schemas.StateRegistered: "registered",
	schemas.StateAssigned:   "assigned",
	schemas.StateResolved:   "resolved",
	schemas.StateVisited:    "visited",
	schemas.StateCancelled:  "cancelled",
	schemas.StateReopened:   "reopened",
}

// table is one CSV file, perhaps gzipped.
type table struct {
	file *os.File
	zip  *gzip.Writer
	w    *bufio.Writer
}

func createTable(path string, packed bool, header string) (*table, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	t := &table{file: f}
	var w io.Writer = f
	if packed {
		t.zip = gzip.NewWriter(f) // no name and no time in its header: equal content, equal bytes
		w = t.zip
	}
	t.w = bufio.NewWriterSize(w, outputBuffer)
	_, err = t.w.WriteString(header)
	return t, err
}

// row gives room for one row; what is appended is handed to put.
func (t *table) row() []byte {
	if t.w.Available() < largestRowSize {
		t.w.Flush() // the error stays in the writer and comes out in close
	}
	return t.w.AvailableBuffer()
}

func (t *table) put(row []byte) { t.w.Write(row) }

// close completes the file.
func (t *table) close() error {
	err := t.w.Flush()
	if t.zip != nil {
		err = errors.Join(err, t.zip.Close())
	}
	return errors.Join(err, t.file.Close())
}

// output is the CSV files of one run.
type output struct {
	incidents   [len(sources)]*table
	transitions *table
	first       error // first error of a conversion
	year        int
}

// report writes one incident and its transitions.
func (o *output) report(r *report, l *life, u units, c *county) {
	src := &sources[r.source]
	t := o.incidents[r.source]
	b := appendText(t.row(), src.code)
	b = append(src.appendID(b, o.year, r.number), ',')
	b = appendTime(b, r.occurred)
	b = appendTime(b, r.reported)
	b = appendTime(b, r.due)
	if l.closed > 0 {
		b = appendTime(b, l.closed)
	} else {
		b = append(b, ',')
	}
	b = appendTime(b, l.updated)
	b = o.appendPlace(b, r, c)
	b = appendText(b, categories[r.category].code)
	b = appendNumber(b, int64(r.scale))
	b = appendNumber(b, int64(r.people))
	b = appendNumber(b, int64(r.urgency))
	b = appendText(b, r.channel)
	b = appendText(b, u.first)
	b = appendText(b, u.handler)
	b = appendText(b, levelName(l.resolver))
	b = appendText(b, stateNames[l.state])
	if r.matter > 0 {
		b = append(b, 'M', '-')
		b = strconv.AppendInt(b, int64(o.year), 10)
		b = appendPadded(append(b, '-'), r.matter)
	}
	t.put(append(b, '\n'))
	for _, s := range l.steps {
		b := appendText(o.transitions.row(), src.code)
		b = append(src.appendID(b, o.year, r.number), ',')
		b = appendTime(b, s.at)
		b = appendText(b, string(s.kind))
		b = appendText(b, s.unit)
		b = append(b, levelName(s.level)...)
		o.transitions.put(append(b, '\n'))
	}
}

// appendPlace writes lng, lat, crs, grid, village and township: the point in
// the source's own coordinates, and the codes the source knows.
func (o *output) appendPlace(b []byte, r *report, c *county) []byte {
	src, g := &sources[r.source], &c.grids[r.grid]
	if r.ladder == rungPoint {
		x, y, err := crs.FromWGS84(src.crs, geo.LngLat{Lng: r.where.lng, Lat: r.where.lat})
		if err != nil && o.first == nil {
			o.first = err
		}
		b = append(strconv.AppendFloat(b, x, 'f', pointDecimals, 64), ',')
		b = append(strconv.AppendFloat(b, y, 'f', pointDecimals, 64), ',')
	} else {
		b = append(b, ',', ',')
	}
	b = appendText(b, string(src.crs))
	point := r.ladder == rungPoint
	b = appendIf(b, g.code, r.ladder == rungGrid || point && src.rungs.grid)
	b = appendIf(b, g.parent, r.ladder == rungVillage || point && src.rungs.village)
	return appendIf(b, c.townships[g.township].code, r.ladder == rungTownship || point && src.rungs.township)
}

// appendID writes the record number of a source, e.g. WG-2025-0000123.
func (s *sourceMix) appendID(b []byte, year int, number int64) []byte {
	b = append(append(b, s.prefix...), '-')
	b = strconv.AppendInt(b, int64(year), 10)
	return appendPadded(append(b, '-'), number)
}

// appendPadded writes a number with at least seven digits.
func appendPadded(b []byte, n int64) []byte {
	for limit := int64(1_000_000); limit > 1 && n < limit; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, n, 10)
}

func appendText(b []byte, s string) []byte { return append(append(b, s...), ',') }

func appendIf(b []byte, s string, there bool) []byte {
	if there {
		b = append(b, s...)
	}
	return append(b, ',')
}

func appendNumber(b []byte, n int64) []byte { return append(strconv.AppendInt(b, n, 10), ',') }

// appendTime writes a local time, as spreadsheets of the field do.
func appendTime(b []byte, unix int64) []byte {
	return append(time.Unix(unix, 0).In(zone).AppendFormat(b, time.DateTime), ',')
}

func (o *output) err() error { return o.first }
