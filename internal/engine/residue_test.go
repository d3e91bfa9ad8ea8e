package engine_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var formats = []string{"TSV", "JSON", "JSONEachRow", "CSV", "Native", "Parquet", "ArrowStream", "RowBinary"}

func TestErrorsLeaveNoResidue(t *testing.T) {
	c := sharedClient(t)
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			want := c.rows("SELECT 42 AS x", "default_format", format)
			for _, sql := range []string{
				"SELECT throwIf(number = 0) FROM numbers(10)",
				"SELECT number, throwIf(number = 290000, 'mid-way') FROM numbers(300000)",
				"INSERT INTO FUNCTION null('x UInt64') SELECT throwIf(number = 290000) FROM numbers(300000)",
				"EXPLAIN SELECT * FROM missing",
			} {
				for range 3 {
					got := c.query(sql, "default_format", format)
					require.True(t, got.status != http.StatusOK || got.broken != nil, sql)
					require.Equal(t, answerOf(want), answerOf(c.rows("SELECT 42 AS x", "default_format", format)), sql)
				}
			}
		})
	}
}

// answerOf leaves out what JSON says about the time taken.
func answerOf(text string) string {
	before, _, _ := strings.Cut(text, `"statistics"`)
	return before
}

func TestErrorInMidResultIsFramedAndBreaksOff(t *testing.T) {
	c := sharedClient(t)
	for _, format := range formats {
		for _, pairs := range [][]string{
			{"default_format", format},
			{"default_format", format, "http_write_exception_in_output_format", "0"},
		} {
			got := c.query("SELECT number, throwIf(number = 290000, 'mid-way') FROM numbers(300000)", pairs...)
			require.Equal(t, http.StatusOK, got.status, format)
			require.Error(t, got.broken, "%s: a part must not pass for the whole", format)
			tag := got.header.Get("X-ClickHouse-Exception-Tag")
			require.Len(t, tag, 16)
			_, frame, ok := strings.Cut(got.body, "\r\n__exception__\r\n"+tag+"\r\nCode: 395. DB::Exception: ")
			require.True(t, ok, format)
			require.True(t, strings.HasSuffix(frame, " "+tag+"\r\n__exception__\r\n"), format)
			require.Contains(t, frame, "mid-way")
		}
	}
}
