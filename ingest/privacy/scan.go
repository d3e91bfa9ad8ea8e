package privacy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is what was found.
type Kind string

// Kinds, with the codes that reports use.
const (
	Identity Kind = "identity_card"
	Phone    Kind = "phone"
	Plate    Kind = "licence_plate"
	Bank     Kind = "bank_card"
	Email    Kind = "email"
	Name     Kind = "name"
)

// Finding is one place in a text, as byte offsets.
type Finding struct {
	Kind       Kind
	Start, End int
}

// Scan gives what was found, in the order of the text, without overlaps.
func Scan(text string) []Finding {
	var found []Finding
	if hasDigits(text) {
		found = scanNumbers(text, found)
	}
	if strings.IndexByte(text, '@') > 0 {
		found = scanEmails(text, found)
	}
	switch names, plates := markers(text); {
	case names && plates:
		found = scanNames(text, scanPlates(text, found))
	case names:
		found = scanNames(text, found)
	case plates:
		found = scanPlates(text, found)
	}
	if len(found) < 2 {
		return found
	}
	slices.SortFunc(found, func(a, b Finding) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	last := 0
	return slices.DeleteFunc(found, func(f Finding) bool {
		if f.Start < last {
			return true
		}
		last = f.End
		return false
	})
}

// masks stand in place of what was found.
var masks = map[Kind]string{
	Identity: "〔证件号〕", Phone: "〔电话〕", Plate: "〔车牌〕", Bank: "〔卡号〕", Email: "〔邮箱〕", Name: "〔姓名〕",
}

// Mask writes a text without what was found in it.
func Mask(text string) string { return Replace(text, Scan(text)) }

// Replace writes a text with a mask for each finding.
func Replace(text string, found []Finding) string {
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, f := range found {
		b.WriteString(text[at:f.Start])
		b.WriteString(masks[f.Kind])
		at = f.End
	}
	b.WriteString(text[at:])
	return b.String()
}

// markers looks through a text once for what a name or a plate cannot do
// without: the first character of a label or a form of address, and a
// character of a province with a capital letter behind it.
func markers(s string) (names, plates bool) {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch r {
		case '姓', '联', '投', '当', '申', '被', '来', '反', '信', '户', '举', '报', '某', '先', '女', '小', '大', '阿':
			names = true
		}
		if i < len(s) && s[i] >= 'A' && s[i] <= 'Z' && strings.ContainsRune(plateProvinces, r) {
			plates = true
		}
	}
	return names, plates
}

// shortestNumber is the number of digits of the shortest number looked for.
const shortestNumber = 7

// hasDigits reports whether a text has digits enough for any number; full-width
// digits come in input methods.
func hasDigits(s string) bool {
	n := 0
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' || c == 0xef {
			if n++; n >= shortestNumber {
				return true
			}
		}
	}
	return false
}
