package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"reli/analytics/cube"
	"reli/analytics/report"
	"reli/schemas"
)

type reportCmd struct {
	Name   string `arg:"" optional:"" help:"overview, situation, ranking, petition_rates or ledgers; lists them when empty."`
	Period string `help:"2026-W43, 2026-10-H2, 2026-10, 2026-Q4, 2026-H2 or 2026; the last whole month when empty." placeholder:"PERIOD"`
	Format string `help:"html, xlsx, csv, arrow or json; the output's ending when empty." placeholder:"FORMAT"`
	Area   string `help:"Code of the area it is about; the whole county when empty."`
	Table  string `help:"Code of one table, for CSV and Arrow."`
	Output string `short:"o" help:"File to write; standard output when empty." type:"path"`
}

// Run writes one report, or the list of them. Where a server runs on the data
// directory, it does the work.
func (c reportCmd) Run(p *process) error {
	if c.Name == "" {
		return listReports(p.stdout)
	}
	format, err := c.format()
	if err != nil {
		return err
	}
	write := c.local
	if o := findOwner(p.ctx, p.config.Data); o != nil {
		write = func(p *process, f report.Format, w io.Writer) error { return c.ask(p.ctx, o, f, w) }
	}
	if c.Output == "" {
		return write(p, format, p.stdout)
	}
	file, err := os.Create(c.Output)
	if err != nil {
		return err
	}
	if err := write(p, format, file); err != nil {
		_ = file.Close()
		_ = os.Remove(c.Output) // half a report is none
		return err
	}
	return file.Close()
}

func listReports(w io.Writer) error {
	for _, info := range report.Infos() {
		if _, err := fmt.Fprintf(w, "%-15s %s  %v\n", info.Name, info.Zh, info.Cadences); err != nil {
			return err
		}
	}
	return nil
}

func (c reportCmd) format() (report.Format, error) {
	code := c.Format
	if code == "" {
		code = c.Output[strings.LastIndexByte(c.Output, '.')+1:]
	}
	f, ok := report.LookupFormat(code)
	if !ok {
		return f, schemas.BadParameter("format", "want html, xlsx, csv, arrow or json")
	}
	return f, nil
}

func (c reportCmd) local(p *process, format report.Format, w io.Writer) error {
	a, err := openApp(p, newLogger(p))
	if err != nil {
		return err
	}
	defer a.close()
	s, err := a.reports()
	if err != nil {
		return err
	}
	info, period, err := s.Find(c.Name, c.Period)
	if err != nil {
		return err
	}
	if c.Area != "" && !a.store.Current().Catalogue.HasArea(c.Area) {
		return schemas.BadParameter("area", "no such area")
	}
	if err := a.record(p.ctx, "report.export", c.Name, map[string]string{"period": c.Period, "area": c.Area, "format": format.Code}, nil); err != nil {
		return err
	}
	d, err := s.Get(p.ctx, info, period, c.Area, cube.Scope{})
	if err != nil {
		return err
	}
	return format.Write(w, d, c.Table)
}

// ask lets the serving process do it.
func (c reportCmd) ask(ctx context.Context, o *owner, format report.Format, w io.Writer) error {
	q := url.Values{}
	for name, value := range map[string]string{"period": c.Period, "area": c.Area, "table": c.Table} {
		if value != "" {
			q.Set(name, value)
		}
	}
	address := "http://reli/v1/reports/" + url.PathEscape(c.Name) + "." + format.Code + "?" + q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return fmt.Errorf("the serving process: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Detail, Code string }
		if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil || problem.Code == "" {
			return fmt.Errorf("the serving process answered %s", resp.Status)
		}
		return &schemas.Problem{Code: problem.Code, Status: resp.StatusCode, Detail: problem.Detail}
	}
	_, err = io.Copy(w, resp.Body)
	return err
}

func (a *app) reports() (*report.Service, error) {
	thresholds, err := report.ParseThresholds(a.config.PetitionRates)
	if err != nil {
		return nil, err
	}
	return report.New(report.Options{DB: a.db, Store: a.store, Now: a.now, Thresholds: thresholds, Logger: a.logger}), nil
}

// followReports starts what keeps the courses settled and makes reports on
// their day; stop ends it and waits.
func (a *app) followReports(p *process) (s *report.Service, stop func(), err error) {
	if s, err = a.reports(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(p.ctx)
	var running sync.WaitGroup
	running.Go(func() { s.Follow(ctx) })
	return s, func() {
		cancel()
		running.Wait()
	}, nil
}
