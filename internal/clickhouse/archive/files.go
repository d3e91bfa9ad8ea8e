package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"reli/internal/durable"
)

// walkFiles calls fn with every file below dir in the order of names, with its
// path in slashes. What is neither file nor folder is an error.
func walkFiles(dir string, fn func(path string, size int64) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		local, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		local = filepath.ToSlash(local)
		if !info.Mode().IsRegular() {
			return Damaged("%s is no file", local)
		}
		return fn(local, info.Size())
	})
}

// hashFile gives the SHA-256 of a file; synced sees that it is on the disk.
func hashFile(path string, synced bool) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	if synced {
		err = f.Sync()
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(text) > maxManifest {
		err = Damaged("%s is longer than %d bytes", filepath.Base(path), maxManifest)
	}
	return text, err
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolders sees that the names of all files below dir are on the disk.
func syncFolders(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return durable.SyncFolder(path)
	})
}

// SyncAll sees that all files and folders below a folder are on the disk. Links
// and sockets are left as they are.
func SyncAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !(d.IsDir() || d.Type().IsRegular()) {
			return err
		}
		return durable.SyncFolder(path)
	})
}

// Move brings a folder to a place where nothing is, across file systems too:
// what cannot be renamed is copied.
func Move(from, to string) error {
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	if err := Copy(from, to); err != nil {
		return err
	}
	return os.RemoveAll(from)
}

// Copy copies a folder of files to a place where nothing is.
func Copy(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return walkFiles(from, func(path string, _ int64) error {
		target := filepath.Join(to, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		return CopyFile(filepath.Join(from, filepath.FromSlash(path)), target)
	})
}

// CopyFile copies a file to a name that is not there.
func CopyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
