package sqlbench_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/test/county"
	"reli/web/access"
	"reli/web/sqlbench"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

func newBench(t testing.TB, c *county.County) *sqlbench.Bench {
	t.Helper()
	return sqlbench.New(sqlbench.Options{DB: c.DB, Zone: c.Zone.String(), Now: c.Now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

func analyst(scope cube.Scope) access.Principal {
	return access.Principal{ID: "u-" + scope.Canonical(), Name: "analyst", Role: access.RoleAnalyst, Scope: scope}
}

// output is an Output in memory.
type output struct {
	bytes.Buffer
	begun bool
}

func (o *output) Begin() error { o.begun = true; return nil }

func format(t testing.TB, name string) sqlbench.Format {
	t.Helper()
	f, ok := sqlbench.Named(name)
	require.True(t, ok, name)
	return f
}

type result struct {
	Columns  []sqlbench.Column `json:"columns"`
	Rows     [][]any           `json:"rows"`
	RowCount int               `json:"row_count"`
	RowLimit uint64            `json:"row_limit"`
}

// ask runs a text for a principal as JSON.
func ask(t testing.TB, b *sqlbench.Bench, p access.Principal, sql string, parameters map[string]any) (result, error) {
	t.Helper()
	var out output
	err := b.Run(t.Context(), sqlbench.Ask{Principal: p, RequestID: "test", SQL: sql, Parameters: parameters}, format(t, "json"), &out)
	var got result
	if err == nil {
		require.NoError(t, json.Unmarshal(out.Bytes(), &got), "%s", out.String())
		require.Len(t, got.Rows, got.RowCount)
	}
	return got, err
}

// number asks for one number.
func number(t testing.TB, b *sqlbench.Bench, p access.Principal, sql string) float64 {
	t.Helper()
	got, err := ask(t, b, p, "SELECT toFloat64("+sql, nil)
	require.NoError(t, err, sql)
	require.Len(t, got.Rows, 1)
	return got.Rows[0][0].(float64)
}

func requireCode(t testing.TB, err error, code string) *schemas.Problem {
	t.Helper()
	p, ok := schemas.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, p.Code, p.Detail)
	return p
}
