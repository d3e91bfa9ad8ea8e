package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"reli/geo"
	"reli/geo/area"
	"reli/ingest"
)

const (
	// locatePoints of the county's own incidents, in the order of the file, are
	// located again and again.
	locatePoints = 200_000
	locateRounds = 20
	// minLocated points a second on one core are the bar.
	minLocated = 2e6
)

// locate measures point in polygon alone, by one goroutine, in processor time.
func (b *bench) locate(ctx context.Context) error {
	files, err := b.files(ctx, b.opt.incidents)
	if err != nil {
		return err
	}
	index, err := gridIndex(filepath.Join(files, "areas.geojson"))
	if err != nil {
		return err
	}
	points, err := pointsOf(filepath.Join(files, "incidents-grid.csv"))
	if err != nil {
		return err
	}
	var rates []float64
	found := 0
	for range b.opt.rounds {
		runtime.GC() // of what reading left; none runs beside what is measured
		w, err := measured(func() error {
			for range locateRounds {
				for _, p := range points {
					if _, ok := index.Locate(p); ok {
						found++
					}
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		rates = append(rates, float64(locateRounds*len(points))/w.processor.Seconds())
	}
	if found == 0 {
		return fmt.Errorf("none of %d points is in a grid", len(points))
	}
	b.compare(row{What: fmt.Sprintf("points located in %d polygons, one core", index.Len()), Unit: "points/s", Bar: bar{valueAtLeast, minLocated},
		Note: fmt.Sprintf("%d of %d points are in one", found/(b.opt.rounds*locateRounds), len(points))}, rates, nil)
	return nil
}

func gridIndex(path string) (*area.Index, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := ingest.ReadAreas(f)
	if err != nil {
		return nil, err
	}
	shapes, err := ingest.MapAreas(rows)
	if err != nil {
		return nil, err
	}
	var grids []area.Area
	for _, a := range shapes {
		if a.Level == area.Grid {
			grids = append(grids, a)
		}
	}
	return area.NewIndex(grids), nil
}

// pointsOf reads the coordinates of a file of demo, in CGCS2000.
func pointsOf(path string) ([]geo.LngLat, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return nil, err
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[name] = i
	}
	var points []geo.LngLat
	for len(points) < locatePoints {
		values, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		lng, err1 := strconv.ParseFloat(values[columns["lng"]], 64)
		lat, err2 := strconv.ParseFloat(values[columns["lat"]], 64)
		if err1 == nil && err2 == nil {
			points = append(points, geo.LngLat{Lng: lng, Lat: lat})
		}
	}
	return points, nil
}
