package ingest

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// charsetSample is how far the encoding of a text is looked for. Columns that
// are first filled further on than this have their names in the header.
const charsetSample = 64 << 10

// utf8Text gives a text in UTF-8. By a byte order mark it is UTF-8 or UTF-16;
// without one it is UTF-8 where the beginning is, and else GB18030, which
// holds GBK and GB 2312.
func utf8Text(r *bufio.Reader) (io.Reader, error) {
	head, err := sample(r)
	if err != nil {
		return nil, err
	}
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		e = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")), validStart(head), !gbStart(head):
		return r, nil
	default:
		e = simplifiedchinese.GB18030
	}
	return e.NewDecoder().Reader(r), nil
}

// validStart reports whether the sample is UTF-8, but for a character that its
// end cuts.
func validStart(sample []byte) bool {
	for range utf8.UTFMax {
		if utf8.Valid(sample) {
			return true
		}
		if len(sample) == 0 || sample[len(sample)-1] < utf8.RuneSelf {
			return false
		}
		sample = sample[:len(sample)-1]
	}
	return false
}

// gbStart reports whether the sample is GB18030, but for its end. A UTF-8 text
// with one broken row is not, and must be read on as what it is.
func gbStart(sample []byte) bool {
	const tail = 3 // bytes of a character that the end cuts
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(sample[:max(0, len(sample)-tail)])
	return err == nil && strings.Count(string(text), string(utf8.RuneError)) <= 1
}
