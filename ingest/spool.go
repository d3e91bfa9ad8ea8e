package ingest

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// spool is an input that a decoder has to jump about in: a file without a
// name in the system's temporary folder, gone with the process at the latest.
// It is never in the data directory: what has not been through the profile
// must not be found there.
type spool struct {
	*os.File
	size int64
}

// spoolOf copies the input; one longer than limit is refused.
func spoolOf(r io.Reader, limit int64) (_ *spool, err error) {
	f, err := os.CreateTemp("", "reli-input-")
	if err != nil {
		return nil, fmt.Errorf("keep the input aside: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, fmt.Errorf("keep the input aside: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(r, limit+1))
	if err != nil {
		return nil, inputError(err)
	}
	if n > limit {
		return nil, badInput("the file is longer than %d MiB; send it in parts, or as CSV", limit>>20)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("keep the input aside: %w", err)
	}
	return &spool{File: f, size: n}, nil
}
