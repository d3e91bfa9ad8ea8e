// Package parts keeps a list of what lies on disk under the tables of the
// embedded engine: every part with its files, their sizes and hashes. Compared
// before the engine starts, it tells what is missing, torn or flipped, which
// the engine would set aside without a word, or find when it reads.
//
// It mends nothing and decides nothing: cmd/reli writes the list at every
// settled data version, compares it at a start, and says what is wrong.
package parts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"reli/internal/clickhouse"
)

// Manifest is the list.
type Manifest struct {
	DataVersion uint64   `json:"data_version"`
	Parts       []Part   `json:"parts"`
	Faults      []Fault  `json:"faults,omitempty"`   // found and not accepted: they stay until they are
	Accepted    []string `json:"accepted,omitempty"` // detached parts whose loss was accepted
}

// Part is a part of a table.
type Part struct {
	Table string `json:"table"`
	Path  string `json:"path"` // of its folder, from the engine's own, with slashes
	Rows  uint64 `json:"rows"`
	Files []File `json:"files"`
}

// File is a file of a part.
type File struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Hash  string `json:"hash"` // XXH64
}

// Fault is something that is not as it was.
type Fault struct {
	Table string `json:"table"`
	Part  string `json:"part"`
	File  string `json:"file,omitempty"`
	What  string `json:"what"`
	Rows  uint64 `json:"rows"` // of the part, so at most lost
}

// String names the fault.
func (f Fault) String() string {
	return fmt.Sprintf("%s %s: %s", f.Table, path.Join(f.Part, f.File), f.What)
}

// derived are tables that other tables make: their parts come and go with every
// computation, so a missing one is no loss.
var derived = []string{"cube", "cube_next", "courses", "courses_next", "courses_settled", "results", "result_answers",
	"forecasts", "warnings", "hotspots", "backtests"}

// Derived says whether a table is a function of others.
func Derived(table string) bool { return slices.Contains(derived, table) }

// Read reads a list; without one it is empty and ok is false. A list that
// cannot be read is an error: it was there to be believed.
func Read(name string) (m Manifest, ok bool, err error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, false, fmt.Errorf("read %s: %w", name, err)
	}
	return m, true, nil
}

// Next lists the active parts of a data version. What the list before knows of
// a part is believed: parts never change. A part that a merge took away
// meanwhile is left out.
func (m Manifest) Next(store string, active []clickhouse.Part, version uint64) (Manifest, error) {
	known := map[string]Part{}
	for _, p := range m.Parts {
		known[p.Path] = p
	}
	next := Manifest{DataVersion: version, Faults: m.Faults, Accepted: m.Accepted, Parts: make([]Part, 0, len(active))}
	for _, a := range active {
		local := a.Path
		if i := strings.LastIndex(local, "/store/"); i >= 0 {
			local = local[i+1:]
		}
		p := Part{Table: a.Table, Path: path.Clean(local), Rows: a.Rows}
		if before, ok := known[p.Path]; ok {
			p.Files = before.Files
		} else {
			var err error
			if p.Files, err = readFiles(filepath.Join(store, filepath.FromSlash(p.Path)), anySize); errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return m, err
			}
		}
		next.Parts = append(next.Parts, p)
	}
	return next, nil
}

// name is a part's name taken apart: partition_least_greatest_level, and the
// number of its last mutation where there was one.
type name struct {
	partition              string
	least, greatest, level uint64
	mutation               uint64
}

func parseName(text string) (n name, ok bool) {
	fields := strings.Split(text, "_")
	if len(fields) != 4 && len(fields) != 5 {
		return n, false
	}
	n.partition = fields[0]
	for i, to := range []*uint64{&n.least, &n.greatest, &n.level, &n.mutation} {
		if i+1 == len(fields) {
			break
		}
		var err error
		if *to, err = strconv.ParseUint(fields[i+1], 10, 64); err != nil {
			return n, false
		}
	}
	return n, true
}

// covers says whether a part holds what another held: it was merged into it, or
// changed by a mutation.
func (n name) covers(o name) bool {
	return n.partition == o.partition && n.least <= o.least && n.greatest >= o.greatest && n.level >= o.level && n.mutation >= o.mutation && n != o
}
