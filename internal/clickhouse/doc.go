// Package clickhouse is the one way to the store: the connection to the
// embedded engine or to a ClickHouse server, its settings, the migrations
// runner, the data version, and typed inserts and reads of the records. It is
// the only importer of clickhouse-go; both modes run the same statements over
// ClickHouse's HTTP interface.
//
// It is not a query builder: a Selection becomes SQL in analytics/cube. It
// does not start the engine; cmd/reli hands it a way to dial. It may be
// called from ingest, analytics, tiles, web and cmd/reli.
package clickhouse
