package clickhouse_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/test/database"
)

func TestMain(m *testing.M) { os.Exit(database.Main(m)) }

// now is the time of every test.
var now = time.Date(2025, 6, 15, 8, 30, 0, 123e6, time.UTC)

func clock() time.Time { return now }

// empty is a database without tables.
func empty(t testing.TB) *clickhouse.DB { return database.Open(t, database.Config(t)) }

// migrated is a database with all tables.
func migrated(t testing.TB) *clickhouse.DB { return database.Migrated(t, clock) }

// one reads a single value.
func one[T any](t testing.TB, db *clickhouse.DB, sql string, params ...any) T {
	t.Helper()
	var v T
	require.NoError(t, db.Row(t.Context(), sql, []any{&v}, params...))
	return v
}

// hostile are texts that break careless quoting.
func hostile() []string {
	return []string{"", "it's", `back\slash`, `\N`, `\'`, "tab\tnew\nline\rzero\x00end", `"quoted"`, "'); DROP TABLE incidents; --",
		"{name:String}", "矛盾纠纷", "\xff\xfe not UTF-8", "a,b]", "%00&x=1#", strings.Repeat("长", 5_000)}
}
