package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Kinds of bars.
const (
	ratioAtMost  = "ratio at most"
	ratioAtLeast = "ratio at least"
	valueAtMost  = "at most"
	valueAtLeast = "at least"
)

// bar is what Reli has to reach; the zero value is none.
type bar struct {
	Kind  string  `json:"kind,omitempty"`
	Limit float64 `json:"limit,omitempty"`
}

// row is one comparison. Ratio is Reli's figure by the peer's.
type row struct {
	What  string   `json:"what"`
	Unit  string   `json:"unit"`
	Reli  float64  `json:"reli"`
	Peer  string   `json:"peer,omitempty"`
	Other *float64 `json:"other,omitempty"`
	Ratio *float64 `json:"ratio,omitempty"`
	Bar   bar      `json:"bar"`
	Met   *bool    `json:"met,omitempty"` // absent: no bar, or not measured
	Note  string   `json:"note,omitempty"`
}

// compare keeps a row of what rounds gave: medians, and the median of the
// rounds' ratios, because in one round both had the same machine. No figures
// of a peer: there is none, or it was not measured.
func (b *bench) compare(r row, ours, theirs []float64) {
	r.Reli = median(ours)
	if len(theirs) > 0 {
		other := median(theirs)
		ratios := make([]float64, len(theirs))
		for i, v := range theirs {
			ratios[i] = ours[i] / v
		}
		ratio := median(ratios)
		r.Other, r.Ratio = &other, &ratio
	}
	b.add(r)
}

// add judges a row and keeps it.
func (b *bench) add(r row) {
	met := false
	switch {
	case r.Bar.Kind == valueAtMost:
		met = r.Reli <= r.Bar.Limit
		r.Met = &met
	case r.Bar.Kind == valueAtLeast:
		met = r.Reli >= r.Bar.Limit
		r.Met = &met
	case r.Bar.Kind == ratioAtMost && r.Ratio != nil:
		met = *r.Ratio <= r.Bar.Limit
		r.Met = &met
	case r.Bar.Kind == ratioAtLeast && r.Ratio != nil:
		met = *r.Ratio >= r.Bar.Limit
		r.Met = &met
	}
	b.rows = append(b.rows, r)
}

// verdict says whether the bar is met, and by how much it is missed.
func (r row) verdict() string {
	switch {
	case r.Bar.Kind == "":
		return r.Note
	case r.Met == nil:
		return "not measured: " + r.Note
	case *r.Met:
		return strings.TrimSuffix("met; "+r.Note, "; ")
	case r.Bar.Kind == valueAtLeast:
		return fmt.Sprintf("**missed**, %.1f times too low", r.Bar.Limit/r.Reli)
	case r.Bar.Kind == ratioAtLeast:
		return fmt.Sprintf("**missed**, %.1f times too low", r.Bar.Limit / *r.Ratio)
	case r.Bar.Kind == ratioAtMost:
		return fmt.Sprintf("**missed**, %.1f times too high", *r.Ratio/r.Bar.Limit)
	}
	return fmt.Sprintf("**missed**, %.1f times too high", r.Reli/r.Bar.Limit)
}

func (r row) barText() string {
	switch r.Bar.Kind {
	case ratioAtMost:
		return fmt.Sprintf("ratio ≤ %v", r.Bar.Limit)
	case ratioAtLeast:
		return fmt.Sprintf("ratio ≥ %v", r.Bar.Limit)
	case valueAtLeast:
		return fmt.Sprintf("≥ %.0f %s", r.Bar.Limit, r.Unit)
	case valueAtMost:
		return fmt.Sprintf("≤ %v %s", r.Bar.Limit, r.Unit)
	}
	return ""
}

// markdown is the table with what was measured above it.
func (b *bench) markdown() string {
	var out strings.Builder
	for _, f := range b.facts {
		fmt.Fprintf(&out, "- %s\n", f)
	}
	out.WriteString("\n| what | Reli | peer | peer's | ratio | bar | |\n|---|---:|---|---:|---:|---|---|\n")
	for _, r := range b.rows {
		other, ratio := "", ""
		if r.Other != nil {
			other = figure(*r.Other, r.Unit)
		}
		if r.Ratio != nil {
			ratio = figure(*r.Ratio, "")
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s |\n", r.What, figure(r.Reli, r.Unit), r.Peer, other, ratio, r.barText(), r.verdict())
	}
	return out.String()
}

// figure writes three digits that matter.
func figure(v float64, unit string) string {
	text := fmt.Sprintf("%.0f", v)
	if digits := 2 - int(math.Floor(math.Log10(math.Abs(v)))); v != 0 && digits > 0 {
		text = fmt.Sprintf("%.*f", min(digits, 4), v)
	}
	return strings.TrimSpace(text + " " + unit)
}

// write prints the table and writes the artefacts.
func (b *bench) write(stdout io.Writer) error {
	table := b.markdown()
	if _, err := io.WriteString(stdout, table); err != nil {
		return err
	}
	if err := os.MkdirAll(b.opt.artifacts, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.opt.artifacts, "bench.md"), []byte(table), 0o644); err != nil {
		return err
	}
	text, err := json.MarshalIndent(map[string]any{"facts": b.facts, "rows": b.rows}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.opt.artifacts, "bench.json"), append(text, '\n'), 0o644)
}
