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

// recordSocket notes the socket in the data directory for other programs.
func (e *Engine) recordSocket() error {
	path := filepath.Join(e.config.DataDir, socketRecord)
	if err := os.WriteFile(path, []byte(e.socket+"\n"), 0o600); err != nil {
		return err
	}
	e.recorded = true
	return nil
}

// removeSocket clears up after the child, and only what is this engine's: the
// record may belong to another that has the data directory.
func (e *Engine) removeSocket() error {
	var err error
	if e.recorded {
		e.recorded = false
		err = os.Remove(filepath.Join(e.config.DataDir, socketRecord))
	}
	if e.tempDir != "" {
		err = errors.Join(err, os.RemoveAll(e.tempDir))
	}
	return err
}
