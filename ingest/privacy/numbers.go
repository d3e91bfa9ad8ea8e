package privacy

import (
	"strings"
	"unicode/utf8"
)

// run is a sequence of digits, written narrow or full-width, and where it is.
type run struct {
	digits     string
	start, end int
}

// usualRuns is how many runs of a text are kept without allocating.
const usualRuns = 8

// runs appends the sequences of digits of a text. An X after 17 digits is the
// check digit of an identity card and belongs to them.
func runs(text string, out []run) []run {
	for at := 0; at < len(text); {
		if c := text[at]; c < utf8.RuneSelf && (c < '0' || c > '9') {
			at++
			continue
		}
		start, digits, narrow := at, 0, true
		for at < len(text) {
			r, size := utf8.DecodeRuneInString(text[at:])
			wide := r >= '０' && r <= '９'
			if !wide && (r < '0' || r > '9') {
				break
			}
			digits, narrow, at = digits+1, narrow && !wide, at+size
		}
		if digits == 0 {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
			continue
		}
		if digits == 17 {
			if r, size := utf8.DecodeRuneInString(text[at:]); r == 'X' || r == 'x' || r == 'Ｘ' || r == 'ｘ' {
				narrow, at = narrow && r == 'X', at+size
			}
		}
		one := run{text[start:at], start, at}
		if !narrow {
			one.digits = narrowed(one.digits)
		}
		out = append(out, one)
	}
	return out
}

// narrowed writes full-width digits and check digits narrow.
func narrowed(digits string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r + '0' - '０'
		case r == 'x', r == 'Ｘ', r == 'ｘ':
			return 'X'
		}
		return r
	}, digits)
}

func scanNumbers(text string, found []Finding) []Finding {
	var few [usualRuns]run
	all := runs(text, few[:0])
	for i := 0; i < len(all); i++ {
		if kind, ok := numberKind(all[i].digits); ok {
			found = append(found, Finding{kind, all[i].start, all[i].end})
			continue
		}
		// A number in groups: 138 0013 8000, 0454-4661234, 6222 0012 3456 7890.
		for n := min(5, len(all)-i); n > 1; n-- {
			group := all[i : i+n]
			if !joined(text, group) {
				continue
			}
			if kind, end, ok := groupKind(text, group); ok {
				found = append(found, Finding{kind, group[0].start, end})
				i += n - 1
				break
			}
		}
	}
	return found
}

// joined reports whether runs stand one blank or hyphen apart.
func joined(text string, group []run) bool {
	for i := 1; i < len(group); i++ {
		if gap := text[group[i-1].end:group[i].start]; gap != " " && gap != "-" {
			return false
		}
	}
	return true
}

func numberKind(digits string) (Kind, bool) {
	switch {
	case identityCard(digits):
		return Identity, true
	case mobile(strings.TrimPrefix(strings.TrimPrefix(digits, "00"), "86")):
		return Phone, true
	case bankCard(digits):
		return Bank, true
	case len(digits) >= 10 && len(digits) <= 12 && fixedLine(digits[:3], digits[3:]), len(digits) == 12 && fixedLine(digits[:4], digits[4:]):
		return Phone, true
	}
	return "", false
}

// Of numbers in groups, a mobile number is the shortest and a bank card the
// longest.
const (
	shortestGroup = 11
	longestNumber = 19
)

func groupKind(text string, group []run) (kind Kind, end int, ok bool) {
	last := group[len(group)-1]
	end = last.end
	if len(group) == 2 && fixedLine(group[0].digits, group[1].digits) {
		return Phone, end, true
	}
	total := 0
	for _, r := range group {
		total += len(r.digits)
	}
	if total < shortestGroup || total > longestNumber {
		return "", 0, false
	}
	whole := make([]byte, 0, longestNumber)
	for _, r := range group {
		whole = append(whole, r.digits...)
	}
	digits := string(whole)
	switch {
	case mobile(strings.TrimPrefix(digits, "86")) && len(last.digits) >= 4:
		return Phone, end, true
	case len(group) >= 4 && len(group[0].digits) == 4 && bankCard(digits):
		return Bank, end, true
	case len(group) != 3 || len(group[0].digits) != 6:
		return "", 0, false
	case identityCard(digits):
		return Identity, end, true
	case end < len(text) && (text[end] == 'X' || text[end] == 'x') && identityCard(digits+"X"):
		return Identity, end + 1, true
	}
	return "", 0, false
}

// mobile: 11 digits from 13 to 19 (工信部电信网码号资源).
func mobile(digits string) bool {
	return len(digits) == 11 && digits[0] == '1' && digits[1] >= '3'
}

// fixedLine: an area code 0xx or 0xxx and 7 or 8 digits that begin with none
// of 0 and 1.
func fixedLine(code, number string) bool {
	return (len(code) == 3 || len(code) == 4) && code[0] == '0' && code[1] != '0' &&
		(len(number) == 7 || len(number) == 8) && number[0] > '1'
}

// identityCard checks GB 11643: a province, a date of birth, and the checksum
// of ISO 7064 MOD 11-2.
func identityCard(digits string) bool {
	const provinces = "11,12,13,14,15,21,22,23,31,32,33,34,35,36,37,41,42,43,44,45,46,50,51,52,53,54,61,62,63,64,65,71,81,82,83,91"
	if len(digits) != 18 || !strings.Contains(provinces, digits[:2]) || !birthday(digits[6:14]) {
		return false
	}
	sum := 0
	for i := range 17 {
		weight := 1 << (17 - i) % 11
		sum += int(digits[i]-'0') * weight
	}
	return digits[17] == "10X98765432"[sum%11]
}

// birthday checks yyyymmdd from 1850 on.
func birthday(s string) bool {
	year, month, day := s[:4], s[4:6], s[6:]
	return year >= "1850" && year < "2100" && month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// bankCard checks a card of 16 to 19 digits: an issuer of China UnionPay, Visa
// or Mastercard and the checksum of ISO/IEC 7812.
func bankCard(digits string) bool {
	if len(digits) < 16 || len(digits) > 19 {
		return false
	}
	switch {
	case strings.HasPrefix(digits, "62"), strings.HasPrefix(digits, "9558"):
	case len(digits) == 16 && (digits[0] == '4' || digits[0] == '5'):
	default:
		return false
	}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
