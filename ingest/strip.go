package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// affix is what a profile cuts off the values of a field.
type affix struct {
	open  string // the value begins with it
	close string // and what stands before this goes too, "" for open alone
	tail  string // or: the value ends with it
}

// anything stands, in an affix of a profile, for any text: “【…】” is a tag in
// front of a value, “…纠纷” the end of one.
const anything = "…"

func newAffix(s string) (affix, error) {
	before, after, gap := strings.Cut(s, anything)
	switch {
	case s == "" || gap && after == "" || strings.Contains(after, anything):
		return affix{}, fmt.Errorf("want a beginning, a beginning and an end with %s between them, or %s and an end", anything, anything)
	case gap && before == "":
		return affix{tail: after}, nil
	}
	return affix{open: before, close: after}, nil
}

// cut takes an affix off. A value that is nothing else stays as it is: it says
// more than an empty one.
func (a affix) cut(s string) string {
	rest := s
	switch {
	case a.tail != "":
		rest = strings.TrimSuffix(s, a.tail)
	case !strings.HasPrefix(s, a.open):
		return s
	case a.close == "":
		rest = s[len(a.open):]
	default:
		if _, after, ok := strings.Cut(s[len(a.open):], a.close); ok {
			rest = after
		}
	}
	if rest = trim(rest); rest == "" {
		return s
	}
	return rest
}

// stripped takes all affixes of a field off, in order, each once.
func stripped(s string, affixes []affix) string {
	for _, a := range affixes {
		s = a.cut(s)
	}
	return s
}

func (f *profileFile) compileStrip(p *Profile) error {
	p.strip = make([][]affix, len(f.Record.fieldNames()))
	for _, field := range slices.Sorted(maps.Keys(f.Strip)) {
		i := f.Record.field(field)
		if i < 0 {
			return fault(fmt.Sprintf("a %s has no such field", f.Record), "strip", field)
		}
		for _, s := range f.Strip[field] {
			a, err := newAffix(s)
			if err != nil {
				return fault(err.Error(), "strip", field)
			}
			p.strip[i] = append(p.strip[i], a)
		}
	}
	return nil
}
