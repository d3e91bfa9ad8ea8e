package clickhouse_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	chgo "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"reli/internal/engine"
	"reli/test/database"
)

// These tests hold the embedded engine to what clickhouse-go expects of a
// ClickHouse server over HTTP. They use the client as it is, without this
// package's own layer.

// native opens a plain clickhouse-go connection with a database of its own.
func native(t testing.TB, change func(*chgo.Options)) driver.Conn {
	t.Helper()
	e := database.Engine(t)
	options := &chgo.Options{
		Protocol: chgo.HTTP, Addr: []string{"engine"}, DialContext: engine.Dial(e.Socket()),
		Auth: chgo.Auth{Database: "default"},
	}
	setup, err := chgo.Open(options)
	require.NoError(t, err)
	name := database.Config(t).Database
	require.NoError(t, setup.Exec(t.Context(), "CREATE DATABASE "+name))
	require.NoError(t, setup.Close())
	own := *options
	own.Auth.Database = name
	if change != nil {
		change(&own)
	}
	conn, err := chgo.Open(&own)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	require.NoError(t, conn.Ping(t.Context()))
	return conn
}

// everything has a column of every kind Reli stores.
type everything struct {
	ID       uint64             `ch:"id"`
	Name     string             `ch:"name"`
	Maybe    *string            `ch:"maybe"`
	Level    string             `ch:"level"`
	LowMaybe *string            `ch:"low_maybe"`
	Day      time.Time          `ch:"day"`
	At       time.Time          `ch:"at"`
	AtZone   time.Time          `ch:"at_zone"`
	Amount   decimal.Decimal    `ch:"amount"`
	Key      uuid.UUID          `ch:"key"`
	Tags     []string           `ch:"tags"`
	Grid     [][]uint32         `ch:"grid"`
	Weights  map[string]float64 `ch:"weights"`
	Pair     map[string]any     `ch:"pair"`
	Flag     bool               `ch:"flag"`
	State    string             `ch:"state"`
	Small    int8               `ch:"small"`
	Ratio    float32            `ch:"ratio"`
	Blob     string             `ch:"blob"`
}

const everythingColumns = `id UInt64, name String, maybe Nullable(String), level LowCardinality(String),
	low_maybe LowCardinality(Nullable(String)), day Date, at DateTime64(3, 'UTC'), at_zone DateTime64(6, 'Asia/Shanghai'),
	amount Decimal(18, 4), key UUID, tags Array(String), grid Array(Array(UInt32)), weights Map(String, Float64),
	pair Tuple(a String, b Int32), flag Bool, state Enum8('open' = 1, 'closed' = 2), small Int8, ratio Float32, blob FixedString(3)`

func example(i int) everything {
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	row := everything{
		ID: uint64(i), Name: "矛盾 \n\x00 " + strings.Repeat("x", i%7), Level: fmt.Sprint("level-", i%3),
		Day: time.Date(2025, 1, 1+i%28, 0, 0, 0, 0, time.UTC),
		At:  time.Date(2025, 3, 4, 5, 6, 7, 890e6, time.UTC), AtZone: time.Date(2025, 3, 4, 5, 6, 7, 123456e3, shanghai),
		Amount: decimal.New(int64(i)*12345, -4), Key: uuid.NewSHA1(uuid.NameSpaceOID, []byte{byte(i)}),
		Tags: []string{}, Grid: [][]uint32{{1, uint32(i)}, {}}, Weights: map[string]float64{"a": float64(i) / 3},
		Pair: map[string]any{"a": "it's", "b": int32(-i)}, Flag: i%2 == 0, State: []string{"open", "closed"}[i%2],
		Small: int8(-i % 100), Ratio: float32(i) / 7, Blob: "\x00\n\xff",
	}
	if i%2 == 1 {
		text := "there"
		row.Maybe, row.LowMaybe, row.Tags = &text, &text, []string{"one", "", "three"}
	}
	return row
}

func TestEveryColumnTypeGoesThereAndBack(t *testing.T) {
	ctx, conn := t.Context(), native(t, nil)
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE everything ("+everythingColumns+") ENGINE = MergeTree ORDER BY id"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO everything")
	require.NoError(t, err)
	const rows = 5000
	for i := range rows {
		row := example(i)
		require.NoError(t, batch.AppendStruct(&row))
	}
	require.NoError(t, batch.Send())

	var got []everything
	require.NoError(t, conn.Select(ctx, &got, "SELECT * FROM everything ORDER BY id SETTINGS max_block_size = 512"))
	require.Len(t, got, rows)
	for i, row := range got {
		want := example(i)
		require.True(t, want.Day.Equal(row.Day))
		require.True(t, want.At.Equal(row.At))
		require.True(t, want.AtZone.Equal(row.AtZone))
		require.Equal(t, "Asia/Shanghai", row.AtZone.Location().String())
		require.True(t, want.Amount.Equal(row.Amount), "%v %v", want.Amount, row.Amount)
		want.Day, want.At, want.AtZone, want.Amount = row.Day, row.At, row.AtZone, row.Amount
		require.Equal(t, want, row)
	}
}

func TestQueryReadsRowsOneByOne(t *testing.T) {
	ctx, conn := t.Context(), native(t, nil)
	rows, err := conn.Query(ctx, "SELECT number, toString(number) AS s FROM numbers(200000)")
	require.NoError(t, err)
	require.Equal(t, []string{"number", "s"}, rows.Columns())
	var n, sum uint64
	for rows.Next() {
		var number uint64
		var text string
		require.NoError(t, rows.Scan(&number, &text))
		require.Equal(t, fmt.Sprint(number), text)
		n, sum = n+1, sum+number
	}
	require.NoError(t, rows.Err())
	require.NoError(t, rows.Close())
	require.EqualValues(t, 200000, n)
	require.EqualValues(t, 199999*100000, sum)

	var missing uint64
	require.Error(t, conn.QueryRow(ctx, "SELECT number FROM numbers(0)").Scan(&missing))
	rows, err = conn.Query(ctx, "SELECT toLowCardinality('x') AS a, [1] AS b WHERE 0")
	require.NoError(t, err)
	require.False(t, rows.Next())
	require.NoError(t, rows.Err())
	require.NoError(t, rows.Close())
}

func TestDateTimeWithAZoneKeepsItsInstant(t *testing.T) {
	conn := native(t, nil)
	var at time.Time
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT toDateTime('2025-03-04 05:06:07', 'Asia/Shanghai')").Scan(&at))
	require.True(t, at.Equal(time.Date(2025, 3, 3, 21, 6, 7, 0, time.UTC)), at)
}

func TestParametersOfEveryKindAreBound(t *testing.T) {
	ctx, conn := t.Context(), native(t, nil)
	for _, text := range hostile() {
		var got string
		require.NoError(t, conn.QueryRow(ctx, "SELECT {s:String}", chgo.Named("s", text)).Scan(&got))
		require.Equal(t, text, got)
	}
	var n uint64
	var list []string
	var day time.Time
	require.NoError(t, conn.QueryRow(ctx, "SELECT {n:UInt64}, {l:Array(String)}, {d:Date}",
		chgo.Named("n", uint64(1)<<63), chgo.Named("l", []string{"a", "b"}), chgo.Named("d", "2025-03-04")).Scan(&n, &list, &day))
	require.Equal(t, uint64(1)<<63, n)
	require.Equal(t, []string{"a", "b"}, list)
	require.Equal(t, 4, day.Day())
	require.NoError(t, conn.QueryRow(ctx, "SELECT ?", "bound by the client").Scan(new(string)))
}

func TestErrorsAreTypedBeforeAndInMidResult(t *testing.T) {
	ctx, conn := t.Context(), native(t, nil)
	var exception *chgo.Exception
	require.ErrorAs(t, conn.Exec(ctx, "SELECT * FROM missing"), &exception)
	require.EqualValues(t, 60, exception.Code)
	require.Equal(t, "UNKNOWN_TABLE", exception.CodeName)

	const late = "SELECT number, throwIf(number = 290000, 'mid-way') FROM numbers(300000)"
	rows, err := conn.Query(ctx, late)
	require.NoError(t, err)
	n := 0
	for rows.Next() {
		n++
	}
	require.NotZero(t, n)
	require.ErrorAs(t, rows.Err(), &exception)
	require.EqualValues(t, 395, exception.Code)
	require.Contains(t, exception.Message, "mid-way")
	_ = rows.Close()

	for _, format := range []string{"CSV", "JSON", "ArrowStream", "Parquet"} {
		stream, err := conn.QueryFormat(ctx, format, late)
		require.NoError(t, err, format)
		_, err = io.Copy(io.Discard, stream)
		require.ErrorAs(t, err, &exception, format)
		require.EqualValues(t, 395, exception.Code)
		_ = stream.Close()
	}
	var one uint8
	require.NoError(t, conn.QueryRow(ctx, "SELECT 1").Scan(&one), "the client goes on")
}

func TestFailedBatchInsertsNothing(t *testing.T) {
	ctx, conn := t.Context(), native(t, nil)
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE checked (a UInt32, CONSTRAINT small CHECK a < 1000) ENGINE = MergeTree ORDER BY a"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO checked")
	require.NoError(t, err)
	for i := range 1001 {
		require.NoError(t, batch.Append(uint32(i)))
	}
	var exception *chgo.Exception
	require.ErrorAs(t, batch.Send(), &exception)
	require.EqualValues(t, 469, exception.Code)
	var n uint64
	require.NoError(t, conn.QueryRow(ctx, "SELECT count() FROM checked").Scan(&n))
	require.Zero(t, n)
}

func TestFormatsPassThroughBothWays(t *testing.T) {
	ctx, conn := t.Context(), native(t, nil)
	for _, format := range []string{"ArrowStream", "Parquet", "CSV", "JSONEachRow", "Native", "RowBinary"} {
		require.NoError(t, conn.Exec(ctx, "CREATE OR REPLACE TABLE copied (a UInt64, s String) ENGINE = MergeTree ORDER BY a"))
		stream, err := conn.QueryFormat(ctx, format, "SELECT number AS a, toString(number) AS s FROM numbers(150000)")
		require.NoError(t, err, format)
		data, err := io.ReadAll(stream)
		require.NoError(t, err, format)
		require.NoError(t, stream.Close())
		require.NoError(t, conn.InsertFormat(ctx, format, "INSERT INTO copied (a, s)", bytes.NewReader(data)), format)
		var n, sum uint64
		require.NoError(t, conn.QueryRow(ctx, "SELECT count(), sum(a + (s != toString(a))) FROM copied").Scan(&n, &sum))
		require.EqualValues(t, 150000, n, format)
		require.EqualValues(t, 149999*75000, sum, format)
	}
}

func TestSettingsAndQueryIDOfTheClientApply(t *testing.T) {
	conn := native(t, func(o *chgo.Options) {
		o.Settings = chgo.Settings{"max_block_size": 1234, "log_comment": "from options"}
	})
	ctx := chgo.Context(t.Context(), chgo.WithSettings(chgo.Settings{"max_block_size": 99}), chgo.WithQueryID("mine"))
	var size uint64
	var comment string
	require.NoError(t, conn.QueryRow(ctx, "SELECT toUInt64(getSetting('max_block_size')), getSetting('log_comment')").Scan(&size, &comment))
	require.EqualValues(t, 99, size)
	require.Equal(t, "from options", comment)
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT toUInt64(getSetting('max_block_size'))").Scan(&size))
	require.EqualValues(t, 1234, size)
}

func TestClientMayCompressWithGzip(t *testing.T) {
	ctx := t.Context()
	conn := native(t, func(o *chgo.Options) {
		o.Compression = &chgo.Compression{Method: chgo.CompressionGZIP, Level: 1}
		o.Settings = chgo.Settings{"enable_http_compression": 1}
	})
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE zipped (a UInt64) ENGINE = MergeTree ORDER BY a"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO zipped")
	require.NoError(t, err)
	for i := range 100000 {
		require.NoError(t, batch.Append(uint64(i)))
	}
	require.NoError(t, batch.Send())
	rows, err := conn.Query(ctx, "SELECT a FROM zipped")
	require.NoError(t, err)
	n := 0
	for rows.Next() {
		n++
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 100000, n)
}

func TestServerIsDescribed(t *testing.T) {
	conn := native(t, nil)
	version, err := conn.ServerVersion()
	require.NoError(t, err)
	require.EqualValues(t, 26, version.Version.Major)
	require.NotEmpty(t, version.DisplayName)
	require.NotNil(t, version.Timezone)
}

func TestCancelledContextEndsTheQuery(t *testing.T) {
	conn := native(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := conn.Exec(ctx, "SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) % 7 = 1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool {
		var n uint64
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(1000000000000)%'").Scan(&n))
		return n == 0
	}, 5*time.Second, 5*time.Millisecond)
}
