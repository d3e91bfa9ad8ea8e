package triage

import "unicode"

// word is what a word says.
type word struct {
	categories       []weighted
	urgent, critical int
	tone             int
	event            bool // its denial takes its category away
	seen             int  // number in the order of adding, from 0
}

type weighted struct{ class, weight int }

// category gives the weight for a class.
func (w *word) category(class int) *int {
	for i := range w.categories {
		if w.categories[i].class == class {
			return &w.categories[i].weight
		}
	}
	w.categories = append(w.categories, weighted{class: class})
	return &w.categories[len(w.categories)-1].weight
}

// node is a node of a tree of words, one character a step.
type node struct {
	next map[rune]*node
	word *word
	size int // words of the tree, at its root
}

func (n *node) add(text []rune) *word {
	root := n
	for _, r := range text {
		if n.next == nil {
			n.next = map[rune]*node{}
		}
		if n.next[r] == nil {
			n.next[r] = &node{}
		}
		n = n.next[r]
	}
	if n.word == nil {
		n.word = &word{seen: root.size}
		root.size++
	}
	return n.word
}

// find gives the longest word that text begins with, and its length.
func (n *node) find(text []rune) (*word, int) {
	var longest *word
	length := 0
	for i, r := range text {
		if n = n.next[r]; n == nil {
			break
		}
		if n.word != nil {
			longest, length = n.word, i+1
		}
	}
	return longest, length
}

// normal brings a text to the characters of the dictionary: half-width, lower
// case, simplified, without blanks and marks of format between them.
func (d *Dictionary) normal(text string) []rune {
	out := make([]rune, 0, len(text)/2)
	for _, r := range text {
		switch {
		case r >= 0x4e00 && r <= 0x9fff: // Chinese characters, nearly all of a text
			if simple, ok := d.fold[r]; ok {
				r = simple
			}
			out = append(out, r)
			continue
		case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
			r -= 0xff01 - '!'
		case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			continue
		}
		out = append(out, unicode.ToLower(r))
	}
	return out
}

// ends says whether a character ends what a negation reaches.
func ends(r rune) bool {
	switch r {
	case ',', '.', ';', ':', '!', '?', '。', '、', '…':
		return true
	}
	return false
}
