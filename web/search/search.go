// Package search finds areas by what people type: a part of the name, its
// pinyin in full ("qianjin") or by initials ("qj"), a mix of them, or the
// beginning of the code.
//
// It ranks names and knows no HTTP and no scope: the caller says among which
// areas. Only web calls it.
package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"reli/geo/area"
)

// Index holds the readings of every character in a tree's names. It never
// changes and is safe for concurrent use.
type Index struct {
	names    map[string][]rune // by code: the name, folded
	readings map[rune][]string // of Chinese characters, the commonest first: 长 is chang and zhang
}

// New reads all names of a tree; nil gives an empty index.
func New(tree *area.Tree) *Index {
	ix := &Index{names: map[string][]rune{}, readings: map[rune][]string{}}
	if tree == nil {
		return ix
	}
	args := pinyin.NewArgs()
	args.Heteronym = true
	for _, a := range tree.All() {
		name := []rune(fold(a.Name))
		ix.names[a.Code] = name
		for _, r := range name {
			if _, known := ix.readings[r]; !known {
				ix.readings[r] = distinct(pinyin.SinglePinyin(r, args))
			}
		}
	}
	return ix
}

// How well a text fits, best first.
const (
	rankWhole    = iota // the whole name, or the whole code
	rankStart           // the name begins with it
	rankInside          // it is somewhere in the name
	rankCode            // the code begins with it
	rankSound           // the name's pinyin begins with it
	rankLate            // it is somewhere in the pinyin
	rankRare            // the pinyin begins with it, by a rarer reading: 团 is tuan, and qiu too
	rankRareLate        // it is somewhere in such a pinyin
	rankNone
)

// Find gives the areas that fit a text, best first, among equals the coarser
// level: who types a township's name means the township. At most limit come
// back, and none for a text without a letter or digit.
func (ix *Index) Find(text string, among []area.Area, limit int) []area.Area {
	type hit struct {
		area area.Area
		rank int
	}
	wanted := fold(text)
	if wanted == "" {
		return nil
	}
	var hits []hit
	for _, a := range among {
		if rank := ix.rank(wanted, a); rank < rankNone {
			hits = append(hits, hit{a, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.area.Level, b.area.Level),
			cmp.Compare(len(a.area.Name), len(b.area.Name)), cmp.Compare(a.area.Code, b.area.Code))
	})
	var found []area.Area
	for _, h := range hits[:min(len(hits), limit)] {
		found = append(found, h.area)
	}
	return found
}

func (ix *Index) rank(wanted string, a area.Area) int {
	name := ix.names[a.Code]
	plain, code := string(name), fold(a.Code)
	switch {
	case plain == wanted || code == wanted:
		return rankWhole
	case strings.HasPrefix(plain, wanted):
		return rankStart
	case strings.Contains(plain, wanted):
		return rankInside
	case strings.HasPrefix(code, wanted):
		return rankCode
	}
	best := rankNone
	for i := range name {
		late := min(i, 1)
		if ix.sounds(wanted, name[i:], 1) {
			return rankSound + late
		}
		if best == rankNone && ix.sounds(wanted, name[i:], manyReadings) {
			best = rankRare + late
		}
	}
	return best
}

// manyReadings is more than any character has.
const manyReadings = 99

// sounds reports whether a text spells the beginning of a name: each character
// by itself, by a whole reading or by its initial, the last one by any
// beginning of a reading. Of each character's readings the first most count.
func (ix *Index) sounds(text string, name []rune, most int) bool {
	if text == "" {
		return true
	}
	if len(name) == 0 {
		return false
	}
	r, size := utf8.DecodeRuneInString(text)
	if r == name[0] && ix.sounds(text[size:], name[1:], most) {
		return true
	}
	readings := ix.readings[name[0]]
	for _, reading := range readings[:min(most, len(readings))] {
		if strings.HasPrefix(reading, text) {
			return true
		}
		for _, part := range []string{reading, initial(reading), reading[:1]} {
			if rest, ok := strings.CutPrefix(text, part); ok && part != "" && ix.sounds(rest, name[1:], most) {
				return true
			}
		}
	}
	return false
}

// distinct drops what comes again, and keeps the order.
func distinct(texts []string) []string {
	var out []string
	for _, t := range texts {
		if t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// initial gives the two letters of zh, ch and sh, "" for other readings.
func initial(reading string) string {
	if len(reading) > 1 && reading[1] == 'h' {
		return reading[:2]
	}
	return ""
}

// fold makes texts comparable: lower case, no spaces or marks, half-width, ü
// as v, as keyboards have it.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		r = unicode.ToLower(r)
		switch {
		case r == 'ü':
			return 'v'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, text)
}

// Cache keeps the index of the newest tree: names change only with the areas.
// The zero Cache is ready for use.
type Cache struct {
	mu    sync.Mutex
	tree  *area.Tree
	index *Index
}

// Of gives the index of a tree, made at its first use.
func (c *Cache) Of(tree *area.Tree) *Index {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil || c.tree != tree {
		c.tree, c.index = tree, New(tree)
	}
	return c.index
}
