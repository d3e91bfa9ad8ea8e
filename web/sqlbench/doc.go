// Package sqlbench is the SQL workbench behind POST /v1/sql: it queues
// analysts' queries, runs them through the guarded connection, writes the
// result in the format that was asked for, and keeps saved queries and the
// history of runs.
//
// It decides nothing about what may be asked (internal/clickhouse/guard and
// schemas/views do) and speaks no HTTP: package web parses the request and
// calls it. Only web may call it.
package sqlbench
