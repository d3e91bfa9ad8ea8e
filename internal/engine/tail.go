package engine

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// tailLines is how many of the child's last lines an error shows.
const tailLines = 20

// tail takes the child's standard error: it keeps the last lines and passes
// all on to the log, for debugging only, since the engine may quote statements.
type tail struct {
	logger *slog.Logger
	mu     sync.Mutex
	part   []byte
	lines  []string
}

func newTail(logger *slog.Logger) *tail { return &tail{logger: logger} }

func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = append(t.part, data...)
	for {
		line, rest, ok := bytes.Cut(t.part, []byte("\n"))
		if !ok {
			return len(data), nil
		}
		t.lines = append(t.lines, string(line))
		if len(t.lines) > tailLines {
			t.lines = t.lines[1:]
		}
		t.logger.Debug("engine output", "line", string(line))
		t.part = rest
	}
}

// text gives the last lines for the end of an error, empty without any.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == 0 {
		return ""
	}
	return "; its last lines:\n  " + strings.Join(t.lines, "\n  ")
}
