package scan_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot/scan"
)

// quick is a scan whose p-value can fall to 1/200 and which stops early.
func quick(seed uint64) scan.Options {
	return scan.Options{Seed: seed, Replications: 199, StopAfter: 12}
}

func TestNullMapsRaiseAlarmsNoMoreOftenThanPromised(t *testing.T) {
	const maps = 200
	scans := map[string]func(seed uint64) (*scan.Result, error){
		"spatial": func(seed uint64) (*scan.Result, error) {
			points, cases, population := county(seed, 80, 1, 400)
			return scan.Spatial(t.Context(), points, cases, population, quick(seed))
		},
		"prospective permutation": func(seed uint64) (*scan.Result, error) {
			points, cases, _ := county(seed, 60, 12, 400)
			return scan.Permutation(t.Context(), points, 12, cases, quick(seed))
		},
		"space-time": func(seed uint64) (*scan.Result, error) {
			points, cases, population := county(seed, 30, 10, 300)
			return scan.SpaceTime(t.Context(), points, 10, cases, population, quick(seed))
		},
	}
	for name, run := range scans {
		t.Run(name, func(t *testing.T) {
			alarms := 0
			for seed := range uint64(maps) {
				r, err := run(seed)
				require.NoError(t, err)
				if len(r.Alarms(scan.DefaultAlarm)) > 0 {
					alarms++
				}
			}
			t.Logf("%d of %d null maps raise an alarm", alarms, maps)
			require.LessOrEqual(t, alarms, maps/20)
			require.Positive(t, alarms, "a test that never alarms is not tested")
		})
	}
}

func TestPlantedThreefoldClusterIsFound(t *testing.T) {
	for seed := range uint64(10) {
		points, cases, population := county(seed, 150, 26, 1500)
		// All places within 8 km of the first see three times as many in the last four weeks.
		planted := map[int]bool{}
		for i, p := range points {
			if math.Hypot(p.X-points[0].X, p.Y-points[0].Y) > 8 {
				continue
			}
			planted[i] = true
			for step := 22; step < 26; step++ {
				cases[i*26+step] += 2 * int(math.Round(1500*population[i]/(150*600)/26+0.5))
			}
		}
		r, err := scan.Permutation(t.Context(), points, 26, cases, scan.Options{Seed: seed, Replications: 199})
		require.NoError(t, err)
		alarms := r.Alarms(scan.DefaultAlarm)
		require.NotEmpty(t, alarms, "seed %d", seed)
		inside := 0
		for _, l := range alarms[0].Locations {
			if planted[l] {
				inside++
			}
		}
		require.GreaterOrEqual(t, 2*inside, len(planted), "seed %d: half of the planted places", seed)
		require.GreaterOrEqual(t, alarms[0].From, 20, "seed %d", seed)
	}
}
