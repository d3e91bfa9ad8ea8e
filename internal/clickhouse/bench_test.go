package clickhouse_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
)

func BenchmarkStatement(b *testing.B) {
	db := migrated(b)
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			one[uint8](b, db, "SELECT 1")
		}
	})
	b.Run("with request id", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			var v uint8
			require.NoError(b, db.Row(clickhouse.WithRequestID(b.Context(), strconv.Itoa(n)), "SELECT 1", []any{&v}))
		}
	})
}
