package privacy

import (
	"strings"
	"unicode/utf8"
)

// LikeName says whether a text could be a person's name that stands alone: a
// family name and one or two characters more, and nothing else. Words that
// are no names look so too (金融, 马路): it is for deciding what not to show,
// where showing less costs little, not for what to mask.
func LikeName(text string) bool {
	text = strings.TrimSpace(text)
	for _, r := range text {
		if r < '\u4e00' || r > '\u9fff' {
			return false
		}
	}
	first, size := utf8.DecodeRuneInString(text)
	n := utf8.RuneCountInString(text)
	if n == 4 { // a family name of two characters
		double := text[:min(len(text), 2*size)]
		i := strings.Index(familyNames, double)
		return i >= strings.Index(familyNames, "欧阳")
	}
	return n >= 2 && n <= 3 && strings.ContainsRune(familyNames, first)
}
