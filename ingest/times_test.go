package ingest

import (
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
		got, ok := l.parse(s, shanghai)
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
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		l, err := compileLayout(layout)
		if err != nil || l.fixed == nil {
			t.Fatal("not read directly")
		}
		s := []byte(time.Unix(rapid.Int64Range(-2e9, 5e9).Draw(t, "time"), 0).UTC().Format(layout))
		if rapid.Bool().Draw(t, "spoil") {
			s[rapid.IntRange(0, len(s)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("0123459 -")).Draw(t, "with")
		}
		want, err := time.ParseInLocation(layout, string(s), shanghai)
		got, ok := l.parse(string(s), shanghai)
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Fatalf("%q: %v %v, want %v %v", s, got, ok, want, err)
		}
	})
}
