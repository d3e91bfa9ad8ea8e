package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/internal/clickhouse/parts"
	"reli/internal/durable"
)

// Files that a process which owns a data directory keeps in it.
const (
	runningFile = "running"    // there while a process runs; left behind by a kill
	partsFile   = "parts.json" // the list of package parts
	storeFolder = "clickhouse" // of the engine
)

// shownFaults is how many faults a sentence names; the log has all.
const shownFaults = 5

// condition is what is known of the data's soundness. Safe for concurrent use.
type condition struct {
	dataDir string
	mu      sync.Mutex
	list    parts.Manifest
	listed  bool // a list was there at the start
}

// inspect compares the tables' files with the list that the last process left,
// before the engine touches them: it sets torn parts aside without a word.
func inspect(dataDir string, logger *slog.Logger) (*condition, error) {
	c := &condition{dataDir: dataDir}
	var err error
	if c.list, c.listed, err = parts.Read(c.path()); err != nil {
		// It says nothing any more, which is itself to be known.
		logger.Error("the list of parts is damaged", "error", err)
		c.list = parts.Manifest{Faults: []parts.Fault{{Table: partsFile, What: "cannot be read, so that missing parts would not be seen"}}}
		return c, nil
	}
	found, err := c.list.Check(filepath.Join(dataDir, storeFolder), false)
	if err != nil {
		return nil, fmt.Errorf("compare the parts with the list: %w", err)
	}
	c.add(logger, found...)
	return c, nil
}

func (c *condition) path() string { return filepath.Join(c.dataDir, partsFile) }

// add keeps faults that are new, and logs them.
func (c *condition) add(logger *slog.Logger, found ...parts.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range found {
		if slices.Contains(c.list.Faults, f) {
			continue
		}
		c.list.Faults = append(c.list.Faults, f)
		logger.Error("data damaged", "table", f.Table, "part", f.Part, "file", f.File, "what", f.What, "rows_of_part", f.Rows)
	}
}

// faults gives what is wrong, a line each.
func (c *condition) faults() []string {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]string, len(c.list.Faults))
	for i, f := range c.list.Faults {
		out[i] = f.String()
	}
	return out
}

// sentence says what is wrong in one sentence with the commands that mend it,
// "" where all is well.
func (c *condition) sentence() string {
	all := c.faults()
	if len(all) == 0 {
		return ""
	}
	more := ""
	if len(all) > shownFaults {
		more = fmt.Sprintf("; and %d more", len(all)-shownFaults)
		all = all[:shownFaults]
	}
	return "data are damaged: " + strings.Join(all, "; ") + more +
		"; mend with `reli restore --from BACKUP --data NEW`, or accept the loss with `reli verify data --accept-loss`"
}

// cubeDamaged takes the faults of the cube out: it is a function of the records
// and is computed anew, which needs no one's consent.
func (c *condition) cubeDamaged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.list.Faults)
	c.list.Faults = slices.DeleteFunc(c.list.Faults, func(f parts.Fault) bool { return f.Table == "cube" || f.Table == "cube_next" })
	return len(c.list.Faults) < before
}

// detached adds what the engine set aside and nobody accepted.
func (c *condition) detached(ctx context.Context, db *clickhouse.DB, logger *slog.Logger) error {
	aside, err := db.DetachedParts(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	accepted := slices.Clone(c.list.Accepted)
	c.mu.Unlock()
	for _, p := range aside {
		if !slices.Contains(accepted, p.Table+"/"+p.Name) {
			c.add(logger, parts.Fault{Table: p.Table, Part: p.Name, What: "was set aside by the engine: " + p.Reason})
		}
	}
	return nil
}

// unsound says why the data cannot be trusted, "" where they can. The engine
// sets broken parts aside whenever it starts, so it is asked each time.
func (a *app) unsound(ctx context.Context) string {
	if a.condition == nil {
		return ""
	}
	if err := a.condition.detached(ctx, a.db, a.logger); err != nil {
		return "" // the store's absence is told elsewhere
	}
	return a.condition.sentence()
}

// accept takes the data as they are.
func (c *condition) accept(ctx context.Context, db *clickhouse.DB) error {
	aside, err := db.DetachedParts(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.list.Faults = nil
	for _, p := range aside {
		if name := p.Table + "/" + p.Name; !slices.Contains(c.list.Accepted, name) {
			c.list.Accepted = append(c.list.Accepted, name)
		}
	}
	c.mu.Unlock()
	return nil
}

// write lists the parts of a data version.
func (c *condition) write(ctx context.Context, db *clickhouse.DB, version uint64) error {
	active, err := db.Parts(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	next, err := c.list.Next(filepath.Join(c.dataDir, storeFolder), active, version)
	if err != nil {
		return err
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	c.list = next
	return durable.WriteFile(c.path(), text, 0o600)
}

// forget removes the list before parts are removed on purpose: a kill in the
// middle must not look like a loss.
func (c *condition) forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := os.Remove(c.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// keepParts writes the list after every settled change, until the function it
// gives is called.
func (a *app) keepParts(ctx context.Context) (stop func()) {
	if a.condition == nil {
		return func() {}
	}
	return background(ctx, func(ctx context.Context) {
		for {
			changed := a.store.Changed()
			if err := a.condition.write(ctx, a.db, a.store.Current().Version); err != nil && ctx.Err() == nil {
				a.logger.Warn("the list of parts was not written; the next change writes it", "error", err)
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	})
}

// markRunning leaves a file that only a clean stop removes, and says whether
// the last one was not. The engine's lock says that no other process runs.
func (a *app) markRunning() error {
	path := filepath.Join(a.config.Data, runningFile)
	if text, err := os.ReadFile(path); err == nil {
		a.unclean = true
		a.logger.Warn("the last process did not stop cleanly: looking for what it left", "started_at", strings.TrimSpace(string(text)))
	}
	if err := durable.WriteFile(path, []byte(a.now().UTC().Format(time.RFC3339)+"\n"), 0o600); err != nil {
		return err
	}
	a.marked = true
	return nil
}

// lookOver compares the tables with what is known of them once the engine
// answers, and computes the cube anew where that is what is wrong.
func (a *app) lookOver(ctx context.Context) error {
	if err := a.condition.detached(ctx, a.db, a.logger); err != nil {
		return err
	}
	if !a.condition.cubeDamaged() {
		return nil
	}
	a.logger.Warn("the cube is damaged and is computed anew from the records")
	months, err := a.db.RecordMonths(ctx, a.zone.String())
	if err != nil {
		return err
	}
	return a.db.MarkDirty(ctx, uint64(a.now().UnixNano()), months)
}

// countOver compares the cube with the records: after a clean stop the count of
// the data version, else the records themselves.
func (a *app) countOver(ctx context.Context, before clickhouse.DataVersion, dirty bool) error {
	have, err := a.db.CubeIncidents(ctx)
	if err != nil || (!a.unclean && !dirty && have == before.Incidents) {
		return err
	}
	differ, err := a.store.Count(ctx)
	if err != nil || len(differ) == 0 {
		return err
	}
	a.logger.Warn("the cube has other counts than the records and is computed anew", "months", differ)
	if err := a.store.Rebuild(ctx, differ); err != nil {
		return err
	}
	if differ, err = a.store.Count(ctx); err == nil && len(differ) > 0 {
		a.condition.add(a.logger, parts.Fault{Table: "cube", What: fmt.Sprintf("has other counts than the records in %v", differ)})
	}
	return err
}

// behind warns of a clock that is behind the newest data: what is written now
// would seem older than what is there.
func (a *app) behind(snap *cube.Snapshot) {
	if gap := snap.SettledAt.Sub(a.now()); gap > clockTolerance {
		a.logger.Warn("the clock is behind the newest data version", "by", gap.Round(time.Second), "settled_at", snap.SettledAt)
	}
}
