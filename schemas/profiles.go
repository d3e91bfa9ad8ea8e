package schemas

import (
	"embed"
	"io/fs"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Profiles returns the source profiles that ship with Reli, NAME.yaml each.
// Package ingest reads them.
func Profiles() fs.FS {
	sub, err := fs.Sub(profiles, "profiles")
	if err != nil {
		panic(err) // the directory is embedded by the line above
	}
	return sub
}
