package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/tiles"
)

// TestCityFilesAreCountedExactly loads two real cities through the command
// line and finds every row again, in the report and on the map.
func TestCityFilesAreCountedExactly(t *testing.T) {
	cases := []struct {
		profile, file, zone, window string
		rows                        int
		zoom                        int // deepest that is read
	}{
		{"stuttgart", "data/stuttgart-2021-2025.csv.gz", "Europe/Berlin", "from=2020-01-01&to=2026-12-31", 115_686, 12},
		{"chicago", "data/chicago-2016-2017.csv.gz", "America/Chicago", "from=2015-01-01&to=2018-12-31", 321_877, 11},
	}
	for _, c := range cases {
		t.Run(c.profile, func(t *testing.T) {
			file := shared(t, c.file)
			needEngine(t)
			dir := t.TempDir()
			first := mustReli(t, "ingest", "--data", dir, "--time-zone", c.zone, "--profile", c.profile, file)
			var rows, accepted, updated, duplicates, quarantined int
			scan := func(out string) {
				_, name, _ := cutLine(out)
				_, err := fmt.Sscanf(name, "%d rows: %d accepted, %d updated, %d duplicates, %d quarantined",
					&rows, &accepted, &updated, &duplicates, &quarantined)
				require.NoError(t, err, out)
			}
			scan(first)
			require.Equal(t, c.rows, rows)
			require.Equal(t, c.rows, accepted+quarantined)
			require.Zero(t, updated+duplicates)
			taken := accepted

			scan(mustReli(t, "ingest", "--data", dir, "--time-zone", c.zone, "--profile", c.profile, file))
			require.Zero(t, accepted+updated)
			require.Equal(t, c.rows, duplicates+quarantined)

			s := serve(t, dir, "--time-zone", c.zone)
			var fresh struct{ Incidents, Located int }
			s.json(t, "/v1/freshness", &fresh)
			require.Equal(t, taken, fresh.Incidents)
			for zoom, counts := range walkTiles(t, s, tiles.LayerHex, c.zoom, c.window) {
				require.Equal(t, fresh.Located, sum(counts), "zoom %d", zoom)
			}
		})
	}
}

// cutLine gives the file name and the rest of a report line.
func cutLine(out string) (name, rest string, ok bool) {
	for i := range out {
		if out[i] == ':' && i+1 < len(out) && out[i+1] == ' ' {
			return out[:i], out[i+2:], true
		}
	}
	return "", "", false
}
