package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"reli/ingest"
	"reli/schemas"
)

// partlyFits says that a proposal has to be looked at before it is used.
type partlyFits struct{ why string }

func (e *partlyFits) Error() string { return e.why }
func (e *partlyFits) exitCode() int { return exitRows }

// detect prints a profile for a file to standard output, and what it was found
// by to standard error.
func (c ingestCmd) detect(p *process) error {
	if len(c.Files) != 1 || c.Files[0] == "-" {
		return badUsage("--detect looks at one file")
	}
	format, err := ingest.ParseFormat(c.Format)
	if err != nil {
		return err
	}
	zone, err := p.config.zone()
	if err != nil {
		return err
	}
	name := c.Files[0]
	in := ingest.DetectInput{Name: filepath.Base(name), Format: format, CRS: c.CRS, Now: p.now(), Zone: zone,
		Open: func() (io.ReadCloser, error) { return os.Open(name) }}
	found, err := ingest.Detect(p.ctx, in)
	if err != nil {
		return err
	}
	printDetection(p.stderr, found)
	if !found.Fits() {
		return fmt.Errorf("no built-in profile fits; write one of your own, docs/ingest.md tells how")
	}
	proposal, err := found.Propose(in)
	if err != nil {
		return err
	}
	if _, err := p.stdout.Write(proposal.YAML); err != nil {
		return err
	}
	switch {
	case proposal.NeedsCRS:
		return &partlyFits{"there are coordinates: declare their reference system in the proposal, or with --crs"}
	case proposal.Accepted < proposal.Rows:
		return &partlyFits{fmt.Sprintf("the proposal takes %d of %d rows", proposal.Accepted, proposal.Rows)}
	}
	return nil
}

func badUsage(detail string) error {
	return &schemas.Problem{Code: schemas.CodeBadParameter, Status: 400, Detail: detail}
}

// shownCandidates is how many profiles the table compares.
const shownCandidates = 4

func printDetection(w io.Writer, d *ingest.Detection) {
	fmt.Fprintf(w, "%d rows looked at, %d of them unreadable\n\n", d.Rows, d.Unreadable)
	fmt.Fprintf(w, "%s %5s  %7s  %11s  %11s\n", pad("profile", 20), "score", "columns", "rows", "categories")
	for i, c := range d.Candidates {
		if i == shownCandidates || c.Score == 0 {
			break
		}
		read := 0
		for _, f := range c.Fields {
			if f != "" {
				read++
			}
		}
		fmt.Fprintf(w, "%s %5d  %7s  %11s  %11s", pad(c.Profile, 20), c.Score, of(read, d.Width()), of(c.Accepted, d.Rows), of(c.Known, c.Labelled))
		if c.Missing != "" {
			fmt.Fprintf(w, "  no column for %s", c.Missing)
		}
		fmt.Fprintln(w)
	}
	if !d.Fits() {
		return
	}
	best := d.Candidates[0]
	fmt.Fprintf(w, "\n%s %s\n", pad("column", 28), "read by "+best.Profile+" as")
	for i, field := range best.Fields {
		if field == "" {
			field = "- not read"
		}
		fmt.Fprintf(w, "%s %s\n", pad(d.Shown(i), 28), field)
	}
	for _, t := range best.Faults {
		fmt.Fprintf(w, "\n%d rows refused: %s (%s)", t.Rows, t.Field, t.Code)
	}
	if len(best.Faults) > 0 {
		fmt.Fprintln(w)
	}
	if best.Points > 0 {
		fmt.Fprintf(w, "\n%d rows have coordinates\n", best.Points)
	}
}

func of(n, all int) string { return fmt.Sprintf("%d/%d", n, all) }

// pad fills a text up to a number of columns of a terminal, in which Chinese
// characters take two.
func pad(s string, width int) string {
	for _, r := range s {
		if width--; r >= 0x2e80 {
			width--
		}
	}
	return s + strings.Repeat(" ", max(0, width))
}
