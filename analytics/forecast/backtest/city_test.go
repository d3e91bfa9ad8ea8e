package backtest

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/forecast"
	"reli/analytics/forecast/score"
	"reli/geo"
	"reli/geo/hex"
)

const shared = "../../../../shared/data/"

type spot struct {
	day      int64
	lat, lon float64
}

// readSpots reads a city's incidents; every keep-th of `of` by row number.
func readSpots(t testing.TB, name string, keep, of int) []spot {
	t.Helper()
	file, err := os.Open(shared + name)
	if err != nil {
		t.Skip("real incidents (../shared/data) are absent")
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	r := csv.NewReader(unzipped)
	r.ReuseRecord = true
	_, err = r.Read()
	require.NoError(t, err)
	var spots []spot
	for i := 0; ; i++ {
		row, err := r.Read()
		if err != nil {
			return spots
		}
		if i*7919%of >= keep {
			continue
		}
		day, err := time.Parse(time.DateOnly, row[1][:10])
		require.NoError(t, err)
		lat, _ := strconv.ParseFloat(row[2], 64)
		lon, _ := strconv.ParseFloat(row[3], 64)
		spots = append(spots, spot{day.Unix() / 86400, lat, lon})
	}
}

// gridPanel counts spots in square cells and whole weeks from Monday.
func gridPanel(t testing.TB, spots []spot, metres float64) *forecast.Panel {
	t.Helper()
	type cell struct{ x, y int }
	narrow := math.Cos(spots[0].lat * math.Pi / 180)
	return panelOf(t, spots, func(s spot) cell {
		return cell{int(math.Floor(s.lon * 111320 * narrow / metres)), int(math.Floor(s.lat * 110574 / metres))}
	}, func(c cell) (near []cell) {
		for dx := -1; dx <= 1; dx++ {
			for dy := -1; dy <= 1; dy++ {
				near = append(near, cell{c.x + dx, c.y + dy})
			}
		}
		return near
	})
}

// hexPanel counts spots in H3 cells.
func hexPanel(t testing.TB, spots []spot, resolution int) *forecast.Panel {
	t.Helper()
	return panelOf(t, spots, func(s spot) hex.Cell {
		c, err := hex.FromLngLat(geo.LngLat{Lng: s.lon, Lat: s.lat}, resolution)
		require.NoError(t, err)
		return c
	}, func(c hex.Cell) []hex.Cell { return c.Disk(1) })
}

// panelOf counts spots in cells and whole weeks from Monday; near gives the
// cells around one, itself included.
func panelOf[C comparable](t testing.TB, spots []spot, at func(spot) C, near func(C) []C) *forecast.Panel {
	t.Helper()
	first, last := spots[0].day, spots[0].day
	for _, s := range spots {
		first, last = min(first, s.day), max(last, s.day)
	}
	for (first+3)%7 != 0 { // day 0 was a Thursday
		first++
	}
	spec := forecast.Spec{ByEvent: true, Weeks: int(last+1-first) / 7, FirstDay: time.Unix(first*86400, 0).UTC()}
	index := map[C]int{}
	var cells []C
	var observations []forecast.Observation
	for _, s := range spots {
		week := int(s.day-first) / 7
		if s.day < first || week >= spec.Weeks {
			continue
		}
		c := at(s)
		i, ok := index[c]
		if !ok {
			i = len(cells)
			index[c] = i
			cells = append(cells, c)
		}
		observations = append(observations, forecast.Observation{Series: i, Week: week, Count: 1})
	}
	spec.Groups = make([]int32, len(cells))
	for i, c := range cells {
		var around []int32
		for _, n := range near(c) {
			if j, ok := index[n]; ok && j != i {
				around = append(around, int32(j))
			}
		}
		spec.Neighbours = append(spec.Neighbours, around)
	}
	p, err := forecast.NewPanel(spec, observations)
	require.NoError(t, err)
	return p
}

func method(h HorizonReport, name string) MethodReport {
	for _, m := range h.Methods {
		if m.Method == name {
			return m
		}
	}
	return MethodReport{}
}

// TestModelOnRealCities holds the model to its promises on data it was not
// tuned to: no worse than the best baseline anywhere, better where there is
// something to gain, calibrated in every rate class.
func TestModelOnRealCities(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, c := range []struct {
		name     string
		file     string
		metres   float64 // of square cells; 0 for H3 cells of resolution 8
		keep, of int
		gain     float64 // least relative gain in the log score, one week ahead
		// behind is a miss that is known and stated in docs/statistics.md: so much
		// lies the hit rate at 5 % of the cells below the 52-week mean's.
		behind float64
	}{
		{"Stuttgart 500 m", "stuttgart-2021-2025.csv.gz", 500, 1, 1, .01, 0},
		{"Chicago 500 m", "chicago-2016-2017.csv.gz", 500, 1, 1, 0, 0},
		{"Stuttgart thinned to a county's density", "stuttgart-2021-2025.csv.gz", 640, 4, 10, 0, 0},
		{"Stuttgart H3 resolution 8", "stuttgart-2021-2025.csv.gz", 0, 1, 1, .01, 0},
		{"Chicago H3 resolution 8", "chicago-2016-2017.csv.gz", 0, 1, 1, 0, 1.5e-4},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			spots := readSpots(t, c.file, c.keep, c.of)
			p := (*forecast.Panel)(nil)
			if c.metres > 0 {
				p = gridPanel(t, spots, c.metres)
			} else {
				p = hexPanel(t, spots, 8)
			}
			r, err := Run(context.Background(), p, Options{Seed: 1})
			require.NoError(t, err)
			t.Logf("%s\n%s", time.Since(start).Round(time.Millisecond), r.Markdown())
			for _, h := range r.Horizons {
				requireNoWorse(t, h, c.gain)
			}
			for _, h := range []forecast.Horizon{forecast.Week1, forecast.FourWeeks} {
				require.GreaterOrEqual(t, method(r.Horizons[h], Model).Hits[2].Rate, method(r.Horizons[h], Mean52).Hits[2].Rate-c.behind, "%s: hit rate at 5 %%", h)
			}
			requireCalibrated(t, r.Horizons[forecast.Week1])
			requireCalibrated(t, r.Horizons[forecast.Week4])
			requireCalibrated(t, r.Horizons[forecast.FourWeeks])
		})
	}
}

func requireNoWorse(t *testing.T, h HorizonReport, gain float64) {
	t.Helper()
	model := method(h, Model)
	for _, name := range []string{LastWeek, Mean52, GammaPoisson} {
		base := method(h, name)
		require.LessOrEqual(t, model.LogScore, base.LogScore*(1-gain), "%s: log score against %s", h.Horizon, name)
		require.LessOrEqual(t, model.RPS, base.RPS*(1-gain), "%s: RPS against %s", h.Horizon, name)
	}
}

func requireCalibrated(t *testing.T, h HorizonReport) {
	t.Helper()
	for _, bin := range method(h, Model).Bins {
		if bin.Cases >= 500 {
			require.InDelta(t, .90, bin.Coverage, .02, "%s: rate %s", h.Horizon, bin.Rate)
		}
	}
}

func TestReportIsJSON(t *testing.T) {
	r, err := Run(context.Background(), syntheticPanel(t, 70, 40, nil), Options{Holdout: 10, Seed: 3})
	require.NoError(t, err)
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, r.Horizons, back.Horizons)
	require.Contains(t, r.Markdown(), "expected counts")
}

// TestPortlandChallenge repeats the NIJ forecasting challenge's arithmetic: 600
// ft cells, incidents of the past weighted with a half-life of 180 days.
func TestPortlandChallenge(t *testing.T) {
	for _, c := range []struct {
		name, file  string
		days, cells int
		all, hits   int
		pai, pei    float64
	}{
		{"auto theft, 1 month, 20 cells", "crimes_veh.csv", 31, 20, 273, 11, 23.0, .344},
		{"auto theft, 2 months, 20 cells", "crimes_veh.csv", 61, 20, 543, 21, 22.1, .438},
		{"auto theft, 2 months, 58 cells", "crimes_veh.csv", 61, 58, 543, 37, 13.4, .374},
		{"auto theft, 3 months, 20 cells", "crimes_veh.csv", 92, 20, 805, 30, 21.3, .517},
		{"burglary, 1 week, 58 cells", "crimes_bur.csv", 7, 58, 20, 3, 29.6, 3. / 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			risk, truth := portland(t, c.file, c.days)
			hits := score.NewRanking(risk).Hit(truth, c.cells)
			const feetOfMile, side, city = 5280, 600, 147.7
			pai, err := score.PAI(hits.Top, hits.All, float64(c.cells*side*side)/(feetOfMile*feetOfMile), city)
			require.NoError(t, err)
			t.Logf("n %.1f of %.0f, PAI %.2f, PEI %.3f", hits.Top, hits.All, pai, hits.PEI())
			require.EqualValues(t, c.all, hits.All)
			require.EqualValues(t, c.hits, hits.Top)
			require.InDelta(t, c.pai, pai, .06)
			require.InDelta(t, c.pei, hits.PEI(), .001)
		})
	}
}

// portland weighs the incidents before 2017-03-01 and counts those of the
// judged days after it, by cell.
func portland(t *testing.T, name string, days int) (risk []float64, truth []int) {
	t.Helper()
	file, err := os.Open(shared + "portland/" + name)
	if err != nil {
		t.Skip("real incidents (../shared/data) are absent")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	judged := time.Date(2017, 3, 1, 0, 0, 0, 0, time.UTC)
	index := map[[2]int]int{}
	for _, row := range rows[1:] {
		day, err := time.Parse(time.DateOnly, row[0])
		require.NoError(t, err)
		x, _ := strconv.Atoi(row[1])
		y, _ := strconv.Atoi(row[2])
		i, ok := index[[2]int{x / 600, y / 600}]
		if !ok {
			i = len(risk)
			index[[2]int{x / 600, y / 600}] = i
			risk, truth = append(risk, 0), append(truth, 0)
		}
		ahead := int(day.Sub(judged).Hours() / 24)
		switch {
		case ahead < 0:
			risk[i] += math.Exp2(float64(ahead) / 180)
		case ahead < days:
			truth[i]++
		}
	}
	return risk, truth
}
