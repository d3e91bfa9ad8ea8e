package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/ingest"
	"reli/schemas"
)

type areasCmd struct {
	File string `arg:"" help:"GeoJSON FeatureCollection with code, parent, level, name, population." type:"existingfile"`
}

// Run loads areas, through the serving process where there is one.
func (c areasCmd) Run(p *process) error {
	taker, done, err := openTaker(p)
	if err != nil {
		return err
	}
	defer done()
	return loadFile(p, taker, c.File)
}

func loadFile(p *process, t taker, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := t.areas(p.ctx, f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = fmt.Fprintf(p.stdout, "loaded %d areas\n", n)
	return err
}

func (o *owner) areas(ctx context.Context, r io.Reader) (int, error) {
	var loaded struct{ Areas int }
	err := o.post(ctx, "/v1/areas", http.Header{"Content-Type": {"application/geo+json"}}, r, &loaded)
	return loaded.Areas, err
}

func (a *app) areas(ctx context.Context, r io.Reader) (int, error) {
	areas, err := ingest.ReadAreas(r)
	if err != nil {
		return 0, err
	}
	return len(areas), a.loadAreas(ctx, areas)
}

// loadAreas makes areas the division tree: the store, the cube and ingest
// follow. Every month is computed again, because the ancestors of areas are
// part of the cube.
func (a *app) loadAreas(ctx context.Context, areas []schemas.Area) error {
	shapes, err := ingest.MapAreas(areas)
	if err != nil {
		return err
	}
	tree, err := area.BuildTree(shapes)
	if err != nil {
		return &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusBadRequest, Detail: err.Error(), Err: err}
	}
	if err := a.replaceAreas(ctx, areas, tree); err != nil {
		return err
	}
	if _, err := a.store.Reload(ctx, "areas"); err != nil {
		return err
	}
	return a.ingest.SetAreas(areasOf(a.store.Current()))
}

// replaceAreas marks every month before it writes, and lets nobody settle in
// between: after a crash the marks are there, at worst for nothing.
func (a *app) replaceAreas(ctx context.Context, areas []schemas.Area, tree *area.Tree) error {
	a.gate.Lock()
	defer a.gate.Unlock()
	version := uint64(a.now().UnixNano())
	months, err := a.db.AllMonths(ctx, a.zone.String())
	if err != nil {
		return err
	}
	if err := a.db.MarkDirty(ctx, version, months); err != nil {
		return err
	}
	return a.db.ReplaceAreas(ctx, schemas.DivisionSet, areas, cube.Paths(tree), version)
}
