package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

const (
	socketFile   = "engine.sock"
	socketRecord = "engine.socket" // holds the path of the socket in use
	// maxSocketPath keeps a margin under the 108 bytes of sockaddr_un.
	maxSocketPath = 100
	socketTemp    = "reli-engine-"
)

// chooseSocket gives the path of the socket: in the data directory, or in a
// temporary directory of its own where that path would be too long.
func chooseSocket(dataDir string) (path, tempDir string, err error) {
	if path = filepath.Join(dataDir, socketFile); len(path) <= maxSocketPath {
		return path, "", nil
	}
	removeStale(dataDir)
	if tempDir, err = os.MkdirTemp("", socketTemp); err != nil {
		return "", "", err
	}
	return filepath.Join(tempDir, socketFile), tempDir, nil
}

// removeStale removes the temporary directory of a run that was killed. One
// still in use is kept: its socket belongs to a process that holds the lock.
func removeStale(dataDir string) {
	record, err := os.ReadFile(filepath.Join(dataDir, socketRecord))
	if err != nil {
		return
	}
	folder := filepath.Dir(strings.TrimSpace(string(record)))
	if !strings.HasPrefix(filepath.Base(folder), socketTemp) {
		return
	}
	unlock, err := lockData(filepath.Join(dataDir, lockFile))
	if err != nil {
		return
	}
	defer unlock()
	_ = os.Remove(filepath.Join(folder, socketFile))
	_ = os.Remove(folder) // only when empty
}

// removeSocket clears up after the child.
func (e *Engine) removeSocket() error {
	if e.tempDir == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(e.tempDir), removeIfThere(filepath.Join(e.config.DataDir, socketRecord)))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
