// Package ui holds the built front end. It is the output of `npm run build`
// in this folder, embedded; package web serves it, nothing else reads it.
package ui

import "embed"

// Dist holds the directory dist. Before the first build it has no page.
//
//go:embed all:dist
var Dist embed.FS
