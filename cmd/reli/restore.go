package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reli/internal/clickhouse"
	"reli/internal/clickhouse/archive"
	"reli/internal/durable"
	"reli/schemas"
)

// restoringFile stands in a data directory while it is being restored, so that
// a half restored one is never served.
const restoringFile = "restore.unfinished"

type restoreCmd struct {
	From string `help:"Folder of the backup." required:"" type:"path"`
}

// Run restores a backup into an empty data directory.
func (c restoreCmd) Run(p *process) (err error) {
	if p.config.Clickhouse != "embedded" {
		return &schemas.Problem{Code: schemas.CodeNotEmbedded, Status: http.StatusConflict,
			Detail: "the tables are in an external ClickHouse: restore them with its own RESTORE"}
	}
	m, err := c.check(p)
	if err != nil {
		return err
	}
	if err := claimEmpty(p.config.Data); err != nil {
		return err
	}
	folder, err := filepath.Abs(filepath.Join(p.config.Data, backupsFolder, stagePrefix+"restore"))
	if err != nil {
		return err
	}
	if err := c.copyIn(p.config.Data, folder); err != nil {
		return fmt.Errorf("copy the backup in: %w", err)
	}
	if err := c.restoreTables(p, m, folder); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	version, err := c.firstStart(p, m)
	if err != nil {
		return err
	}
	if err := errors.Join(archive.SyncAll(p.config.Data), os.Remove(filepath.Join(p.config.Data, restoringFile)), durable.SyncFolder(p.config.Data)); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "恢复完成 / restored into %s\n数据版本 / data version %d, %d incidents; %d tables have the contents of the backup\n",
		p.config.Data, version, m.Incidents, len(m.Tables))
	return nil
}

// check reads the backup whole before anything is written.
func (c restoreCmd) check(p *process) (archive.Manifest, error) {
	m, err := archive.Open(c.From)
	if err != nil {
		return m, err
	}
	if err := clickhouse.KnowsSchema(schemas.Migrations(), m.Schema); err != nil {
		return m, &schemas.Problem{Code: schemas.CodeBackupNewer, Status: http.StatusConflict, Detail: "the backup cannot be read by this version", Err: err}
	}
	bar := newProgress(p.stderr, p.now, "校验备份 / checking the backup", "bytes", m.Bytes())
	defer bar.finish()
	return m, m.Verify(c.From, func(done int64) { bar.set(done, m.Bytes()) })
}

// claimEmpty makes an empty data directory, or takes one that is empty, and
// marks it.
func claimEmpty(dataDir string) error {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dataDir)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "lost+found" })
	if len(entries) > 0 {
		return &schemas.Problem{Code: schemas.CodeNotEmpty, Status: http.StatusConflict, Field: "data",
			Detail: fmt.Sprintf("%s is not empty (it has %s): restore into a new folder", dataDir, entries[0].Name())}
	}
	return durable.WriteFile(filepath.Join(dataDir, restoringFile), nil, 0o600)
}

// copyIn copies the files beside the tables to their places, and the tables to
// where the engine may read them.
func (c restoreCmd) copyIn(dataDir, folder string) error {
	if err := archive.Copy(filepath.Join(c.From, archive.StoreFolder), folder); err != nil {
		return err
	}
	files := filepath.Join(c.From, archive.FilesFolder)
	entries, err := os.ReadDir(files)
	if err != nil {
		return err
	}
	for _, e := range entries {
		from, to := filepath.Join(files, e.Name()), filepath.Join(dataDir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "config"): // for people to read: settings are not part of a data directory
		case e.IsDir():
			err = archive.Copy(from, to)
		default:
			err = archive.CopyFile(from, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restoreTables brings the tables back and compares the content of each.
func (c restoreCmd) restoreTables(p *process, m archive.Manifest, folder string) error {
	a := &app{config: p.config, logger: newLogger(p), now: p.now}
	defer a.close()
	if err := a.connect(p.ctx); err != nil {
		return err
	}
	if err := a.db.Restore(p.ctx, folder); err != nil {
		return fmt.Errorf("restore tables: %w", err)
	}
	bar := newProgress(p.stderr, p.now, "比较内容 / comparing contents", "tables", int64(len(m.Tables)))
	defer bar.finish()
	sums, err := a.db.Sums(p.ctx, func(done, of int) { bar.set(int64(done), int64(of)) })
	if err != nil {
		return err
	}
	return sameSums(m.Tables, sums)
}

// sameSums names every table whose content differs.
func sameSums(want, have []clickhouse.TableSum) error {
	known := map[string]clickhouse.TableSum{}
	for _, s := range have {
		known[s.Table] = s
	}
	var faults []string
	for _, w := range want {
		if h := known[w.Table]; h != w {
			faults = append(faults, fmt.Sprintf("%s has %d rows with digest %s, not %d with %s", w.Table, h.Rows, h.Digest, w.Rows, w.Digest))
		}
	}
	if len(faults) > 0 {
		return archive.Damaged("the restored tables differ from the backup: %s", strings.Join(faults, "; "))
	}
	return nil
}

// firstStart opens the restored data the way the server does, and computes the
// cube from nothing beside that of the backup.
func (c restoreCmd) firstStart(p *process, m archive.Manifest) (uint64, error) {
	a, err := openRestored(p, newLogger(p))
	if err != nil {
		return 0, err
	}
	defer a.close()
	snap := a.store.Current()
	if snap.DataVersion.Version != m.DataVersion || snap.DataVersion.Incidents != m.Incidents {
		return 0, archive.Damaged("the restored map has %d incidents at data version %d, not %d at %d",
			snap.DataVersion.Incidents, snap.Version, m.Incidents, m.DataVersion)
	}
	return snap.Version, a.sameCube(p.ctx)
}

// sameCube compares the cube with one that is computed from the records alone.
func (a *app) sameCube(ctx context.Context) error {
	months, err := a.store.Audit(ctx, nil)
	if err != nil {
		return err
	}
	if len(months) > 0 {
		return &schemas.Problem{Code: schemas.CodeDataDamaged, Status: http.StatusConflict,
			Detail: fmt.Sprintf("the cube differs from the records in %v", months)}
	}
	return nil
}
