package backtest

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot/scan"
	"reli/analytics/warning"
)

func places(n int) []scan.Point {
	points := make([]scan.Point, n)
	for i := range points {
		points[i] = scan.Point{X: float64(i % 8), Y: float64(i / 8)}
	}
	return points
}

// TestDetectionIsMeasuredForEveryMethod runs on 40 places over four years.
func TestDetectionIsMeasuredForEveryMethod(t *testing.T) {
	p := syntheticPanel(t, 210, 40, nil)
	o := Detection{Points: places(40), Trials: 25, Seed: 5}
	d, err := Detect(context.Background(), p, o)
	require.NoError(t, err)
	require.Empty(t, d.Scan)
	require.Equal(t, 52, d.Weeks)
	require.Len(t, d.Rates, 2)
	for _, rate := range d.Rates {
		names := map[string]bool{}
		for _, m := range rate.Methods {
			names[m.Method] = true
			require.Len(t, m.Detections, 12, m.Method)
			require.LessOrEqual(t, m.FalseAlarms, rate.FalseAlarms)
		}
		require.Len(t, names, 6)
		require.True(t, names[MethodScan] && names[warning.MethodC3] && names[warning.MethodCUSUM])
	}
	again, err := Detect(context.Background(), p, o)
	require.NoError(t, err)
	require.Equal(t, d, again)
	r, err := Run(context.Background(), p, Options{Seed: 5, Holdout: 8})
	require.NoError(t, err)
	require.NotContains(t, r.Markdown(), "injected outbreaks")
	r.Detection = d
	text := r.Markdown()
	t.Log(text[strings.Index(text, "## Detection"):])
	require.Contains(t, text, "| +5, 4 weeks |")
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"false_alarms_aimed_at":0.1`)
}

func TestWithoutPlacesTheScanIsLeftOutAndSaysSo(t *testing.T) {
	d, err := Detect(context.Background(), syntheticPanel(t, 80, 6, nil), Detection{Trials: 3})
	require.NoError(t, err)
	require.Equal(t, "no_places", d.Scan)
	var b strings.Builder
	d.markdown(&b)
	require.Contains(t, b.String(), "left out: no places")
	require.Contains(t, b.String(), "no answer")
	require.Equal(t, warning.StateNoAnswer, d.Rates[0].Methods[0].State, "80 weeks are too few for Farrington")
	_, err = Detect(context.Background(), syntheticPanel(t, 11, 6, nil), Detection{})
	var short *ShortError
	require.ErrorAs(t, err, &short)
}

// TestDetectionOnStuttgart prints the table of docs/statistics.md.
func TestDetectionOnStuttgart(t *testing.T) {
	if os.Getenv("RELI_SOAK") == "" {
		t.Skip("a minute of two cores: part of make soak")
	}
	const metres = 1500
	spots := readSpots(t, "stuttgart-2021-2025.csv.gz", 1, 1)
	p := gridPanel(t, spots, metres)
	first := spots[0].day
	for _, s := range spots {
		first = min(first, s.day)
	}
	for (first+3)%7 != 0 {
		first++
	}
	narrow := math.Cos(spots[0].lat * math.Pi / 180)
	seen := map[scan.Point]bool{}
	var points []scan.Point // in the order in which gridPanel numbers its cells
	for _, s := range spots {
		at := scan.Point{X: math.Floor(s.lon * 111320 * narrow / metres), Y: math.Floor(s.lat * 110574 / metres)}
		if week := int(s.day-first) / 7; s.day >= first && week < p.Weeks() && !seen[at] {
			seen[at] = true
			points = append(points, at)
		}
	}
	require.Len(t, points, p.Series())
	d, err := Detect(t.Context(), p, Detection{Points: points, Seed: 1})
	require.NoError(t, err)
	var b strings.Builder
	d.markdown(&b)
	t.Log(b.String())
	for _, rate := range d.Rates {
		for _, m := range rate.Methods {
			require.Equal(t, warning.StateOK, m.State, m.Method)
		}
	}
	for _, m := range d.Rates[1].Methods {
		require.Greater(t, m.Detections[11].Probability, m.Detections[0].Probability, "%s: 20 events in 4 weeks against a doubled week", m.Method)
	}
}
