package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// Names in a backup.
const (
	ManifestFile = "manifest.json"
	manifestSum  = "manifest.sha256" // of the manifest; written last
	StoreFolder  = "store"           // the tables, as the engine writes them
	FilesFolder  = "files"           // what lies beside them in the data directory
)

// Format is the version of the description.
const Format = 1

// maxManifest bounds a description: a hundred thousand files.
const maxManifest = 64 << 20

// Manifest describes a backup.
type Manifest struct {
	Format      int                           `json:"format"`
	Program     string                        `json:"program"` // version that wrote it
	MadeAt      time.Time                     `json:"made_at"`
	DataVersion uint64                        `json:"data_version"`
	Incidents   uint64                        `json:"incidents"` // in the cube of that version
	Schema      []clickhouse.AppliedMigration `json:"schema"`
	Tables      []clickhouse.TableSum         `json:"tables"`
	Files       []File                        `json:"files"`
}

// File is one file of a backup.
type File struct {
	Path   string `json:"path"` // from the backup's folder, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// SchemaVersion is the newest migration that the tables went through.
func (m Manifest) SchemaVersion() uint32 {
	if len(m.Schema) == 0 {
		return 0
	}
	return m.Schema[len(m.Schema)-1].Version
}

// Bytes is the size of all files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Bytes
	}
	return n
}

// Damaged says that a backup is not what it was, or not whole.
func Damaged(format string, args ...any) error {
	return &schemas.Problem{Code: schemas.CodeBackupDamaged, Status: http.StatusConflict, Detail: fmt.Sprintf(format, args...)}
}

// Seal hashes every file in a folder, sees that they are on the disk, and
// writes the description. Without it the folder is no backup.
func Seal(dir string, m Manifest, progress func(done int64)) (Manifest, error) {
	m.Format, m.Files = Format, nil
	var done int64
	err := walkFiles(dir, func(path string, size int64) error {
		sum, err := hashFile(filepath.Join(dir, filepath.FromSlash(path)), true)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, File{path, size, sum})
		if done += size; progress != nil {
			progress(done)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return m, err
	}
	sum := sha256.Sum256(text)
	if err := writeSynced(filepath.Join(dir, ManifestFile), text); err != nil {
		return m, err
	}
	if err := writeSynced(filepath.Join(dir, manifestSum), []byte(hex.EncodeToString(sum[:])+"  "+ManifestFile+"\n")); err != nil {
		return m, err
	}
	return m, syncFolders(dir)
}

// Open reads the description of a backup.
func Open(dir string) (Manifest, error) {
	var m Manifest
	text, err := readBounded(filepath.Join(dir, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, Damaged("%s is no backup, or one that was never finished: it has no %s", dir, ManifestFile)
	}
	if err != nil {
		return m, err
	}
	want, err := readBounded(filepath.Join(dir, manifestSum))
	if errors.Is(err, fs.ErrNotExist) {
		return m, Damaged("%s was never finished: it has no %s", dir, manifestSum)
	}
	if err != nil {
		return m, err
	}
	sum := sha256.Sum256(text)
	if string(want) != hex.EncodeToString(sum[:])+"  "+ManifestFile+"\n" {
		return m, Damaged("%s or %s is not what was written", ManifestFile, manifestSum)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, Damaged("%s cannot be read: %v", ManifestFile, err)
	}
	if m.Format != Format {
		return m, &schemas.Problem{Code: schemas.CodeBackupNewer, Status: http.StatusConflict,
			Detail: fmt.Sprintf("the backup is of format %d, this program reads %d", m.Format, Format)}
	}
	return m, nil
}

// Verify compares every file with the description, and names all that differ.
func (m Manifest) Verify(dir string, progress func(done int64)) error {
	var faults []string
	known := map[string]bool{ManifestFile: true, manifestSum: true}
	var done int64
	for _, f := range m.Files {
		known[f.Path] = true
		if fault := f.verify(dir); fault != "" {
			faults = append(faults, f.Path+": "+fault)
		}
		if done += f.Bytes; progress != nil {
			progress(done)
		}
	}
	err := walkFiles(dir, func(path string, _ int64) error {
		if !known[path] {
			faults = append(faults, path+": is no part of the backup")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return Damaged("the backup is damaged: %s", strings.Join(faults, "; "))
	}
	return nil
}

func (f File) verify(dir string) string {
	if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
		return "lies outside the backup"
	}
	path := filepath.Join(dir, filepath.FromSlash(f.Path))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is missing"
	case err != nil:
		return err.Error()
	case !info.Mode().IsRegular():
		return "is no file"
	case info.Size() != f.Bytes:
		return fmt.Sprintf("has %d bytes, not %d", info.Size(), f.Bytes)
	}
	sum, err := hashFile(path, false)
	if err != nil {
		return err.Error()
	}
	if sum != f.SHA256 {
		return "has another content"
	}
	return ""
}
