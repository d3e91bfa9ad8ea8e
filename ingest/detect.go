package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"reli/ingest/privacy"
	"reli/schemas"
)

// detectRows is how many rows Detect looks at: enough for the labels of a
// county's year, and read in a second.
const detectRows = 2000

// DetectInput is an input that is looked at, not taken in.
type DetectInput struct {
	Name   string // a file name without its folder
	Open   func() (io.ReadCloser, error)
	Format Format
	CRS    string         // the reference system of its coordinates, "" when not declared
	Now    time.Time      // dates after it are faults
	Zone   *time.Location // of dates without one
}

// Detection says how an input could be read. It holds no cell of the input but
// labels of coded columns that repeat and do not look personal.
type Detection struct {
	Rows       int         // looked at
	Unreadable int         // of them, rows that no profile can read
	Candidates []Candidate // best first, every built-in profile

	name    string
	columns []string // as they may be shown
	header  []string
	rows    [][]string
	typed   bool
}

// Detect reads the head and a sample of an input and tries every built-in
// profile on it. The errors are those of Run.
func Detect(ctx context.Context, in DetectInput) (*Detection, error) {
	var profiles []*Profile
	for _, name := range BuiltinProfiles() {
		p, err := BuiltinProfile(name)
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, p)
	}
	return detect(ctx, in, profiles)
}

func detect(ctx context.Context, in DetectInput, profiles []*Profile) (*Detection, error) {
	d := &Detection{name: in.Name}
	union := knownHeaders(profiles)
	first, err := d.read(ctx, in, union, 0)
	if err != nil {
		return nil, err
	}
	d.header = first
	all := everyColumn(first)
	if _, err := d.read(ctx, in, all, detectRows); err != nil {
		return nil, err
	}
	if len(d.rows) == 0 {
		return nil, badInput("the input has no row that can be read below its header")
	}
	d.show(union)
	for _, p := range profiles {
		d.Candidates = append(d.Candidates, d.best(p, in))
	}
	slices.SortStableFunc(d.Candidates, func(a, b Candidate) int {
		if a.Score != b.Score {
			return b.Score - a.Score
		}
		return len(b.matched) - len(a.matched)
	})
	return d, nil
}

// best tries a profile as it is, and with columns found by likeness for fields
// that have none. What is only alike counts less than what is known.
func (d *Detection) best(p *Profile, in DetectInput) Candidate {
	c := d.judge(p, in)
	liked := d.alike(p, &c)
	if len(liked) == 0 {
		return c
	}
	wider, err := ParseProfile(ownProfile(p.name, liked))
	if err != nil {
		return c
	}
	w := d.judge(wider, in)
	w.Profile, w.liked = p.name, liked
	if w.Score = w.Score * 9 / 10; w.Score > c.Score || c.Missing == "" && w.Missing == "" && w.Accepted >= c.Accepted {
		w.Score = max(w.Score, c.Score)
		return w
	}
	return c
}

// knownHeaders binds every header that any built-in profile knows, and takes
// the first row with two of them for the header.
func knownHeaders(profiles []*Profile) binding {
	b := binding{names: map[string]columnRef{}, least: 2}
	for _, p := range profiles {
		for folded := range p.bind.names {
			if _, ok := b.names[folded]; !ok {
				b.names[folded] = columnRef{field: b.width}
				b.width++
			}
		}
	}
	return b
}

// everyColumn binds each column of a header to a field of its own.
func everyColumn(header []string) binding {
	b := binding{names: map[string]columnRef{}, width: len(header), least: 1}
	for i, name := range header {
		if _, ok := b.names[foldHeader(name)]; !ok {
			b.names[foldHeader(name)] = columnRef{field: i}
		}
	}
	b.least = max(1, len(b.names))
	return b
}

// read opens the input with a binding and reads up to limit rows. With limit 0
// it finds the header: for objects, the keys of the first rows.
func (d *Detection) read(ctx context.Context, in DetectInput, b binding, limit int) (header []string, err error) {
	file, err := in.Open()
	if err != nil {
		return nil, fmt.Errorf("open input: %w", err)
	}
	r := &run{profile: &Profile{bind: b}, input: Input{Name: in.Name, Format: in.Format, Reader: file}}
	defer func() { err = errors.Join(err, r.close(), file.Close()) }()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	d.typed = r.typed
	count := limit
	switch from := r.decoder.(type) {
	case *csvDecoder:
		header = from.names
	case *tableDecoder:
		header = from.from.names()
	default:
		count = detectRows
	}
	rec := Record{Values: make([][]byte, b.width)}
	for range count {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fault, err := rowFault(r.decoder.Next(&rec))
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, inputError(err)
		}
		if limit > 0 {
			d.keep(&rec, fault)
		}
	}
	switch from := r.decoder.(type) {
	case *ndjsonDecoder:
		header = from.seen
	case *jsonDecoder:
		header = from.seen
	}
	return header, nil
}

func (d *Detection) keep(rec *Record, fault *RowError) {
	d.Rows++
	if fault != nil {
		d.Unreadable++
		return
	}
	row := make([]string, len(rec.Values))
	for i, v := range rec.Values {
		row[i] = string(v[:min(len(v), MaxFieldBytes)])
	}
	d.rows = append(d.rows, row)
}

// show decides how the columns are named. Where no row looks like a header the
// first one stands for it, and may be a record: nothing of it is shown.
func (d *Detection) show(known binding) {
	sure := known.fits(d.header)
	for i, name := range d.header {
		shown := privacy.Mask(strings.TrimSpace(name))
		if known.column(name).field < 0 && (!sure || !showable(shown)) {
			shown = fmt.Sprintf("column %d", i+1)
		}
		d.columns = append(d.columns, shown)
	}
}

// longestShown is the longest label that is shown: longer ones are texts.
const longestShown = 16

// showable says whether a text may be shown: short, without anything that
// points at a person, and no name that stands alone.
func showable(s string) bool {
	return s != "" && len([]rune(s)) <= longestShown && textFault(s) == "" && len(privacy.Scan(s)) == 0 && !privacy.LikeName(s)
}

// Shown is the name of a column as it may be shown.
func (d *Detection) Shown(column int) string { return d.columns[column] }

// Width is the number of columns.
func (d *Detection) Width() int { return len(d.columns) }

// Fits says whether the best candidate is worth proposing.
func (d *Detection) Fits() bool { return d.Candidates[0].Score >= leastScore }

// leastScore of a candidate that is proposed: half of what can be had.
const leastScore = 50

// undeclared says whether an error is about a missing reference system.
func undeclared(err error) bool {
	p, ok := schemas.AsProblem(err)
	return ok && p.Code == schemas.CodeUndeclaredCRS
}
