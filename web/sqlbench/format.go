package sqlbench

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"reli/schemas"
	"reli/schemas/views"
)

// Format is a way to give a result.
type Format struct {
	Name      string // as in run.{name}
	MediaType string
	MaxRows   uint64 // bound of the format itself, 0 for none
	engine    string // ClickHouse's format
	write     func(out io.Writer, in io.Reader, m meta) (rows uint64, err error)
}

// meta is what a format says beside the rows.
type meta struct {
	limit    views.Limit
	template Template
}

// maxSheetRows leaves Excel's 1,048,576 a header.
const maxSheetRows = 1<<20 - 1

// typedRows is the engine's format that writeJSON and writeXLSX read: names,
// types, then a JSON array a row.
const typedRows = "JSONCompactEachRowWithNamesAndTypes"

// Formats lists all formats, the default first.
func Formats() []Format {
	return []Format{
		{Name: "json", MediaType: "application/json", engine: typedRows, write: writeJSON},
		{Name: "ndjson", MediaType: "application/x-ndjson", engine: "JSONEachRow", write: copyLines(0)},
		{Name: "csv", MediaType: "text/csv; charset=utf-8; header=present", engine: "CSVWithNames", write: copyLines(1)},
		{Name: "xlsx", MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", MaxRows: maxSheetRows, engine: typedRows, write: writeXLSX},
		{Name: "parquet", MediaType: "application/vnd.apache.parquet", engine: "Parquet", write: copyBytes},
		{Name: "arrow", MediaType: "application/vnd.apache.arrow.stream", engine: "ArrowStream", write: copyBytes},
	}
}

// Named finds a format by its name.
func Named(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// Accepted chooses the format that an Accept header likes best (RFC 9110,
// 12.5.1). Without one it is JSON; where none fits it is a 406.
func Accepted(header string) (Format, error) {
	all := Formats()
	if strings.TrimSpace(header) == "" {
		return all[0], nil
	}
	best, most := -1, 0.0
	for i, f := range all {
		if q := weight(header, f.MediaType); q > most {
			best, most = i, q
		}
	}
	if best < 0 {
		return Format{}, &schemas.Problem{Code: schemas.CodeNotAcceptable, Status: http.StatusNotAcceptable, Field: "Accept",
			Detail: "results come as JSON, NDJSON, CSV, XLSX, Parquet and Arrow stream"}
	}
	return all[best], nil
}

// weight gives how much a header likes a media type: the most specific range
// counts.
func weight(header, mediaType string) float64 {
	want, _, _ := strings.Cut(mediaType, ";")
	class, _, _ := strings.Cut(want, "/")
	specific, q := 0, 0.0
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		rank := slices.Index([]string{"*/*", class + "/*", want}, strings.ToLower(strings.TrimSpace(name))) + 1
		if rank > specific {
			specific, q = rank, qualityOf(params)
		}
	}
	return q
}

func qualityOf(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		if text, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(param)), "q="); ok {
			q, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 1
}

// copyBytes passes a binary document on. Its rows are not counted.
func copyBytes(out io.Writer, in io.Reader, _ meta) (uint64, error) {
	_, err := io.Copy(onlyWriter{out}, in)
	return 0, err
}

// copyLines passes text on and counts its records: line ends outside quotes,
// without the header's.
func copyLines(header uint64) func(io.Writer, io.Reader, meta) (uint64, error) {
	return func(out io.Writer, in io.Reader, _ meta) (uint64, error) {
		counter := &lineCounter{out: out}
		_, err := io.Copy(onlyWriter{counter}, in)
		return max(counter.lines, header) - header, err
	}
}

// onlyWriter hides ReadFrom, which would go past Write.
type onlyWriter struct{ io.Writer }

type lineCounter struct {
	out    io.Writer
	lines  uint64
	quoted bool
}

func (c *lineCounter) Write(p []byte) (int, error) {
	for _, b := range p {
		switch {
		case b == '"':
			c.quoted = !c.quoted
		case b == '\n' && !c.quoted:
			c.lines++
		}
	}
	return c.out.Write(p)
}
