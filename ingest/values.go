package ingest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"reli/geo/crs"
	"reli/ingest/privacy"
)

// row is one record on its way through a worker: its values, cleaned as they
// are asked for, and the faults found so far.
type row struct {
	profile *Profile
	names   []string // of the fields
	number  int64
	values  []string
	faults  []RowError

	secret  []byte // makes pseudonyms of ids
	masked  map[privacy.Kind]int64
	derived map[string]int64  // rows by what was derived, see Report.Derived
	cleaned map[string]string // texts seen → as they are stored

	// The last source and system seen, as most rows repeat them.
	lastSource     string
	lastSystemName string
	lastSystem     crs.System
}

func (r *row) refuse(field int, code, message string) {
	r.faults = append(r.faults, RowError{Row: r.number, Field: r.names[field], Code: code, Message: message})
}

// translated gives what the profile's values make of a text.
func (r *row) translated(field int, s string) string {
	e, ok := r.profile.plain[field]
	if !ok {
		return s
	}
	if e.refuses(s) {
		r.refuse(field, FaultRefused, "the profile refuses this value")
		return ""
	}
	if v, ok := e.find(s); ok {
		return v
	}
	return s
}

// text gives the cleaned value of a field: outer blanks cut, what the profile
// calls null taken as nothing, the profile's default in place of nothing.
func (r *row) text(field int) string {
	p := r.profile
	s := trim(r.values[field])
	if affixes := p.strip[field]; affixes != nil {
		s = stripped(s, affixes)
	}
	if s == "" || p.nulls[s] {
		s = p.defaults[field]
	}
	if len(p.plain) > 0 && s != "" {
		s = r.translated(field, s)
	}
	if fault := textFault(s); fault != "" {
		r.refuse(field, fault, textMessages[fault])
		return ""
	}
	return s
}

var textMessages = map[string]string{
	FaultEncoding: "the value is not UTF-8 text",
	FaultControl:  "the value holds a control character",
	FaultTooLong:  fmt.Sprintf("the value is longer than %d bytes", MaxTextBytes),
}

func textFault(s string) string {
	if len(s) > MaxTextBytes {
		return FaultTooLong
	}
	plain := 0 // how much is seen to be printable ASCII, eight bytes at a time
	for plain+8 <= len(s) && printable(s[plain:plain+8]) {
		plain += 8
	}
	ascii := true
	for i := plain; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == 0x7f {
			return FaultControl
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if !ascii && !utf8.ValidString(s) {
		return FaultEncoding
	}
	return ""
}

// printable says whether eight bytes are all from 0x20 to 0x7e: the high bit
// of each is clear, stays clear when 1 is added, and is set when 0x60 is.
func printable(s string) bool {
	_ = s[7]
	word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	const ones, high = 0x0101010101010101, 0x8080808080808080
	return word&high == 0 && (word+ones)&high == 0 && (word+0x60*ones)&high == high
}

// need gives a text that must be there.
func (r *row) need(field int) string {
	had := len(r.faults)
	s := r.text(field)
	if s == "" && len(r.faults) == had {
		r.refuse(field, FaultMissing, "the value is missing")
	}
	return s
}

// sourceCode gives the source of the row: the profile's, or the column's
// through the profile's values.
func (r *row) sourceCode() string {
	if r.profile.source != "" {
		return r.profile.source
	}
	s := r.need(fSource)
	if v, ok := r.profile.enums.source.find(s); ok {
		return v
	}
	if s == "" || s == r.lastSource {
		return s
	}
	if !code.MatchString(s) {
		r.refuse(fSource, FaultBadCode, "want a code of lower-case letters, digits, _ . and -")
		return ""
	}
	r.lastSource = strings.Clone(s) // a piece of a chunk's text would keep all of it
	return r.lastSource
}

// codeOf gives the code of a source that another field than the source's names,
// "" for none.
func (r *row) codeOf(field int) string {
	s := r.text(field)
	if v, ok := r.profile.enums.source.find(s); ok {
		return v
	}
	if s != "" && !code.MatchString(s) {
		r.refuse(field, FaultBadCode, "want a code of lower-case letters, digits, _ . and -")
		return ""
	}
	return strings.Clone(s) // a piece of a chunk's text would keep all of it
}

// listed gives the value of a coded field, zero when it is empty.
func listed[T any](r *row, field int, e *enum[T]) (v T) {
	s := r.text(field)
	if s == "" {
		return v
	}
	v, ok := e.find(s)
	switch {
	case e.refuses(s):
		r.refuse(field, FaultRefused, "the profile refuses this value")
	case !ok:
		r.refuse(field, FaultUnknown, "neither the profile nor the dictionary knows this value")
	}
	return v
}

// trim cuts blanks off both ends.
func trim(s string) string {
	for s != "" {
		n := leadingBlank(s)
		if n == 0 {
			break
		}
		s = s[n:]
	}
	for s != "" {
		n := trailingBlank(s)
		if n == 0 {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

func leadingBlank(s string) int {
	switch c := s[0]; {
	case c == ' ' || '\t' <= c && c <= '\r':
		return 1
	case c == 0xc2 && strings.HasPrefix(s, noBreakSpace):
		return len(noBreakSpace)
	case c == 0xe3 && strings.HasPrefix(s, wideSpace):
		return len(wideSpace)
	}
	return 0
}

func trailingBlank(s string) int {
	switch c := s[len(s)-1]; {
	case c == ' ' || '\t' <= c && c <= '\r':
		return 1
	case c == 0xa0 && strings.HasSuffix(s, noBreakSpace):
		return len(noBreakSpace)
	case c == 0x80 && strings.HasSuffix(s, wideSpace):
		return len(wideSpace)
	}
	return 0
}
