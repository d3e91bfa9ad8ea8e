package schemas

import "fmt"

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
