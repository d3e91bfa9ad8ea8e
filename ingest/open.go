package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"reli/schemas"
)

// Format is how records are written down.
type Format string

// Formats. Each may be compressed with gzip or zstd, which is seen by its first
// bytes.
const (
	FormatAuto    Format = ""        // by the first bytes, else by the name
	FormatCSV     Format = "csv"     // header row; separated by comma, tab or semicolon
	FormatTSV     Format = "tsv"     // header row, separated by tab
	FormatNDJSON  Format = "ndjson"  // one JSON object a line
	FormatJSON    Format = "json"    // one JSON array of objects
	FormatXLSX    Format = "xlsx"    // workbook; every visible sheet with a header row
	FormatParquet Format = "parquet" // flat columns
	FormatArrow   Format = "arrow"   // Arrow IPC, stream or file
)

// Formats lists the names of the formats.
func Formats() []Format {
	return []Format{FormatCSV, FormatTSV, FormatNDJSON, FormatJSON, FormatXLSX, FormatParquet, FormatArrow}
}

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	f := Format(strings.ToLower(s))
	if f == FormatAuto || slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", badInput("unknown format %q: want one of %q", s, Formats())
}

// First bytes of compressed and binary inputs.
var (
	magicGzip    = []byte{0x1f, 0x8b}
	magicZstd    = []byte{0x28, 0xb5, 0x2f, 0xfd}
	magicZip     = []byte("PK\x03\x04")
	magicParquet = []byte("PAR1")
	magicArrow   = []byte("ARROW1")
	magicStream  = []byte{0xff, 0xff, 0xff, 0xff} // Arrow IPC: a continuation mark before every message
	markUTF8     = []byte("\xef\xbb\xbf")
)

// uncompressed opens what is compressed. The memory of an expansion is that of
// its window, however long the output.
func uncompressed(r io.Reader) (io.Reader, func(), error) {
	b := bufio.NewReaderSize(r, 64<<10)
	magic, err := b.Peek(len(magicZstd))
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, magicGzip):
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, badInput("the gzip header cannot be read")
		}
		return z, func() {}, nil
	case bytes.HasPrefix(magic, magicZstd):
		under := &sticky{r: b}
		z, err := zstd.NewReader(under, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, nil, badInput("the zstd header cannot be read")
		}
		return &unzstd{z: z, under: under}, z.Close, nil
	}
	return b, func() {}, nil
}

// format decides how an input is written down. Binary formats are known by
// their first bytes, whatever the name says.
func format(given Format, name string, r *bufio.Reader) (Format, error) {
	if given != FormatAuto {
		return ParseFormat(string(given))
	}
	head, err := sample(r)
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, magicZip):
		return FormatXLSX, nil
	case bytes.HasPrefix(head, magicParquet):
		return FormatParquet, nil
	case bytes.HasPrefix(head, magicArrow), bytes.HasPrefix(head, magicStream):
		return FormatArrow, nil
	}
	name = strings.ToLower(name)
	switch path.Ext(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")) {
	case ".csv":
		return FormatCSV, nil
	case ".tsv", ".tab":
		return FormatTSV, nil
	case ".ndjson", ".jsonl":
		return FormatNDJSON, nil
	}
	switch head = bytes.TrimLeft(bytes.TrimPrefix(head, markUTF8), " \t\r\n"); {
	case bytes.HasPrefix(head, []byte{'{'}):
		return FormatNDJSON, nil
	case bytes.HasPrefix(head, []byte{'['}):
		return FormatJSON, nil
	}
	return FormatCSV, nil
}

// sample gives the beginning of an input. What breaks it after some bytes comes
// up again when they have been read, so that the rows before are kept.
func sample(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(charsetSample)
	if len(head) == 0 && err != nil && err != io.EOF {
		return nil, inputError(err)
	}
	return head, nil
}

// sticky repeats an error that the reader below may forget.
type sticky struct {
	r   io.Reader
	err error
}

func (s *sticky) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.err = err
	return n, err
}

// unzstd tells damaged data, of which the library has many errors, from an
// input that cannot be read.
type unzstd struct {
	z     io.Reader
	under *sticky
}

func (u *unzstd) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	broken := u.under.err != nil && u.under.err != io.EOF
	switch {
	case err == nil, err == io.EOF, broken, errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return n, badInput("the zstd data needs more than %d MiB to be read", maxZstdWindow>>20)
	}
	return n, badInput("the zstd data is damaged")
}

// inputError tells a broken input from anything else that went wrong.
func inputError(err error) error {
	var corrupt flate.CorruptInputError
	if p, ok := schemas.AsProblem(err); ok {
		return p
	}
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return badInput("the gzip data is damaged")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badInput("the input ends in the middle")
	}
	return fmt.Errorf("read input: %w", err)
}
