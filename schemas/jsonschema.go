package schemas

import (
	"embed"
	"io/fs"
)

//go:embed json/*.json
var jsonSchemas embed.FS

// JSONSchemas returns the JSON Schemas (draft 2020-12) of what Reli takes in:
// incident.json and transition.json for one line of NDJSON, area.json for a
// file of areas.
func JSONSchemas() fs.FS {
	sub, err := fs.Sub(jsonSchemas, "json")
	if err != nil {
		panic(err) // the directory is embedded by the line above
	}
	return sub
}
