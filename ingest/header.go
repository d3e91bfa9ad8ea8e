package ingest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// header finds the header row among the first rows: the first one that has a
// column for all that is needed. Reports have titles and dates above their
// table, often in merged cells. Where no row fits the first one is given, so
// that what it lacks can be named.
func (b binding) header(next func() ([]string, error)) ([]string, error) {
	var first []string
	for range titleRows + 1 {
		names, err := next()
		switch {
		case err == io.EOF && first != nil, err != nil && err != io.EOF && first != nil && !fatal(err):
			return first, checkHeader(first)
		case err == io.EOF:
			return nil, badInput("the input is empty: a header row is needed")
		case err != nil:
			return nil, err
		}
		if b.fits(names) {
			return names, checkHeader(names)
		}
		if first == nil {
			first = names
		}
	}
	return first, checkHeader(first)
}

// fatal tells an input that cannot be read from a row that cannot.
func fatal(err error) bool {
	p := badInput("")
	return !errors.As(err, &p)
}

func checkHeader(names []string) error {
	if len(names) > MaxColumns {
		return badInput("the header has %d columns, more than %d", len(names), MaxColumns)
	}
	if all := strings.Join(names, ""); !utf8.ValidString(all) || strings.ContainsRune(all, 0) {
		return badInput("the header row is not UTF-8 text")
	}
	return nil
}

// fits reports whether a row can be the header.
func (b binding) fits(names []string) bool {
	bound := make([]bool, b.width)
	for _, name := range names {
		if ref := b.column(name); ref.field >= 0 {
			bound[ref.field] = true
		}
	}
	if known := len(slices.DeleteFunc(slices.Clone(bound), func(is bool) bool { return !is })); known < b.least {
		return false
	}
	for _, set := range b.need {
		if !slices.ContainsFunc(set, func(f int) bool { return bound[f] }) {
			return false
		}
	}
	return true
}

// columns gives the field that each column of a header feeds, -1 for none. Of
// several names of one field the first in the profile is taken.
func (b binding) columns(header []string) ([]int, error) {
	columns := make([]int, len(header))
	best := make([]int, b.width) // rank+1 of the column taken for each field
	seen := map[string]bool{}
	for i, name := range header {
		ref, folded := b.lookup(name)
		columns[i] = -1
		if ref.field < 0 {
			continue
		}
		if seen[folded] && b.least > 0 {
			continue
		}
		if seen[folded] {
			return nil, badInput("two columns are named %q", folded)
		}
		seen[folded] = true
		if best[ref.field] != 0 && best[ref.field] <= ref.rank {
			continue
		}
		if old := slices.Index(columns[:i], ref.field); old >= 0 {
			columns[old] = -1
		}
		best[ref.field] = ref.rank + 1
		columns[i] = ref.field
	}
	return columns, nil
}
