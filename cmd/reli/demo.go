package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"reli/demo"
	"reli/ingest"
)

type demoCmd struct {
	Size      string `help:"S: 609 grids, 9,000 incidents; M: 14,216 and a million; L: 150,000 and a hundred million." enum:"S,M,L" default:"S"`
	Seed      uint64 `help:"Equal seeds make equal counties." default:"1"`
	End       string `help:"Last day, YYYY-MM-DD; yesterday when empty." placeholder:"DAY"`
	Incidents int64  `help:"Number of incidents; the size's when 0."`
	Files     string `help:"Keep the files in this directory; only make them, load nothing." type:"path"`
}

// Run makes the county's files and takes them in the way a county's own files
// are.
func (c demoCmd) Run(p *process) error {
	dir := c.Files
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "reli-demo"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	made, err := c.generate(p, dir)
	if err != nil || c.Files != "" {
		return err
	}
	taker, done, err := openTaker(p)
	if err != nil {
		return err
	}
	defer done()
	if err := loadFile(p, taker, made.Areas, ""); err != nil {
		return err
	}
	for _, f := range append(slices.Clone(made.Incidents), made.Transitions) {
		profile, err := loadProfile(f.Profile, "")
		if err != nil {
			return err
		}
		if _, err := takeFile(p, taker, f.Path, profile, ingest.FormatAuto); err != nil {
			return err
		}
	}
	if err := taker.settle(p.ctx); err != nil {
		return err
	}
	if a, owned := taker.(*app); owned {
		return a.makeAhead(p)
	}
	return nil // the serving process makes them by itself
}

func (c demoCmd) generate(p *process, dir string) (demo.Summary, error) {
	size, err := demo.ParseSize(c.Size)
	if err != nil {
		return demo.Summary{}, err
	}
	end, err := c.lastDay(p)
	if err != nil {
		return demo.Summary{}, err
	}
	bar := newProgress(p.stderr, p.now, "fictional county", "records", 0)
	defer bar.finish()
	made, err := demo.Generate(p.ctx, demo.Options{Size: size, Seed: c.Seed, Dir: dir, End: end, Incidents: c.Incidents,
		Progress: func(at demo.Progress) { bar.set(at.Done, at.Total) }})
	if err != nil {
		return made, err
	}
	fmt.Fprintf(p.stdout, "made %d townships, %d villages, %d grids, %d incidents from %s to %s\n", made.Townships, made.Villages,
		made.Grids, made.Records, made.From.Format(time.DateOnly), end.Format(time.DateOnly))
	return made, nil
}

func (c demoCmd) lastDay(p *process) (time.Time, error) {
	zone, err := p.config.zone()
	if err != nil {
		return time.Time{}, err
	}
	if c.End == "" {
		return p.now().In(zone).AddDate(0, 0, -1), nil
	}
	day, err := time.ParseInLocation(time.DateOnly, c.End, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("end: want a day as YYYY-MM-DD, have %q", c.End)
	}
	return day, nil
}
