package inbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folders that files go to, beside the ones they came into.
const (
	Done   = "done"
	Failed = "failed"
)

// reportSuffix ends the name of a report: a.csv.report.json.
const reportSuffix = ".report.json"

// Files puts the files of a folder, in the order of their names, in place of
// the folder. Folders inside it, hidden and unfinished files, profiles and
// reports are left out. Other names stay as they are.
func Files(names ...string) ([]string, error) {
	var out []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			out = append(out, name)
			continue
		}
		found, err := regular(name)
		if err != nil {
			return nil, fmt.Errorf("read folder: %w", err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no file in this folder", name)
		}
		for _, f := range found {
			out = append(out, filepath.Join(name, f))
		}
	}
	return out, nil
}

// regular lists the names of a folder that are files to be taken.
func regular(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var out []string
	for _, e := range entries {
		if e.Type().IsRegular() && wanted(e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out, err
}

// wanted leaves out what programs write beside or before the file they mean.
func wanted(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") || strings.HasSuffix(name, reportSuffix) {
		return false
	}
	return !slices.Contains([]string{".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".lock", ".yaml", ".yml"},
		strings.ToLower(filepath.Ext(name)))
}

// File is a file in the watched folder.
type File struct {
	Path   string
	Folder string // the name of the folder inside the watched one, "" for that itself
	Name   string
	size   int64
	mtime  time.Time
}

// list gives all files of the folder and of the folders in it, in the order
// of their paths, and all folders.
func list(dir string) (files []File, folders []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	folders = []string{dir}
	for _, e := range entries {
		if name := e.Name(); e.IsDir() && wanted(name) && name != Done && name != Failed {
			folders = append(folders, filepath.Join(dir, name))
		}
	}
	for _, folder := range folders {
		names, err := regular(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		for _, name := range names {
			f := File{Path: filepath.Join(folder, name), Name: name}
			if folder != dir {
				f.Folder = filepath.Base(folder)
			}
			info, err := os.Lstat(f.Path)
			if err != nil {
				continue // moved away meanwhile
			}
			f.size, f.mtime = info.Size(), info.ModTime()
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, folders, nil
}

// same says whether the file is still as it was when it was listed.
func (f File) same() bool {
	info, err := os.Lstat(f.Path)
	return err == nil && info.Size() == f.size && info.ModTime().Equal(f.mtime)
}
