package inbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reli/internal/durable"
)

// Report is what is written beside a file that was moved.
type Report struct {
	File    string    `json:"file"`
	State   string    `json:"state"` // done or failed
	Profile string    `json:"profile,omitempty"`
	At      time.Time `json:"at"`
	Ingest  any       `json:"ingest,omitempty"` // what became of its rows
	Error   *Fault    `json:"error,omitempty"`  // why it was not taken, or not to its end
}

// Fault is the reason of a file that was refused.
type Fault struct {
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}

// move writes the report and then moves the file: what is killed between the
// two does both again. A file of a name that is there already gets a number.
func move(f File, r Report) error {
	dir := filepath.Join(filepath.Dir(f.Path), r.State)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("folder for files that were taken: %w", err)
	}
	target := free(dir, f.Name)
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := durable.WriteFile(target+reportSuffix, append(text, '\n'), 0o640); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := os.Rename(f.Path, target); err != nil {
		return fmt.Errorf("move file: %w", err)
	}
	return nil
}

// free gives a path that no file has: a.csv, else a.2.csv and so on.
func free(dir, name string) string {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	path := filepath.Join(dir, name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path
		}
		path = filepath.Join(dir, fmt.Sprintf("%s.%d%s", stem, n, ext))
	}
}
