package schemas

import (
	"embed"
	"io/fs"
)

//go:embed sql/*.sql
var migrations embed.FS

// Migrations returns the numbered SQL files that make the tables, named
// NNNN_name.sql. Statements are separated by a semicolon at the end of a line.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "sql")
	if err != nil {
		panic(err) // the directory is embedded by the line above
	}
	return sub
}
