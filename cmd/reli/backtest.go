package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"reli/analytics/cube"
	"reli/analytics/outlook"
	"reli/schemas"
)

type backtestCmd struct {
	JSON     bool   `help:"Print the report as JSON instead of Markdown." name:"json"`
	Level    string `help:"hex, grid, village, township or county." default:"township"`
	Res      int    `help:"Resolution of hexagons." default:"0"`
	Category string `help:"Category codes joined by commas, taken together; all when empty."`
	Holdout  int    `help:"Weeks hidden from every choice; a third of the history, at most 26, when 0."`
	Seed     uint64 `help:"Seed of the bootstrap: equal seeds on equal data give equal reports."`

	Detection bool `help:"Measure the warnings too, by injected outbreaks; minutes on many places."`
}

// Run measures the forecasts on the loaded data. Where a server runs on the
// data directory, it does the work.
func (c backtestCmd) Run(p *process) error {
	if _, err := outlook.ParseLayer(c.Level, c.Res); err != nil {
		return err
	}
	if o := findOwner(p.ctx, p.config.Data); o != nil {
		return c.ask(p.ctx, o, p.stdout)
	}
	a, err := openApp(p, newLogger(p))
	if err != nil {
		return err
	}
	defer a.close()
	sel, err := cube.ParseSelection(c.query(), a.store.Current().Catalogue, a.store.Today())
	if err != nil {
		return err
	}
	layer, err := outlook.ParseLayer(c.Level, c.Res)
	if err != nil {
		return err
	}
	bar := newProgress(p.stderr, p.now, "backtest", "weeks", 0)
	defer bar.finish()
	report, err := outlook.New(a.store, a.now).Backtest(p.ctx, outlook.BacktestRequest{Layer: layer, Categories: sel.Categories,
		Holdout: c.Holdout, Seed: c.Seed, Detection: c.Detection, Progress: func(done, total int) { bar.set(int64(done), int64(total)) }})
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	_, err = io.WriteString(p.stdout, report.Markdown())
	return err
}

// query of the categories, as in an address.
func (c backtestCmd) query() url.Values {
	q := url.Values{}
	if c.Category != "" {
		q.Set("category", c.Category)
	}
	return q
}

// ask lets the serving process do it.
func (c backtestCmd) ask(ctx context.Context, o *owner, out io.Writer) error {
	q := c.query()
	q.Set("level", c.Level)
	q.Set("seed", strconv.FormatUint(c.Seed, 10))
	q.Set("format", "markdown")
	if c.JSON {
		q.Set("format", "json")
	}
	if c.Detection {
		q.Set("detection", "1")
	}
	if c.Res != 0 {
		q.Set("res", strconv.Itoa(c.Res))
	}
	if c.Holdout != 0 {
		q.Set("holdout", strconv.Itoa(c.Holdout))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://reli/v1/backtest?"+q.Encode(), nil)
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
	if !c.JSON {
		_, err = io.Copy(out, resp.Body)
		return err
	}
	var answer json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(answer); err != nil {
		return err
	}
	_, err = io.WriteString(out, b.String())
	return err
}
