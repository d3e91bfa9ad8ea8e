// Package archive is a backup as it lies on disk: a folder of files with a
// description that holds the size and SHA-256 of each, the data version, the
// schema, and the content of every table. It writes and reads the description
// and compares files with it.
//
// It knows neither the engine nor what the files mean; the commands that make
// and restore backups use it.
package archive
