package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"reli/analytics/areaset"
	"reli/ingest"
	"reli/ingest/inbox"
	"reli/schemas"
	"reli/web"
	"reli/web/audit"
)

type ingestCmd struct {
	Files   []string `arg:"" help:"CSV, TSV, NDJSON, JSON, XLSX, Parquet or Arrow files, gzip or zstd too; a folder for all files in it; - for standard input." placeholder:"FILE"`
	Profile string   `help:"Built-in profile or profile file; generic when empty." env:"RELI_PROFILE"`
	CRS     string   `name:"crs" help:"Reference system of the coordinates, where neither a column nor the profile declares it: WGS84, GCJ02, …"`
	Detect  bool     `help:"Take nothing in; propose a profile for the file." xor:"what"`
	Watch   bool     `help:"Take files in as they come into the folder, until stopped." xor:"what"`
	Format  string   `help:"csv, tsv, ndjson, json, xlsx, parquet or arrow; seen by itself when empty."`
}

// refusedRows says that an input was taken in but for some rows.
type refusedRows struct{ rows int64 }

func (e *refusedRows) exitCode() int { return exitRows }

func (e *refusedRows) Error() string {
	return fmt.Sprintf("%d rows were refused; they are kept in quarantine", e.rows)
}

// Run takes the files in, through the serving process where there is one.
func (c ingestCmd) Run(p *process) error {
	switch {
	case c.Detect:
		return c.detect(p)
	case c.Watch:
		return c.watch(p)
	}
	profile, err := loadProfile(cmp.Or(c.Profile, usualProfile), c.CRS)
	if err != nil {
		return err
	}
	files, err := inbox.Files(c.Files...)
	if err != nil {
		return err
	}
	format, err := ingest.ParseFormat(c.Format)
	if err != nil {
		return err
	}
	taker, done, err := openTaker(p)
	if err != nil {
		return err
	}
	defer done()
	var refused int64
	for _, name := range files {
		report, err := takeFile(p, taker, name, profile, format)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		refused += report.Quarantined
	}
	if err := taker.settle(p.ctx); err != nil {
		return err
	}
	if refused > 0 {
		return &refusedRows{refused}
	}
	return nil
}

// profileText is a profile with the text it came from, so that it can be sent.
type profileText struct {
	*ingest.Profile
	builtin string
	text    []byte
}

// usualProfile is that of files without another.
const usualProfile = "generic"

// loadProfile reads a profile; a reference system that is given goes before
// that of the profile.
func loadProfile(name, system string) (profileText, error) {
	if strings.ContainsAny(name, "./\\") {
		if system != "" {
			return profileText{}, badUsage("--crs goes with a built-in profile; a profile file declares crs itself")
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return profileText{}, &schemas.Problem{Code: schemas.CodeBadProfile, Status: http.StatusBadRequest, Field: "profile", Detail: err.Error()}
		}
		p, err := ingest.ParseProfile(text)
		if problem, ok := schemas.AsProblem(err); ok {
			problem.Detail = name + ": " + problem.Detail
		}
		return profileText{Profile: p, text: text}, err
	}
	p, err := ingest.BuiltinProfile(name)
	if err != nil || system == "" {
		return profileText{Profile: p, builtin: name}, err
	}
	text := fmt.Appendf(nil, "name: %q\nextends: %q\ncrs: %q\n", name, name, system)
	p, err = ingest.ParseProfile(text)
	return profileText{Profile: p, text: text}, err
}

// taker takes inputs in: this process or the one that serves the data
// directory.
type taker interface {
	take(ctx context.Context, in ingest.Input, profile profileText) (ingest.Report, error)
	areas(ctx context.Context, file io.Reader, system string) (ingest.AreaReport, error)
	areaSet(ctx context.Context, file io.Reader, set, system string) (areaset.Report, error)
	settle(ctx context.Context) error
}

func openTaker(p *process) (taker, func(), error) {
	if o := findOwner(p.ctx, p.config.Data); o != nil {
		return o, func() {}, nil
	}
	a, err := openApp(p, newLogger(p))
	if err != nil {
		return nil, nil, err
	}
	return a, a.close, nil
}

func (a *app) take(ctx context.Context, in ingest.Input, profile profileText) (ingest.Report, error) {
	in.Profile = profile.Profile
	report, err := a.ingest.Run(ctx, in)
	return report, errors.Join(err, a.record(ctx, audit.Action("ingest."+string(profile.Record())+"s"), fmt.Sprintf("%s, batch %s", in.Name, report.Batch),
		map[string]int64{"rows": report.Rows, "accepted": report.Accepted, "updated": report.Updated, "quarantined": report.Quarantined}, err))
}

func (a *app) settle(ctx context.Context) error {
	_, err := a.store.Settle(ctx, "ingest")
	return err
}

func (o *owner) take(ctx context.Context, in ingest.Input, profile profileText) (ingest.Report, error) {
	path := "/v1/incidents"
	if profile.Record() == ingest.RecordTransition {
		path = "/v1/transitions"
	}
	header := http.Header{"Content-Type": {"application/octet-stream"}}
	query := url.Values{"name": {in.Name}}
	if in.Format != ingest.FormatAuto {
		query.Set("format", string(in.Format))
	}
	if profile.builtin != "" {
		query.Set("profile", profile.builtin)
	} else {
		header.Set(web.ProfileHeader, base64.StdEncoding.EncodeToString(profile.text))
	}
	body := &progressReader{r: in.Reader, total: in.Size, report: in.Progress}
	var report ingest.Report
	err := o.post(ctx, path+"?"+query.Encode(), header, body, &report)
	return report, err
}

// settle has nothing to do: the serving process settles by itself.
func (o *owner) settle(context.Context) error { return nil }

type progressReader struct {
	r      io.Reader
	done   int64
	total  int64
	report func(ingest.Progress)
}

func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.done += int64(n)
	if p.report != nil {
		p.report(ingest.Progress{Bytes: p.done, Total: p.total})
	}
	return n, err
}

func takeFile(p *process, t taker, name string, profile profileText, format ingest.Format) (ingest.Report, error) {
	reader, size, base := io.Reader(os.Stdin), int64(0), "stdin"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return ingest.Report{}, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return ingest.Report{}, err
		}
		reader, size, base = f, info.Size(), filepath.Base(name)
	}
	bar := newProgress(p.stderr, p.now, base, "bytes", size)
	report, err := t.take(p.ctx, ingest.Input{Name: base, Reader: reader, Size: size, Format: format,
		Progress: func(at ingest.Progress) { bar.set(at.Bytes, at.Total) }}, profile)
	bar.finish()
	if err != nil && report.Rows == 0 {
		return report, err
	}
	printReport(p, base, report)
	return report, err
}

// shownErrors is how many refused rows the command names; all are kept.
const shownErrors = 10

func printReport(p *process, name string, r ingest.Report) {
	fmt.Fprintf(p.stdout, "%s: %d rows: %d accepted, %d updated, %d duplicates, %d quarantined\n",
		name, r.Rows, r.Accepted, r.Updated, r.Duplicates, r.Quarantined)
	printCounts(p.stdout, "flagged", r.Flagged)
	printCounts(p.stdout, "derived", r.Derived)
	for i, e := range r.Errors {
		if i == shownErrors {
			fmt.Fprintf(p.stdout, "  … and more; all are kept in quarantine\n")
			break
		}
		fmt.Fprintf(p.stdout, "  row %d, %s: %s (%s)\n", e.Row, e.Field, e.Message, e.Code)
	}
}
