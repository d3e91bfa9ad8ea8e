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

// runs gives the sequences of digits of a text. An X after 17 digits is the
// check digit of an identity card and belongs to them.
func runs(text string) []run {
	var out []run
	var digits []byte
	start := 0
	flush := func(end int) {
		if len(digits) > 0 {
			out = append(out, run{string(digits), start, end})
			digits = digits[:0]
		}
	}
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r >= '０' && r <= '９' {
			r += '0' - '０'
		}
		switch {
		case r >= '0' && r <= '9':
			if len(digits) == 0 {
				start = at
			}
			digits = append(digits, byte(r))
		case len(digits) == 17 && (r == 'X' || r == 'x' || r == 'Ｘ' || r == 'ｘ'):
			digits = append(digits, 'X')
			flush(at + size)
		default:
			flush(at)
		}
		at += size
	}
	flush(len(text))
	return out
}

func scanNumbers(text string, found []Finding) []Finding {
	all := runs(text)
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

func groupKind(text string, group []run) (kind Kind, end int, ok bool) {
	last := group[len(group)-1]
	end = last.end
	if len(group) == 2 && fixedLine(group[0].digits, group[1].digits) {
		return Phone, end, true
	}
	var all strings.Builder
	for _, r := range group {
		all.WriteString(r.digits)
	}
	digits := all.String()
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
