package ingest

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func decodeNDJSON(t testing.TB, r io.Reader, width int) decoded {
	t.Helper()
	d, err := newNDJSON(r, letters(width))
	require.NoError(t, err)
	return drain(d, width)
}

func TestNDJSON(t *testing.T) {
	f := func(name, input string, rows [][]string, faults ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			got := decodeNDJSON(t, strings.NewReader(input), 2)
			require.Equal(t, io.EOF, got.end)
			require.Equal(t, rows, got.rows)
			require.Equal(t, faults, got.faults)
			require.Equal(t, got, decodeNDJSON(t, iotest.OneByteReader(strings.NewReader(input)), 2))
		})
	}
	f("plain", "{\"a\":\"1\",\"b\":2}\n{\"b\":-1.5e3,\"a\":true}\n", [][]string{{"1", "2"}, {"true", "-1.5e3"}})
	f("mark, blank lines, no last line end", "\ufeff\n \r\n{\"a\":\"x\"}\r\n\n{}", [][]string{{"x", ""}, {"", ""}})
	f("null is no value", `{"a":null,"b":"2"}`, [][]string{{"", "2"}})
	f("last of two", `{"a":"1","a":"2"}`, [][]string{{"2", ""}})
	f("folded key", `{" A ":"1","B":"2"}`, [][]string{{"1", "2"}})
	f("escapes", `{"a":"\"\\\/\b\f\n\r\tA\u77db\ud83d\ude00","b":"\ud83dx"}`, [][]string{{"\"\\/\b\f\n\r\tA矛😀", "\ufffdx"}})
	f("escaped key", `{"\u0061":"1"}`, [][]string{{"1", ""}})
	f("nested values that nobody wants", `{"x":{"y":[1,{"z":null}]},"a":"1"}`, [][]string{{"1", ""}})
	f("nested value that is wanted", "{\"a\":[1]}\n{\"a\":\"1\"}", [][]string{nil, {"1", ""}}, FaultNotScalar)
	for _, bad := range []string{"[1]", "1", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":01}`, `{"a":1.}`, `{"a":+1}`, `{"a":"x}`, `{"a":"\x"}`,
		`{"a":"` + "\t" + `"}`, `{"a":tru}`, `{"a":1}{"b":2}`, `{'a':1}`, `{"a":1} x`, `{"a":"\u12"}`, strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)} {
		f("bad "+bad[:min(len(bad), 12)], bad+"\n{\"a\":\"1\"}\n", [][]string{nil, {"1", ""}}, FaultBadJSON)
	}
	f("too long", `{"a":"`+strings.Repeat("x", 2*MaxRecordBytes)+"\"}\n{\"a\":\"1\"}\n", [][]string{nil, {"1", ""}}, FaultRowTooLong)
}

func TestNDJSONRemembersFewKeys(t *testing.T) {
	d, err := newNDJSON(strings.NewReader(""), letters(1))
	require.NoError(t, err)
	for i := range 3 * maxRememberedKeys {
		d.lookup([]byte(strings.Repeat("k", 1+i%7) + string(rune(i+1000))))
	}
	require.LessOrEqual(t, len(d.keys), maxRememberedKeys)
}

// FuzzNDJSON: a line is an object for the decoder exactly when it is one for
// encoding/json, and its values are the same.
func FuzzNDJSON(f *testing.F) {
	for _, s := range []string{`{"a":"1","b":2}`, `{"a":"\u77db\ud83d\ude00\n"}`, `{"a":{"b":[1,2,{}]},"b":-0.5E+7}`, `{"a":null,"a":true}`, `{"a":`, "\xff{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all := decodeNDJSON(t, bytes.NewReader(data), 2)
		require.Equal(t, all, decodeNDJSON(t, iotest.OneByteReader(bytes.NewReader(data)), 2))
		if bytes.ContainsAny(data, "\n") || bytes.HasPrefix(data, []byte("\ufeff")) || !utf8.Valid(data) || bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) > maxDepth {
			return
		}
		var want map[string]json.RawMessage
		err := json.Unmarshal(data, &want)
		if len(trimBlank(data)) == 0 || err == nil && want == nil { // nothing, or null
			return
		}
		require.Len(t, all.rows, 1)
		if err != nil {
			require.Equal(t, []string{FaultBadJSON}, all.faults)
			return
		}
		compareWithMap(t, want, all)
	})
}

func compareWithMap(t *testing.T, want map[string]json.RawMessage, all decoded) {
	for key := range want {
		if folded := foldName(key); folded != key && (folded == "a" || folded == "b") {
			return // two keys may mean one field
		}
	}
	for i, key := range []string{"a", "b"} {
		raw := string(want[key])
		switch {
		case raw == "" || raw == "null" || strings.HasPrefix(raw, "{") || strings.HasPrefix(raw, "["):
			continue // null does not undo an earlier value
		case all.rows[0] == nil:
			continue // the other is nested, or an earlier one was
		case raw[0] == '"':
			require.NoError(t, json.Unmarshal(want[key], &raw))
		}
		require.Equal(t, raw, all.rows[0][i])
	}
}
