package parts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

const (
	// readAtStart bounds what is read before a start: some seconds of disk.
	// Where the tables are larger, files above smallFile are compared by their
	// size, and `reli verify data` reads them.
	readAtStart = 2 << 30
	smallFile   = 1 << 20
	anySize     = int64(1) << 62
)

// passing are files that the engine writes into a part after it is finished.
var passing = []string{"txn_version.txt"}

// Check compares the parts on disk with the list; store is the engine's folder,
// whose engine must not run. whole reads everything, however much it is.
func (m Manifest) Check(store string, whole bool) ([]Fault, error) {
	most := anySize
	if !whole && m.bytes() > readAtStart {
		most = smallFile
	}
	var faults []Fault
	folders := map[string][]name{}
	for _, p := range m.Parts {
		table := path.Dir(p.Path)
		there, ok := folders[table]
		if !ok {
			var err error
			if there, err = partNames(filepath.Join(store, filepath.FromSlash(table))); err != nil {
				return nil, err
			}
			folders[table] = there
		}
		n, ok := parseName(path.Base(p.Path))
		if ok && slices.ContainsFunc(there, func(o name) bool { return o.covers(n) }) {
			continue // merged; what is left of it is being removed
		}
		found, err := p.check(store, most)
		if err != nil {
			return nil, err
		}
		faults = append(faults, found...)
	}
	return faults, nil
}

func (m Manifest) bytes() (n int64) {
	for _, p := range m.Parts {
		for _, f := range p.Files {
			n += f.Bytes
		}
	}
	return n
}

func partNames(dir string) ([]name, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []name
	for _, e := range entries {
		if n, ok := parseName(e.Name()); ok && e.IsDir() {
			out = append(out, n)
		}
	}
	return out, err
}

func (p Part) check(store string, most int64) ([]Fault, error) {
	fault := func(file, format string, args ...any) Fault {
		return Fault{Table: p.Table, Part: path.Base(p.Path), File: file, What: fmt.Sprintf(format, args...), Rows: p.Rows}
	}
	have, err := readFiles(filepath.Join(store, filepath.FromSlash(p.Path)), most)
	if errors.Is(err, fs.ErrNotExist) {
		if Derived(p.Table) {
			return nil, nil
		}
		return []Fault{fault("", "is missing, with %d rows", p.Rows)}, nil
	}
	if err != nil {
		return nil, err
	}
	byName := map[string]File{}
	for _, f := range have {
		byName[f.Name] = f
	}
	var out []Fault
	for _, want := range p.Files {
		f, ok := byName[want.Name]
		delete(byName, want.Name)
		switch {
		case !ok:
			out = append(out, fault(want.Name, "is missing"))
		case f.Bytes != want.Bytes:
			out = append(out, fault(want.Name, "has %d bytes, not %d", f.Bytes, want.Bytes))
		case f.Hash != "" && f.Hash != want.Hash:
			out = append(out, fault(want.Name, "has another content"))
		}
	}
	for extra := range byName {
		out = append(out, fault(extra, "was not there"))
	}
	return out, nil
}

// readFiles gives the files of a part, those above a size without their hash.
func readFiles(dir string, most int64) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, e := range entries {
		if slices.Contains(passing, e.Name()) || e.IsDir() {
			continue
		}
		f, err := readFile(filepath.Join(dir, e.Name()), most)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func readFile(name string, most int64) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	out := File{Name: filepath.Base(name), Bytes: info.Size()}
	if out.Bytes > most {
		return out, nil
	}
	h := xxhash.New()
	if _, err := io.Copy(h, f); err != nil {
		return File{}, err
	}
	out.Hash = strconv.FormatUint(h.Sum64(), 16)
	return out, nil
}
