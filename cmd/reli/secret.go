package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"reli/ingest"
	"reli/internal/durable"
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
	return secret, durable.WriteFile(path, secret, 0o600)
}

// oldSecret reads a secret that has to be there.
func oldSecret(path string, size int) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) != size {
		return nil, fmt.Errorf("%s is damaged: it has %d bytes, not %d", path, len(secret), size)
	}
	return secret, err
}
