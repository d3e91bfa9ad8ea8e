package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// Format is how records are written down.
type Format string

// Formats. Each may be compressed with gzip, which is seen by its first bytes.
const (
	FormatAuto   Format = ""       // by the name, else by the first byte
	FormatCSV    Format = "csv"    // comma-separated, header row
	FormatNDJSON Format = "ndjson" // one JSON object a line
)

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	switch f := Format(strings.ToLower(s)); f {
	case FormatAuto, FormatCSV, FormatNDJSON:
		return f, nil
	}
	return "", badInput("unknown format %q: want csv or ndjson", s)
}

// sniffBytes is how far the format of an unnamed input is looked for.
const sniffBytes = 4096

// uncompressed opens gzip where the input is gzip.
func uncompressed(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	magic, err := b.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, badInput("the gzip header cannot be read")
	}
	return z, nil
}

// format decides how an input is written down.
func format(given Format, name string, r *bufio.Reader) (Format, error) {
	if given != FormatAuto {
		return ParseFormat(string(given))
	}
	switch path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")) {
	case ".csv":
		return FormatCSV, nil
	case ".ndjson", ".jsonl":
		return FormatNDJSON, nil
	}
	head, err := r.Peek(sniffBytes)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return "", inputError(err)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) > 0 && head[0] == '{' {
		return FormatNDJSON, nil
	}
	return FormatCSV, nil
}

// inputError tells a broken input from anything else that went wrong.
func inputError(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return badInput("the gzip data is damaged")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badInput("the input ends in the middle")
	}
	return fmt.Errorf("read input: %w", err)
}
