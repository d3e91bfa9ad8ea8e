package engine_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lines gives n rows of CSV.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,\"row %d\"\n", i, i)
	}
	return b.String()
}

func TestInsertTakesDataInEveryPlace(t *testing.T) {
	c := sharedClient(t)
	for name, send := range map[string]func() answer{
		"body": func() answer {
			return c.insert("INSERT INTO places FORMAT CSV", strings.NewReader("1,\"a\"\n2,\"b\"\n"))
		},
		"statement and data in the body": func() answer {
			return c.query("INSERT INTO places (a, s) FORMAT CSV\n1,\"a\"\n2,\"b\"\n")
		},
		"statement ends with a line end": func() answer {
			return c.insert("INSERT INTO places FORMAT CSV\n", strings.NewReader("1,\"a\"\n2,\"b\"\n"))
		},
		"values": func() answer {
			return c.query("INSERT INTO places VALUES (1, 'a'), (2, lower('B'))")
		},
		"values in the body": func() answer {
			return c.insert("INSERT INTO places VALUES", strings.NewReader("(1, 'a'), (2, 'b')"))
		},
		"select": func() answer {
			return c.query("INSERT INTO places SELECT number + 1, ['a', 'b'][number + 1] FROM numbers(2)")
		},
		"settings": func() answer {
			return c.insert("INSERT INTO places (s, a) SETTINGS input_format_csv_skip_first_lines = 1 FORMAT CSV",
				strings.NewReader("s,a\na,1\nb,2\n"))
		},
		"part in the URL": func() answer {
			return c.insert("INSERT INTO places FORMAT CSV 1,a\n", strings.NewReader("2,b\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.table("places", "a UInt32, s String", "a")
			got := send()
			require.Equal(t, http.StatusOK, got.status, got.body)
			require.Equal(t, "0", got.header.Get("Content-Length"))
			require.Equal(t, "1\ta\n2\tb\n", c.rows("SELECT * FROM places ORDER BY a"))
			require.Contains(t, got.header.Get("X-ClickHouse-Summary"), `"written_rows":"2"`)
		})
	}
}

func TestInsertKeepsEveryByte(t *testing.T) {
	c := sharedClient(t)
	c.table("bytes", "s String", "tuple()")
	var row, want bytes.Buffer
	for i := range 256 {
		row.Write([]byte{3, byte(i), '\n', 0})
		fmt.Fprintf(&want, "%02X0A00", i)
	}
	got := c.insert("INSERT INTO bytes FORMAT RowBinary", bytes.NewReader(row.Bytes()))
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, want.String()+"\n", c.rows("SELECT arrayStringConcat(groupArray(hex(s))) FROM (SELECT s FROM bytes ORDER BY s)"))
}

func TestInsertTakesCompressedData(t *testing.T) {
	c := sharedClient(t)
	c.table("zipped", "a UInt32, s String", "a")
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	_, err := io.WriteString(zip, lines(1000))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	whole := body.Bytes()
	header := http.Header{"Content-Encoding": {"gzip"}}
	got := c.do(http.MethodPost, bytes.NewReader(whole[:len(whole)-20]), header, "query", "INSERT INTO zipped FORMAT CSV")
	require.Equal(t, http.StatusBadRequest, got.status, "a cut gzip body is refused")
	require.Equal(t, "0\n", c.rows("SELECT count() FROM zipped"))
	got = c.do(http.MethodPost, bytes.NewReader(whole), header, "query", "INSERT INTO zipped FORMAT CSV")
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, "1000\n", c.rows("SELECT count() FROM zipped"))
}

func TestFailedInsertLeavesNothing(t *testing.T) {
	c := sharedClient(t)
	c.table("strict", "a UInt32, s String", "a")
	native := c.rows("SELECT toUInt32(number) AS a, toString(number) AS s FROM numbers(200000) FORMAT Native")
	for name, each := range map[string]struct{ format, data string }{
		"a bad row among the last":  {"CSV", lines(300_000) + "x,\"bad\"\n" + lines(100)},
		"half a block":              {"Native", native[:len(native)-1000]},
		"garbage after good blocks": {"Native", native + "garbage"},
		"not Parquet":               {"Parquet", "PAR1 is all that is right"},
	} {
		got := c.insert("INSERT INTO strict FORMAT "+each.format, strings.NewReader(each.data))
		require.NotEqual(t, http.StatusOK, got.status, name)
		require.NotEmpty(t, got.header.Get("X-ClickHouse-Exception-Code"), name)
		require.Equal(t, "0\n", c.rows("SELECT count() FROM strict"), name)
	}
	got := c.insert("INSERT INTO missing FORMAT CSV", strings.NewReader(lines(1000)))
	require.Equal(t, "60", got.header.Get("X-ClickHouse-Exception-Code"), got.body)
	got = c.query("INSERT INTO strict SELECT number, toString(throwIf(number = 250000)) FROM numbers(300000)")
	require.NotEqual(t, http.StatusOK, got.status)
}

func TestInsertIsOneBlockUpToItsBound(t *testing.T) {
	c := sharedClient(t)
	c.table("oneblock", "a UInt32, s String", "a")
	const rows = 3_000_000 // beyond the engine's usual block of about a million
	got := c.insert("INSERT INTO oneblock FORMAT CSV", strings.NewReader(lines(rows)))
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, fmt.Sprintf("%d\t1\n", rows),
		c.rows("SELECT sum(rows), count() FROM system.parts WHERE table = 'oneblock' AND active"))
}

func TestClientThatGoesAwayInMidBodyLeavesNothing(t *testing.T) {
	c := sharedClient(t)
	c.table("halfway", "a UInt32, s String", "a")
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://engine/?query="+url.QueryEscape("INSERT INTO halfway FORMAT CSV"), reader)
	require.NoError(t, err)
	gone := make(chan error, 1)
	go func() {
		response, err := c.http.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		gone <- err
	}()
	_, err = io.WriteString(writer, lines(1_500_000))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return c.rows("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO halfway%'") == "1\n"
	}, 5*time.Second, 10*time.Millisecond)
	_ = writer.CloseWithError(errors.New("gone")) // breaks the connection off
	require.Error(t, <-gone)
	require.Eventually(t, func() bool {
		return c.rows("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO halfway%'") == "0\n"
	}, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, "0\n", c.rows("SELECT count() FROM halfway"))
}

func TestInsertTokenMakesRepeatsHarmless(t *testing.T) {
	c := sharedClient(t)
	c.rows("DROP TABLE IF EXISTS tokens")
	c.rows("CREATE TABLE tokens (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100")
	for range 3 {
		got := c.insert("INSERT INTO tokens FORMAT CSV", strings.NewReader("1\n2\n"), "insert_deduplication_token", "batch-1")
		require.Equal(t, http.StatusOK, got.status, got.body)
	}
	require.Equal(t, "2\n", c.rows("SELECT count() FROM tokens"))
}
