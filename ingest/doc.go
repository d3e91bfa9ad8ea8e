// Package ingest is the door of Reli: it takes files and pushed bodies of
// incidents and transitions in, and writes them to the store exactly once.
//
// The way of a row is decode → validate → normalise → locate → write. A
// profile (profile.go) says what the columns of a source mean. Every refused
// row is kept in the quarantine with its number, field, code and message; it
// is never half accepted. Identity is (source, source_id): the same content
// again is a duplicate, newer content an update.
//
// It is not a store (internal/clickhouse is), it does not settle the cube
// (analytics/cube does), and it keeps no text: columns that a profile does not
// name are skipped by the decoders and never copied. It may be called from
// web and cmd/reli.
package ingest
