package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"reli/ingest"
)

// secretFile holds what makes pseudonyms of ids that point at a person. It
// belongs to the data: with another one the same records would be new.
const secretFile = "ingest.key"

// ingestSecret reads the secret of a data directory, and makes it the first
// time.
func ingestSecret(dataDir string) ([]byte, error) {
	return keptSecret(filepath.Join(dataDir, secretFile), ingest.SecretBytes)
}

// keptSecret reads a secret of so many bytes, and makes it the first time.
func keptSecret(path string, size int) ([]byte, error) {
	secret, err := oldSecret(path, size)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	secret = make([]byte, size)
	_, _ = rand.Read(secret) // never fails
	return secret, writeDurably(path, secret)
}

// oldSecret reads a secret that has to be there.
func oldSecret(path string, size int) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) != size {
		return nil, fmt.Errorf("%s is damaged: it has %d bytes, not %d", path, len(secret), size)
	}
	return secret, err
}

// writeDurably writes a file that is there whole or not at all, also after a
// power failure.
func writeDurably(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
