package ingest

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScanner reads one JSON object and hands its members on as they are
// written: no map, no reflection, no copy where a text has no escapes. It
// accepts exactly what RFC 8259 calls an object, nested at most maxDepth.
type jsonScanner struct {
	data  []byte
	at    int
	texts []byte // unescaped texts of the current object
}

type jsonKind uint8

const (
	jsonText jsonKind = iota
	jsonNumber
	jsonBool
	jsonNull
	jsonNested // object or array; its value is not handed on
)

type jsonError struct {
	what string
	at   int // offset in the line
}

func (e *jsonError) Error() string { return fmt.Sprintf("%s at byte %d", e.what, e.at) }

func (s *jsonScanner) fail(what string) error { return &jsonError{what: what, at: s.at} }

// object scans data. key and value are valid until the next call of object.
func (s *jsonScanner) object(data []byte, member func(key []byte, kind jsonKind, value []byte)) error {
	s.data, s.at = data, 0
	if cap(s.texts) < len(data) {
		s.texts = make([]byte, 0, len(data)) // an unescaped text is never longer, so texts never moves
	}
	s.texts = s.texts[:0]
	s.blank()
	if err := s.members(1, member); err != nil {
		return err
	}
	s.blank()
	if s.at < len(s.data) {
		return s.fail("text after the object")
	}
	return nil
}

func (s *jsonScanner) members(depth int, member func([]byte, jsonKind, []byte)) error {
	if !s.take('{') {
		return s.fail("no {")
	}
	s.blank()
	if s.take('}') {
		return nil
	}
	for {
		s.blank()
		key, err := s.text()
		if err != nil {
			return err
		}
		s.blank()
		if !s.take(':') {
			return s.fail("no colon after a key")
		}
		kind, value, err := s.value(depth)
		if err != nil {
			return err
		}
		if member != nil {
			member(key, kind, value)
		}
		s.blank()
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.fail("no comma or } after a value")
		}
	}
}

func (s *jsonScanner) value(depth int) (jsonKind, []byte, error) {
	s.blank()
	if s.at == len(s.data) {
		return 0, nil, s.fail("no value")
	}
	start := s.at
	switch c := s.data[s.at]; {
	case c == '"':
		v, err := s.text()
		return jsonText, v, err
	case c == '{' || c == '[':
		if depth == maxDepth {
			return 0, nil, s.fail("nested too deep")
		}
		if c == '{' {
			return jsonNested, nil, s.members(depth+1, nil)
		}
		return jsonNested, nil, s.array(depth + 1)
	case c == '-' || isDigit(c):
		err := s.number()
		return jsonNumber, s.data[start:s.at], err
	case s.word("true"), s.word("false"):
		return jsonBool, s.data[start:s.at], nil
	case s.word("null"):
		return jsonNull, nil, nil
	}
	return 0, nil, s.fail("no value")
}

func (s *jsonScanner) array(depth int) error {
	s.at++
	s.blank()
	if s.take(']') {
		return nil
	}
	for {
		if _, _, err := s.value(depth); err != nil {
			return err
		}
		s.blank()
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.fail("no comma or ] after a value")
		}
	}
}

// text reads a string. Without escapes it is a piece of the line.
func (s *jsonScanner) text() ([]byte, error) {
	if !s.take('"') {
		return nil, s.fail("no quoted text")
	}
	start := s.at
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return s.data[start : s.at-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return nil, s.fail("a control character in a text")
		}
		s.at++
	}
	return nil, s.fail("a text that does not end")
}

func (s *jsonScanner) escaped(start int) ([]byte, error) {
	mark := len(s.texts)
	s.texts = append(s.texts, s.data[start:s.at]...)
	for s.at < len(s.data) {
		c := s.data[s.at]
		switch {
		case c == '"':
			s.at++
			return s.texts[mark:], nil
		case c < ' ':
			return nil, s.fail("a control character in a text")
		case c != '\\':
			s.texts = append(s.texts, c)
			s.at++
			continue
		}
		s.at++
		if err := s.escape(); err != nil {
			return nil, err
		}
	}
	return nil, s.fail("a text that does not end")
}

// escape reads what follows a backslash.
func (s *jsonScanner) escape() error {
	if s.at == len(s.data) {
		return s.fail("a text that does not end")
	}
	c := s.data[s.at]
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
		s.texts = append(s.texts, "\"\\/\b\f\n\r\t"[i])
		s.at++
		return nil
	}
	if c != 'u' {
		return s.fail("an unknown escape")
	}
	r, ok := s.hex4(s.at + 1)
	if !ok {
		return s.fail("an unknown escape")
	}
	s.at += 5
	if utf16.IsSurrogate(r) {
		low, ok := rune(-1), false
		if s.at+1 < len(s.data) && s.data[s.at] == '\\' && s.data[s.at+1] == 'u' {
			low, ok = s.hex4(s.at + 2)
		}
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			s.at += 6
		}
	}
	s.texts = utf8.AppendRune(s.texts, r)
	return nil
}

func (s *jsonScanner) hex4(at int) (rune, bool) {
	if at+4 > len(s.data) {
		return 0, false
	}
	var r rune
	for _, c := range s.data[at : at+4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// number = [ "-" ] int [ frac ] [ exp ].
func (s *jsonScanner) number() error {
	s.take('-')
	if !s.take('0') && s.digits() == 0 {
		return s.fail("not a number")
	}
	if s.take('.') && s.digits() == 0 {
		return s.fail("not a number")
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if s.digits() == 0 {
			return s.fail("not a number")
		}
	}
	return nil
}

func (s *jsonScanner) digits() int {
	start := s.at
	for s.at < len(s.data) && isDigit(s.data[s.at]) {
		s.at++
	}
	return s.at - start
}

func (s *jsonScanner) word(w string) bool {
	if bytes.HasPrefix(s.data[s.at:], []byte(w)) {
		s.at += len(w)
		return true
	}
	return false
}

func (s *jsonScanner) take(c byte) bool {
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *jsonScanner) blank() {
	for s.at < len(s.data) && jsonBlank(s.data[s.at]) {
		s.at++
	}
}

func jsonBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
