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
	path := filepath.Join(dataDir, secretFile)
	secret, err := os.ReadFile(path)
	switch {
	case err == nil && len(secret) == ingest.SecretBytes:
		return secret, nil
	case err == nil:
		return nil, fmt.Errorf("%s is damaged: it has %d bytes, not %d", path, len(secret), ingest.SecretBytes)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	secret = make([]byte, ingest.SecretBytes)
	_, _ = rand.Read(secret) // never fails
	return secret, writeDurably(path, secret)
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
