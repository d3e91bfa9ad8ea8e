package ingest

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLayouts(t *testing.T) {
	f := func(layout, s, want string) {
		t.Helper()
		l, err := compileLayout(layout)
		require.NoError(t, err)
		got, ok := l.parse(s, shanghai, &dayCache{})
		if want == "" {
			require.False(t, ok, "%q", s)
			return
		}
		require.True(t, ok, "%q", s)
		require.Equal(t, want, got.UTC().Format(time.RFC3339))
	}
	f("2006-01-02", "2024-02-29", "2024-02-28T16:00:00Z")
	f("2006-01-02", "2023-02-29", "")
	f("2006-01-02", "1900-02-29", "")
	f("2006-01-02", "2000-02-29", "2000-02-28T16:00:00Z")
	f("2006-01-02", "2024-04-31", "")
	f("2006-01-02", "2024-00-10", "")
	f("2006-01-02", "2024-13-10", "")
	f("2006-01-02", "2024-1-10", "")
	f("2006-01-02", "2024-01-10 ", "")
	f("2006-01-02", "2024/01/10", "")
	f("2006-01-02", "２０２４-01-10", "")
	f("2006-01-02T15:04:05", "2024-01-10T23:59:59", "2024-01-10T15:59:59Z")
	f("2006-01-02T15:04:05", "2024-01-10T24:00:00", "")
	f("2006-01-02 15:04", "2024-01-10 7:30", "2024-01-09T23:30:00Z")
	f("2006-01-02 15:04", "2024-01-10 :300", "")
	f("2006-01-02T15:04:05", "2024-01-10T23:60:00", "")
	f("2006-01-02T15:04:05", "2024-01-10T23:59:60", "")
	f("20060102", "20240110", "2024-01-09T16:00:00Z")
	f("2006年1月2日", "2024年3月5日", "2024-03-04T16:00:00Z")
	f("2006-01-02T15:04:05Z07:00", "2024-01-10T08:00:00+09:00", "2024-01-09T23:00:00Z")
	for _, bad := range []string{"", "15:04", "2006-01", "01-02", "2006-1-1"} {
		_, err := compileLayout(bad)
		require.Error(t, err, "%q", bad)
	}
}

// Layouts of fixed width are read as package time reads them.
func TestFixedLayoutsReadAsPackageTime(t *testing.T) {
	layouts := []string{"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04", "20060102150405", "02.01.2006 15:04"}
	var zones []*time.Location
	for _, name := range []string{"Asia/Shanghai", "Europe/Berlin", "America/Chicago", "America/Sao_Paulo", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		zones = append(zones, zone)
	}
	var days dayCache // shared: what it remembers must not matter
	rapid.Check(t, func(t *rapid.T) {
		layout, zone := rapid.SampledFrom(layouts).Draw(t, "layout"), rapid.SampledFrom(zones).Draw(t, "zone")
		l, err := compileLayout(layout)
		if err != nil || l.fixed == nil {
			t.Fatal("not read directly")
		}
		// Days and hours at which clocks change come often.
		at := time.Date(rapid.IntRange(1900, 2100).Draw(t, "year"), time.Month(rapid.SampledFrom([]int{3, 10, 11, 12}).Draw(t, "month")),
			rapid.IntRange(1, 31).Draw(t, "day"), rapid.IntRange(0, 4).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC)
		s := []byte(at.Format(layout))
		if rapid.Bool().Draw(t, "short hour") {
			s = bytes.Replace(s, []byte(" 0"), []byte(" "), 1)
		}
		if rapid.Bool().Draw(t, "spoil") {
			s[rapid.IntRange(0, len(s)-1).Draw(t, "place")] = rapid.SampledFrom([]byte("0123459-x")).Draw(t, "with")
		}
		want, err := time.ParseInLocation(layout, string(s), zone)
		got, ok := l.parse(string(s), zone, &days)
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Fatalf("%q: %v %v, want %v %v", s, got, ok, want, err)
		}
	})
}
