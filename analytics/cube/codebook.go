package cube

import (
	"errors"
	"slices"
)

// errTooManyCodes says that a dimension has more codes than a byte can hold;
// the cube then stays in ClickHouse.
var errTooManyCodes = errors.New("a dimension has more than 256 codes")

// codebook numbers the codes of the small dimensions. Numbers are only ever
// appended, so rows of an older version keep theirs. It is immutable.
type codebook struct {
	category, source, channel []string
}

// with gives a codebook that also holds the codes.
func (c *codebook) with(category, source, channel []string) (*codebook, error) {
	next := &codebook{}
	if c != nil {
		*next = *c
	}
	for _, d := range []struct {
		have *[]string
		add  []string
	}{{&next.category, category}, {&next.source, source}, {&next.channel, channel}} {
		list := slices.Clone(*d.have)
		for _, code := range d.add {
			if !slices.Contains(list, code) {
				list = append(list, code)
			}
		}
		if len(list) > 256 {
			return nil, errTooManyCodes
		}
		*d.have = list
	}
	return next, nil
}
