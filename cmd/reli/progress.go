package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is the one progress bar: a bar on a terminal, plain lines every
// few seconds elsewhere.
type progress struct {
	out   io.Writer
	label string
	unit  string
	bar   *progressbar.ProgressBar
	now   func() time.Time
	last  time.Time
}

// lineEvery is how often a plain line is written.
const lineEvery = 5 * time.Second

func newProgress(out io.Writer, now func() time.Time, label, unit string, total int64) *progress {
	p := &progress{out: out, label: label, unit: unit, now: now, last: now()}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if total <= 0 {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(label),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

func (p *progress) set(done, total int64) {
	if p.bar != nil {
		_ = p.bar.Set64(done)
		return
	}
	if p.now().Sub(p.last) < lineEvery {
		return
	}
	p.last = p.now()
	if total > 0 {
		fmt.Fprintf(p.out, "%s: %d of %d %s (%d%%)\n", p.label, done, total, p.unit, 100*done/total)
		return
	}
	fmt.Fprintf(p.out, "%s: %d %s\n", p.label, done, p.unit)
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
