package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"

	"reli/analytics/areaset"
	"reli/analytics/cube"
	"reli/geo/area"
	"reli/ingest"
	"reli/schemas"
)

type areasCmd struct {
	File string `arg:"" help:"GeoJSON, Shapefile (ZIP) or CSV with WKT: code, parent, level, name, population." type:"existingfile"`
	Set  string `help:"Load another set of areas (片区), such as police, that may cross townships, beside the divisions."`
	CRS  string `name:"crs" help:"Reference system of the coordinates (CGCS2000, GCJ02, EPSG:4548 …), where the file does not say it."`
}

// Run loads areas, through the serving process where there is one.
func (c areasCmd) Run(p *process) error {
	taker, done, err := openTaker(p)
	if err != nil {
		return err
	}
	defer done()
	if c.Set != "" {
		return loadSet(p, taker, c)
	}
	return loadFile(p, taker, c.File, c.CRS)
}

func loadSet(p *process, t taker, c areasCmd) error {
	if err := areaset.CheckName(c.Set); err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := t.areaSet(p.ctx, f, c.Set, c.CRS)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	_, err = fmt.Fprintf(p.stdout, "片区 %s:%d 个,含网格 %d 个(其中跨片区 %d 个),不在任何片区的网格 %d 个 / set %s: %d areas, %d grids in them (%d in several), %d in none\n",
		report.Set, report.Areas, report.Grids, report.Divided, report.Unassigned, report.Set, report.Areas, report.Grids, report.Divided, report.Unassigned)
	return err
}

func (o *owner) areaSet(ctx context.Context, r io.Reader, set, system string) (report areaset.Report, err error) {
	q := url.Values{"set": {set}}
	if system != "" {
		q.Set("crs", system)
	}
	err = o.post(ctx, "/v1/areas?"+q.Encode(), http.Header{"Content-Type": {"application/octet-stream"}}, r, &report)
	return report, err
}

func (a *app) areaSet(ctx context.Context, r io.Reader, set, system string) (report areaset.Report, err error) {
	declared, err := ingest.DeclaredSystem(system)
	if err != nil {
		return report, err
	}
	areas, err := ingest.ReadAreaSet(r, set, declared)
	if err != nil {
		return report, err
	}
	report, err = a.sets.Replace(ctx, set, areas, uint64(a.now().UnixNano()))
	return report, errors.Join(err, a.record(ctx, "area.replace", "areas of "+set, report, err))
}

func loadFile(p *process, t taker, name, system string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := t.areas(p.ctx, f, system)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err = fmt.Fprintf(p.stdout, "loaded %d areas\n", report.Areas); err != nil || report.Faults == 0 {
		return err
	}
	if _, err = fmt.Fprintf(p.stdout, "%d gaps and overlaps of %ss:\n", report.Faults, report.Checked); err != nil {
		return err
	}
	for _, fault := range report.List {
		if _, err = fmt.Fprintln(p.stdout, "  "+fault.Line()); err != nil {
			return err
		}
	}
	return nil
}

func (o *owner) areas(ctx context.Context, r io.Reader, system string) (report ingest.AreaReport, err error) {
	address := "/v1/areas"
	if system != "" {
		address += "?crs=" + url.QueryEscape(system)
	}
	err = o.post(ctx, address, http.Header{"Content-Type": {"application/octet-stream"}}, r, &report)
	return report, err
}

func (a *app) areas(ctx context.Context, r io.Reader, system string) (report ingest.AreaReport, err error) {
	declared, err := ingest.DeclaredSystem(system)
	if err != nil {
		return report, err
	}
	areas, err := ingest.ReadAreas(r, declared)
	if err != nil {
		return report, err
	}
	if report, err = ingest.CheckAreas(areas); err != nil {
		return report, err
	}
	err = a.loadAreas(ctx, areas)
	return report, errors.Join(err, a.record(ctx, "area.replace", "areas", map[string]int{"areas": len(areas)}, err))
}

// loadAreas makes areas the division tree: the store, the cube and ingest
// follow. Every month is computed again, because the ancestors of areas are
// part of the cube.
func (a *app) loadAreas(ctx context.Context, areas []schemas.Area) error {
	stored, err := a.db.Areas(ctx, schemas.DivisionSet)
	if err != nil {
		return err
	}
	current, closed := cube.NextMap(stored, areas, cube.DayOf(a.now().In(a.zone)).Time())
	shapes, err := ingest.MapAreas(current)
	if err != nil {
		return err
	}
	tree, err := area.BuildTree(shapes)
	if err != nil {
		return &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusBadRequest, Detail: err.Error(), Err: err}
	}
	if err := a.replaceAreas(ctx, current, closed, tree); err != nil {
		return err
	}
	if _, err := a.store.Reload(ctx, "areas"); err != nil {
		return err
	}
	if err := a.sets.Follow(ctx, uint64(a.now().UnixNano())); err != nil {
		return err
	}
	return a.ingest.SetAreas(areasOf(a.store.Current()))
}

// replaceAreas marks every month before it writes, and lets nobody settle in
// between: after a crash the marks are there, at worst for nothing.
func (a *app) replaceAreas(ctx context.Context, current, closed []schemas.Area, tree *area.Tree) error {
	a.gate.Lock()
	defer a.gate.Unlock()
	// Above all before, also where the clock went back.
	version := max(uint64(a.now().UnixNano()), a.store.Current().SettledSeq+1)
	months, err := a.db.AllMonths(ctx, a.zone.String())
	if err != nil {
		return err
	}
	if err := a.db.MarkDirty(ctx, version, months); err != nil {
		return err
	}
	return a.db.ReplaceAreas(ctx, schemas.DivisionSet, slices.Concat(current, closed),
		slices.Concat(cube.Paths(tree), cube.ClosedPaths(tree, closed)), version)
}
