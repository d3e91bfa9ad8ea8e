package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reli/demo"
	"reli/schemas"
)

// stamp says what a cached directory was made from. It is written last, so a
// directory without it, or with another, is made again.
type stamp struct {
	Size      demo.Size
	Seed      uint64
	Incidents int64
	Schema    string // hash of the migrations and what was loaded; empty for files
}

const stampFile = "bench-stamp.txt"

func (s stamp) text() []byte {
	return fmt.Appendf(nil, "size %s, seed %d, incidents %d, schema %s\n", s.Size, s.Seed, s.Incidents, s.Schema)
}

// fresh empties dir unless its stamp is s, and reports whether it did.
func (s stamp) fresh(dir string) (bool, error) {
	have, err := os.ReadFile(filepath.Join(dir, stampFile))
	if err == nil && bytes.Equal(have, s.text()) {
		return false, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return false, err
	}
	return true, os.MkdirAll(dir, 0o755)
}

func (s stamp) save(dir string) error {
	return os.WriteFile(filepath.Join(dir, stampFile), s.text(), 0o644)
}

func (s stamp) dir(cache, kind string) string {
	return filepath.Join(cache, fmt.Sprintf("%s-%s-%d-%d", kind, s.Size, s.Incidents, s.Seed))
}

// files makes the county's files where the cache has them not.
func (b *bench) files(ctx context.Context, incidents int64) (string, error) {
	s := stamp{Size: b.opt.size, Seed: b.opt.seed, Incidents: incidents}
	dir := s.dir(b.opt.cache, "files")
	fresh, err := s.fresh(dir)
	if err != nil || !fresh {
		return dir, err
	}
	b.say("making the files of a county of %d incidents", incidents)
	if _, err := demo.Generate(ctx, demo.Options{Size: s.Size, Seed: s.Seed, Dir: dir, Incidents: incidents}); err != nil {
		return dir, err
	}
	return dir, s.save(dir)
}

// loaded starts Reli on a store that holds the county, filled through ingest
// where the cache has it not.
// Without transitions the incidents carry their own state, and loading is
// many times shorter; what a tile costs is the same.
func (b *bench) loaded(ctx context.Context, incidents int64, transitions bool) (*reli, string, error) {
	files, err := b.files(ctx, incidents)
	if err != nil {
		return nil, "", err
	}
	schema, err := schemaHash()
	if err != nil {
		return nil, "", err
	}
	s := stamp{Size: b.opt.size, Seed: b.opt.seed, Incidents: incidents, Schema: fmt.Sprintf("%s, transitions %v", schema, transitions)}
	dir := s.dir(b.opt.cache, "store")
	fresh, err := s.fresh(dir)
	if err != nil {
		return nil, "", err
	}
	r, err := startReli(ctx, dir)
	if err != nil || !fresh {
		return r, dir, err
	}
	b.say("ingesting %d incidents", incidents)
	if err := fill(ctx, r, files, transitions); err != nil {
		r.close()
		return nil, "", err
	}
	return r, dir, s.save(dir)
}

// fill takes the files of a county in.
func fill(ctx context.Context, r *reli, files string, transitions bool) error {
	if err := r.loadAreas(ctx, filepath.Join(files, "areas.geojson")); err != nil {
		return err
	}
	inputs, err := incidentFiles(files)
	if err != nil {
		return err
	}
	if transitions {
		inputs = append(inputs, filepath.Join(files, "transitions.csv"))
	}
	for _, path := range inputs {
		if _, err := r.take(ctx, path, profileOf(path)); err != nil {
			return err
		}
	}
	_, err = r.store.Settle(ctx, "bench")
	return err
}

func incidentFiles(files string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(files, "incidents-*.csv*"))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no incident files in %s", files)
	}
	slices.Sort(found)
	return found, err
}

// profileOf names the profile that demo wrote beside a file of records.
func profileOf(path string) string {
	base, _, _ := strings.Cut(filepath.Base(path), ".")
	return filepath.Join(filepath.Dir(path), base+".profile.yaml")
}

func schemaHash() (string, error) {
	h := sha256.New()
	dir := schemas.Migrations()
	names, err := fs.Glob(dir, "*.sql")
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
