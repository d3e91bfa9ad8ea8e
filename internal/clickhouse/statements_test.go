package clickhouse

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestSplitStatements(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                nil,
		"  \n\n;\n":                       nil,
		"-- only a comment;\n":            nil,
		"SELECT 1":                        {"SELECT 1"},
		"SELECT 1;":                       {"SELECT 1"},
		"SELECT 1;\nSELECT 2;\n":          {"SELECT 1", "SELECT 2"},
		"SELECT 1;  \t\nSELECT 2":         {"SELECT 1", "SELECT 2"},
		"SELECT ';' AS a,\n 2;\n":         {"SELECT ';' AS a,\n 2"},
		"SELECT 1,\n  -- two; \n 2;\n":    {"SELECT 1,\n 2"},
		"SELECT 1;\r\nSELECT 2;\r\n":      {"SELECT 1", "SELECT 2"},
		"SELECT 1\n;\n\nSELECT 2\n\n;":    {"SELECT 1\n", "SELECT 2\n\n"},
		"SELECT 'a--b'; -- tail\nFROM x;": {"SELECT 'a--b'; -- tail\nFROM x"},
	} {
		require.Equal(t, want, splitStatements(text), "%q", text)
	}
}

// A connection that breaks off at the end of a row must not pass for the end
// of the result.
func TestRecordsEndOnlyAtACleanEnd(t *testing.T) {
	broken := errors.New("broken off")
	for name, c := range map[string]struct {
		in    io.Reader
		whole int
		err   error
	}{
		"empty":                    {strings.NewReader(""), 0, nil},
		"two rows":                 {strings.NewReader("abcdefgh"), 2, nil},
		"byte by byte":             {iotest.OneByteReader(strings.NewReader("abcdefgh")), 2, nil},
		"in the middle of a row":   {strings.NewReader("abcdef"), 1, io.ErrUnexpectedEOF},
		"broken off after a row":   {io.MultiReader(strings.NewReader("abcd"), iotest.ErrReader(io.ErrUnexpectedEOF)), 1, io.ErrUnexpectedEOF},
		"broken off before any":    {iotest.ErrReader(io.ErrUnexpectedEOF), 0, io.ErrUnexpectedEOF},
		"failed after a row":       {io.MultiReader(strings.NewReader("abcd"), iotest.ErrReader(broken)), 1, broken},
		"failed with half a row":   {io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), 0, broken},
		"an end wrapped in a fail": {iotest.ErrReader(fmt.Errorf("proxy: %w", io.EOF)), 0, io.EOF},
	} {
		rows := 0
		err := eachRecord(c.in, 4, func(b []byte) error {
			rows++
			require.Len(t, b, 4)
			return nil
		})
		require.ErrorIs(t, err, c.err, name)
		require.Equal(t, c.whole, rows, name)
	}
}
