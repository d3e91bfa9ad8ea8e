// Package engine is the embedded ClickHouse: a child process of this program
// that loads libchdb.so, the real engine as a library, and answers ClickHouse's
// HTTP interface on a unix socket in the data directory. The parent starts it,
// waits for it, and starts it again when it dies.
//
// It is not a client and knows no table of Reli: internal/clickhouse talks to
// the socket with clickhouse-go, as it would to a server. Only cmd/reli may
// call this package, for Start and for the hidden command of the child
// (ChildMain); internal/clickhouse uses it in its tests.
//
// # What the HTTP interface is
//
// The statement in the body or in the URL, settings, database and param_NAME
// in the URL; formats by FORMAT, default_format or X-ClickHouse-Format;
// gzip both ways; X-ClickHouse-Exception-Code with an error, and ClickHouse's
// exception frame for an error in mid-result, after which the connection
// breaks off so that no part passes for the whole. A statement ends when its
// client goes away. Not there, and refused by name: sessions, external tables,
// block compression (compress=1).
//
// # Connections
//
// A SELECT in a format that writes row by row (CSV, Native, RowBinary …) uses
// the library's stream calls. In a format that is one document (JSON, Parquet,
// Arrow …) the engine writes it into a pipe, since the stream calls would make
// a document of every block. Everything else uses the plain call.
//
// Connections are kept for the next request with the same database and
// settings; one that saw an error, a SET, a USE, a temporary table or a
// readonly session is closed. A new one costs about 2 ms.
//
// # Inserts
//
// INSERT … FORMAT is streamed to the engine as it comes and written as one
// block up to 8,388,608 rows and 1 GiB, so a failed insert, or one whose client
// goes away, leaves nothing behind. An INSERT over several partitions makes one
// part in each.
//
// # Native
//
// The engine writes Native in the framing of revision 0, which has no block
// info. clickhouse-go reads its first answer in the newest framing and all
// others in the framing of the revision named there; so that first statement
// is answered in the newest framing and names revision 0, and blocks then pass
// through untouched. A DateTime column with a time zone loses the zone's name
// in that framing, not the instant; DateTime64 keeps both.
package engine
