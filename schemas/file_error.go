package schemas

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// FileError says what is wrong with a file that an administrator wrote, and
// where.
type FileError struct {
	File string // what the file is of, such as "calendar"
	At   string // such as "holidays[3].to"
	Why  string
}

func (e *FileError) Error() string { return e.File + ": " + e.At + ": " + e.Why }

// BadFile makes a *FileError.
func BadFile(file, at, format string, args ...any) error {
	return &FileError{File: file, At: at, Why: fmt.Sprintf(format, args...)}
}

// DecodeFile reads the YAML of a file into a struct. A file longer than most
// bytes and keys that the struct does not have are a *FileError.
func DecodeFile(file string, text []byte, most int, into any) error {
	if len(text) > most {
		return BadFile(file, "file", "larger than %d bytes", most)
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return BadFile(file, "file", "%s", yaml.FormatError(err, false, false))
	}
	return nil
}
