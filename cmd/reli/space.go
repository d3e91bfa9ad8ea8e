package main

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"reli/internal/clickhouse"
)

// roomyStore refuses what ingest writes while there is less free space than is
// to be kept: before the engine fails, and so that settling, merging and a
// backup of what is there still have theirs.
type roomyStore struct {
	*clickhouse.DB
	free  func() (int64, error) // bytes
	least int64
}

func (s roomyStore) room() error {
	if s.least <= 0 {
		return nil
	}
	free, err := s.free()
	if err != nil {
		return fmt.Errorf("free space: %w", err)
	}
	if free < s.least {
		return clickhouse.DiskFull(fmt.Errorf("%d bytes are free, %d are to be", free, s.least))
	}
	return nil
}

// roomy watches the free space of an embedded engine; a server watches its own.
func (a *app) roomy() roomyStore {
	s := roomyStore{DB: a.db, free: func() (int64, error) { return freeSpace(a.config.Data) }}
	if a.engine != nil {
		s.least = a.config.FreeBytes
	}
	return s
}

// MarkDays comes before every batch, so that a refused one has written nothing.
func (s roomyStore) MarkDays(ctx context.Context, seq uint64, days []uint16) error {
	if err := s.room(); err != nil {
		return err
	}
	return s.DB.MarkDays(ctx, seq, days)
}

// InsertQuarantine keeps refused rows.
func (s roomyStore) InsertQuarantine(ctx context.Context, token string, rows []clickhouse.QuarantineRow) error {
	if err := s.room(); err != nil {
		return err
	}
	return s.DB.InsertQuarantine(ctx, token, rows)
}

// freeSpace gives the bytes that this process may still write in a folder.
func freeSpace(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
