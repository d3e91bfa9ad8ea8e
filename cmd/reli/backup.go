package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/internal/clickhouse/archive"
	"reli/internal/durable"
	"reli/schemas"
)

// Folders and files of a data directory that a backup deals with.
const (
	backupsFolder = "backups"     // where the engine may write and read backups
	stagePrefix   = "stage-"      // of a backup under way in it
	configCopy    = "config.yaml" // the settings in force, secrets hidden
	accessFile    = "access.db"
	auditFolder   = "audit"
)

// copyPoll is how often the size of a copy under way is looked at.
const copyPoll = 500 * time.Millisecond

type backupCmd struct {
	To string `help:"Folder of the backup; must not be there." required:"" type:"path"`
}

// Run makes a backup, through the server where one runs.
func (c backupCmd) Run(p *process) error {
	if _, err := os.Lstat(c.To); !errors.Is(err, fs.ErrNotExist) {
		return &schemas.Problem{Code: schemas.CodeNotEmpty, Status: http.StatusConflict, Field: "to", Detail: c.To + " is there already: give a folder that is not"}
	}
	var staged stagedBackup
	if err := perform(p, backupTask(), struct{}{}, &staged); err != nil {
		return err
	}
	m, err := c.seal(p, staged)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "备份完成 / backup made: %s\n数据版本 / data version %d, %d incidents, %d tables, %d files, %d bytes\n",
		c.To, m.DataVersion, m.Incidents, len(m.Tables), len(m.Files), m.Bytes())
	return nil
}

// seal brings what was staged to its place: under another name until it is
// whole, so that a half backup is never taken for a whole one.
func (c backupCmd) seal(p *process, staged stagedBackup) (m archive.Manifest, err error) {
	partial := filepath.Join(filepath.Dir(c.To), "."+filepath.Base(c.To)+".partial")
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(partial), os.RemoveAll(staged.Folder))
		}
	}()
	if err := os.RemoveAll(partial); err != nil {
		return m, err
	}
	if err := os.MkdirAll(filepath.Dir(c.To), 0o700); err != nil {
		return m, err
	}
	if err := archive.Move(staged.Folder, partial); err != nil {
		return m, fmt.Errorf("bring the backup to its place: %w", err)
	}
	bar := newProgress(p.stderr, p.now, "校验和 / checksums", "bytes", staged.Bytes)
	defer bar.finish()
	m, err = archive.Seal(partial, staged.Manifest, func(done int64) { bar.set(done, staged.Bytes) })
	if err != nil {
		return m, err
	}
	if err := p.ctx.Err(); err != nil {
		return m, err
	}
	if err := os.Rename(partial, c.To); err != nil {
		return m, err
	}
	return m, durable.SyncFolder(filepath.Dir(c.To))
}

// stagedBackup is a backup in the data directory that is not sealed yet.
type stagedBackup struct {
	Folder   string           `json:"folder"`
	Bytes    int64            `json:"bytes"`
	Manifest archive.Manifest `json:"manifest"`
}

func backupTask() task {
	return task{path: "/local/backup", run: func(ctx context.Context, a *app, _ json.RawMessage, report func(step)) (any, error) {
		return a.stageBackup(ctx, report)
	}}
}

// stageBackup writes a backup into the data directory. Writers wait only while
// the tables are cloned, which costs milliseconds; all else is read from the
// clones.
func (a *app) stageBackup(ctx context.Context, report func(step)) (staged stagedBackup, err error) {
	if !a.backingUp.TryLock() {
		return staged, &schemas.Problem{Code: schemas.CodeBusy, Status: http.StatusServiceUnavailable, Detail: "a backup is under way"}
	}
	defer a.backingUp.Unlock()
	if err := removeStages(a.config.Data); err != nil {
		return staged, err
	}
	if staged.Folder, err = filepath.Abs(filepath.Join(a.config.Data, backupsFolder, stagePrefix+strings.ToLower(rand.Text()[:8]))); err != nil {
		return staged, err
	}
	if err := os.MkdirAll(staged.Folder, 0o700); err != nil {
		return staged, err
	}
	defer func() {
		err = errors.Join(err, a.db.DropSnapshot(context.WithoutCancel(ctx)))
		if err != nil {
			err = errors.Join(err, os.RemoveAll(staged.Folder))
		}
	}()
	snapshot, err := a.freeze(ctx, &staged)
	if err != nil {
		return staged, err
	}
	if staged.Manifest.Schema, err = a.db.Migrations(ctx); err != nil {
		return staged, err
	}
	staged.Manifest.Tables, err = snapshot.Sums(ctx, func(done, of int) {
		report(step{"表的内容 / contents of tables", "tables", int64(done), int64(of)})
	})
	if err != nil {
		return staged, err
	}
	if err := a.copyTables(ctx, snapshot, staged.Folder, report); err != nil {
		return staged, err
	}
	staged.Bytes, err = folderBytes(staged.Folder)
	return staged, err
}

// freeze takes the one moment that the backup shows: the tables and the files
// beside them.
func (a *app) freeze(ctx context.Context, staged *stagedBackup) (snapshot *clickhouse.Snapshot, err error) {
	err = a.store.Freeze(ctx, "backup", func(ctx context.Context, snap *cube.Snapshot) error {
		staged.Manifest.Program, staged.Manifest.MadeAt = version(), a.now().UTC()
		staged.Manifest.DataVersion, staged.Manifest.Incidents = snap.Version, snap.Incidents
		if snapshot, err = a.db.Snapshot(ctx); err != nil {
			return err
		}
		err := a.copyFiles(filepath.Join(staged.Folder, archive.FilesFolder))
		a.logger.Info("backup: state taken", "data_version", snap.Version, "writers_waited", a.now().Sub(staged.Manifest.MadeAt).Round(time.Millisecond))
		return err
	})
	return snapshot, err
}

// copyTables lets the engine write the tables and says how far it is.
func (a *app) copyTables(ctx context.Context, snapshot *clickhouse.Snapshot, folder string, report func(step)) error {
	total, err := snapshot.Bytes(ctx)
	if err != nil {
		return err
	}
	target := filepath.Join(folder, archive.StoreFolder)
	done := make(chan error, 1)
	go func() { done <- snapshot.Backup(ctx, target) }()
	again := time.NewTicker(copyPoll)
	defer again.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-again.C:
			// A file may go while it is looked for: the next look will tell.
			if n, err := folderBytes(target); err == nil {
				report(step{"复制表 / copying tables", "bytes", min(n, int64(total)), int64(total)})
			}
		}
	}
}

// besides says whether something in a data directory belongs to the data but
// is no table: accounts, keys, the audit trail.
func besides(name string) bool {
	switch name {
	case "clickhouse", "clickhouse-config", backupsFolder, accessFile, configCopy, runningFile, partsFile, "lost+found":
		return false
	}
	return !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "engine.") && !strings.HasSuffix(name, ".sock") && !strings.HasSuffix(name, ".tmp")
}

// copyFiles copies what belongs to the data beside the tables, and the
// settings in force with the files that they name.
func (a *app) copyFiles(to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(a.config.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		from, target := filepath.Join(a.config.Data, e.Name()), filepath.Join(to, e.Name())
		switch {
		case !besides(e.Name()):
		case e.Name() == auditFolder:
			err = copyTrail(from, target)
		case e.IsDir():
			err = archive.Copy(from, target)
		case e.Type().IsRegular():
			err = archive.CopyFile(from, target)
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", e.Name(), err)
		}
	}
	if err := a.copyAccounts(filepath.Join(to, accessFile)); err != nil {
		return fmt.Errorf("copy accounts: %w", err)
	}
	return a.copySettings(to)
}

// copyTrail copies the audit trail, which grows meanwhile: its head first, so
// that the entries hold all that the head speaks of.
func copyTrail(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	const head = "head"
	if err := archive.CopyFile(filepath.Join(from, head), filepath.Join(to, head)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.Name() == head || e.Name() == "lock" || !e.Type().IsRegular() {
			continue
		}
		if err := archive.CopyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// copyAccounts copies the accounts as one transaction sees them; where nobody
// has the file open it is copied as it is.
func (a *app) copyAccounts(to string) error {
	if a.accounts == nil {
		err := archive.CopyFile(filepath.Join(a.config.Data, accessFile), to)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(a.accounts.WriteCopy(f), f.Close())
}

// copySettings writes down the settings, and copies the files of rules and
// holidays that they name.
func (a *app) copySettings(to string) error {
	f, err := os.OpenFile(filepath.Join(to, configCopy), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(printConfig(f, a.config), f.Close()); err != nil {
		return err
	}
	files := map[string]string{"policy.yaml": a.config.Policy, "calendar.yaml": a.config.Calendar}
	maps.Copy(files, a.config.rosterFiles())
	for name, path := range files {
		if path == "" {
			continue
		}
		if err := archive.CopyFile(path, filepath.Join(to, "config-"+name)); err != nil {
			return err
		}
	}
	return nil
}

// removeStages removes what killed backups left in a data directory.
func removeStages(dataDir string) error {
	left, err := filepath.Glob(filepath.Join(dataDir, backupsFolder, stagePrefix+"*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

func folderBytes(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
