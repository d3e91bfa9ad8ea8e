package ingest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/paulmach/orb"
	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/schemas"
)

// squareCounty is a county of n × n square grids, each a village and township
// of its own row, on the fictional prefix 99.
func squareCounty(n int) []area.Area {
	const west, south, step = 131.0, 46.0, 0.01
	box := func(x, y, w, h int) orb.MultiPolygon {
		l, b, r, t := west+step*float64(x), south+step*float64(y), west+step*float64(x+w), south+step*float64(y+h)
		return orb.MultiPolygon{{{{l, b}, {r, b}, {r, t}, {l, t}, {l, b}}}}
	}
	areas := []area.Area{{Code: "990101000000", Name: "方县", Level: area.County, Geometry: box(0, 0, n, n)}}
	for y := range n {
		township := fmt.Sprintf("990101%03d000", y+1)
		village := fmt.Sprintf("990101%03d001", y+1)
		areas = append(areas,
			area.Area{Code: township, Parent: "990101000000", Name: township, Level: area.Township, Geometry: box(0, y, n, 1)},
			area.Area{Code: village, Parent: township, Name: village, Level: area.Village, Geometry: box(0, y, n, 1)})
		for x := range n {
			grid := fmt.Sprintf("%s%03d", village, x+1)
			areas = append(areas, area.Area{Code: grid, Parent: village, Name: grid, Level: area.Grid, Geometry: box(x, y, 1, 1)})
		}
	}
	return areas
}

// wideCSV makes a file with every column of the generic format.
func wideCSV(rows int) []byte {
	var b bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 2))
	b.WriteString("source,source_id,occurred_at,reported_at,due_at,closed_at,lng,lat,crs,grid,village,township,category,scale,people,urgency,channel,first_unit,handling_unit,resolver_level,state,matter_id,updated_at\n")
	for i := range rows {
		d := 1 + i%28
		fmt.Fprintf(&b, "grid,g-%08d,2025-%02d-%02dT08:%02d:00,2025-%02d-%02dT09:00:00,2025-12-31,,%.6f,%.6f,CGCS2000,,,,邻里,1,%d,1,patrol,第%d网格,司法所,village,assigned,,2025-12-31T00:00:00\n",
			i, 1+i%12, d, i%60, 1+i%12, d, 131+rng.Float64(), 46+rng.Float64(), 2+i%5, i%900)
	}
	return b.Bytes()
}

// BenchmarkRun is the pipeline from bytes to batches, all but the store.
func BenchmarkRun(b *testing.B) {
	const rows = 200_000
	for _, c := range []struct {
		name  string
		areas []area.Area
	}{{"cells", nil}, {"cells and 10000 grids", squareCounty(100)}} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d workers", c.name, workers), func(b *testing.B) {
				file := wideCSV(rows)
				profile := builtin(b, "generic")
				store := newMemory()
				store.discarding = true
				in, err := New(Options{Store: store, Areas: c.areas, Clock: ticking(), Random: &noise{}, TimeZone: shanghai, Resolution: 10, Workers: workers})
				require.NoError(b, err)
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				before := cpuSeconds(b)
				for b.Loop() {
					rep, err := in.Run(context.Background(), Input{Name: "a.csv", Reader: bytes.NewReader(file), Profile: profile})
					require.NoError(b, err)
					require.Equal(b, int64(rows), rep.Accepted)
				}
				b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(rows*float64(b.N)/(cpuSeconds(b)-before), "rows/cpu-s")
			})
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	file := wideCSV(50_000)
	bind := builtin(b, "generic").bind
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		d, err := newCSV(bytes.NewReader(file), bind, ',')
		require.NoError(b, err)
		rec := Record{Values: make([][]byte, bind.width)}
		for d.Next(&rec) == nil {
		}
	}
}

func BenchmarkShape(b *testing.B) {
	file := wideCSV(chunkRows)
	p := builtin(b, "generic")
	d, err := newCSV(bytes.NewReader(file), p.bind, ',')
	require.NoError(b, err)
	rec := Record{Values: make([][]byte, p.bind.width)}
	c := newChunk[any]()
	for d.Next(&rec) == nil {
		c.add(&rec, nil, incidentFieldNames[:])
	}
	places, err := newPlaces(nil, 10)
	require.NoError(b, err)
	s := &incidentShaper{profile: p, calendar: newCalendar(p, shanghai, noon, defaultMinYear, false), places: places, local: shanghai, arrived: noon}
	r := newRow(p, nil)
	text := string(c.arena)
	before := cpuSeconds(b)
	for b.Loop() {
		start := int32(0)
		for i := range c.records {
			for f := range p.bind.width {
				end := c.spans[i*p.bind.width+f]
				r.values[f], start = text[start:end], end
			}
			r.faults = nil
			var out shaped[schemas.Incident]
			s.shape(r, &out)
		}
	}
	b.ReportMetric(float64(len(c.records)*b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(len(c.records)*b.N)/(cpuSeconds(b)-before), "rows/cpu-s")
}

// cpuSeconds is the processor time of this process: what a row costs, also on
// a machine that is busy with other things.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
