// Package web is Reli's HTTP face: it parses requests into Selections, calls
// tiles, analytics and ingest, and writes their answers. It embeds the pages
// of web/ui.
//
// It computes nothing itself and holds no SQL. Only cmd/reli may call it.
package web
