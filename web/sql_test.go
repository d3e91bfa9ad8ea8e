package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/test/county"
)

func (s *site) postJSON(t testing.TB, path, body string, header ...string) answer {
	t.Helper()
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return s.do(t, http.MethodPost, path, h, strings.NewReader(body))
}

func TestSQLAnswersInTheFormatOfAccept(t *testing.T) {
	s := newSite(t, county.Shared(t))
	ask := `{"sql":"SELECT sum(incidents) AS n FROM v_daily WHERE day >= {from:Date}","parameters":{"from":"1970-01-02"}}`
	a := s.postJSON(t, "/v1/sql", ask)
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	require.Equal(t, "application/json", a.Header.Get("Content-Type"))
	require.Equal(t, "private, no-store", a.Header.Get("Cache-Control"))
	var got struct {
		Columns []struct{ Name, Type string }
		Rows    [][]json.Number
	}
	d := json.NewDecoder(strings.NewReader(strings.ReplaceAll(string(a.Body), `"`+"9000"+`"`, "9000")))
	d.UseNumber()
	require.NoError(t, d.Decode(&got), "%s", a.Body)
	require.Equal(t, "n", got.Columns[0].Name)
	require.Equal(t, "9000", got.Rows[0][0].String())
	for accept, media := range map[string]string{"text/csv": "text/csv", "application/vnd.apache.parquet": "application/vnd.apache.parquet",
		"application/vnd.apache.arrow.stream": "application/vnd.apache.arrow.stream"} {
		a := s.postJSON(t, "/v1/sql", ask, "Accept", accept)
		require.Equal(t, http.StatusOK, a.Status)
		require.Contains(t, a.Header.Get("Content-Type"), media)
	}
	requireProblem(t, s.postJSON(t, "/v1/sql", ask, "Accept", "text/html"), http.StatusNotAcceptable, "not_acceptable")
}

func TestSQLProblemsHaveTheirPlace(t *testing.T) {
	s := newSite(t, county.Shared(t))
	a := s.postJSON(t, "/v1/sql", `{"sql":"SELECT 1,\n  hostName()"}`)
	requireProblem(t, a, http.StatusBadRequest, "sql_function")
	var p struct {
		Errors []struct{ Line, Column int }
	}
	require.NoError(t, json.Unmarshal(a.Body, &p))
	require.Equal(t, 2, p.Errors[0].Line)
	require.Equal(t, 3, p.Errors[0].Column)
	for body, code := range map[string]string{
		`{"sql":"SELECT 1","x":1}`: "bad_parameter", `[]`: "bad_parameter", ``: "bad_parameter", `{"sql":1}`: "bad_parameter",
		`{"sql":"SELECT 1"} {}`: "bad_parameter", `{"sql":"DROP TABLE x"}`: "sql_statement", `{}`: "sql_statement",
		`{"sql":"SELECT * FROM numbers(100000000000)"}`: "sql_limit",
	} {
		a := s.postJSON(t, "/v1/sql", body)
		requireProblem(t, a, a.Status, code)
	}
	requireProblem(t, s.postJSON(t, "/v1/sql", `{"sql":"`+strings.Repeat("x", 2<<20)+`"}`), http.StatusRequestEntityTooLarge, "too_large")
	require.NotContains(t, s.Log.String(), "hostName", "the log has the hash of a text, not the text")
	require.Contains(t, s.Log.String(), "sql_sha256=")
}

func TestASavedQueryRunsUnderItsName(t *testing.T) {
	s := newSite(t, county.Empty(t, "Asia/Shanghai"))
	a := s.postJSON(t, "/v1/sql/saved", `{"name":"表 1","sql":"SELECT {n:UInt8} AS n, {l:Array(String)} AS l","parameters":{"n":1,"l":["a"]},"template":{"labels":{"n":"数"}}}`)
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	var saved struct{ ID string }
	require.NoError(t, json.Unmarshal(a.Body, &saved))
	run := "/v1/sql/saved/" + saved.ID + "/run."
	require.Contains(t, string(s.get(t, run+"json").Body), `[1, ["a"]]`)
	require.Contains(t, string(s.get(t, run+"json?param_n=7&param_l=b&param_l=c").Body), `[7, ["b","c"]]`)
	a = s.get(t, run+"csv")
	require.Contains(t, string(a.Body), "1,\"['a']\"")
	require.Equal(t, "attachment; filename*=UTF-8''%E8%A1%A8%201.csv", a.Header.Get("Content-Disposition"))
	require.Equal(t, http.StatusOK, s.get(t, run+"xlsx").Status)
	requireProblem(t, s.get(t, run+"json?n=7"), http.StatusBadRequest, "bad_parameter")
	requireProblem(t, s.get(t, run+"json?param_n=x"), http.StatusBadRequest, "sql_parameter")
	requireProblem(t, s.get(t, run+"pdf"), http.StatusNotFound, "not_found")
	require.Contains(t, string(s.get(t, "/v1/sql/saved").Body), `"name":"表 1"`)
	require.Contains(t, string(s.get(t, "/v1/sql/schema").Body), `"v_incidents"`)
	require.Equal(t, http.StatusNoContent, s.do(t, http.MethodDelete, "/v1/sql/saved/"+saved.ID, nil, nil).Status)
	requireProblem(t, s.get(t, run+"json"), http.StatusNotFound, "not_found")
	requireProblem(t, s.get(t, "/v1/sql/saved/none"), http.StatusNotFound, "not_found")
}
