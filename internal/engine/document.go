package engine

import (
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rows is a running statement's output.
type rows interface {
	next() (*chunk, error) // nil at the end
	used() usage           // so far
	cancel()               // gives up the rest; the statement is being killed
	close()
}

// rowFormats write each row by itself, so that blocks written one by one make
// the same bytes as the whole. The library's stream calls finish the output
// with every block: a JSON or Parquet document of many blocks would come as
// many documents.
var rowFormats = []string{
	"TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV", "JSONEachRow", "JSONLines", "NDJSON",
	"JSONCompactEachRow", "JSONStringsEachRow", "Native", "RowBinary", "TSKV", "LineAsString", "MsgPack",
}

// arraySetting makes one document of JSONEachRow.
const arraySetting = "output_format_json_array_of_rows"

// streams says whether the stream calls give the statement's output as it is.
func (s statement) streams(format string, in session) bool {
	return slices.Contains(rowFormats, firstOf(s.format, format)) && !strings.Contains(s.sql, arraySetting) &&
		!slices.ContainsFunc(in.settings, func(each setting) bool { return each.name == arraySetting })
}

// pipeBytes is the size of each of a document's two read buffers.
const pipeBytes = 256 << 10

// document is a SELECT whose output the engine writes into a pipe, as it would
// into a file of INTO OUTFILE: one document, streamed, never whole in memory.
type document struct {
	pipe    *os.File
	buffers [2][]byte // one is with the reader's reader while the other fills
	turn    int
	done    chan struct{}
	result  *result // of the statement, after done
	err     error
}

var formatPattern = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// queryDocument runs a single SELECT.
func (c *conn) queryDocument(s statement, format string, values map[string]string) (rows, error) {
	if s.format == "" && !formatPattern.MatchString(format) {
		return nil, newException(codeUnknownFormat, "UNKNOWN_FORMAT", "Unknown format "+strconv.Quote(format))
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	d := &document{pipe: reader, done: make(chan struct{}), buffers: [2][]byte{make([]byte, pipeBytes), make([]byte, pipeBytes)}}
	go func() {
		defer close(d.done)
		defer writer.Close()
		outfile := "/proc/self/fd/" + strconv.FormatUint(uint64(writer.Fd()), 10)
		d.result, d.err = c.queryWhole(s.into(outfile, format), format, values)
		if d.err != nil && asException(d.err).Code == codeSyntaxError {
			// Nothing has run: a column named format was taken for the clause, or
			// the error is to name places in the text as it came.
			d.result, d.err = c.queryWhole(s.sql, format, values)
		}
	}()
	return d, nil
}

func (d *document) next() (*chunk, error) {
	buffer := d.buffers[d.turn]
	d.turn = 1 - d.turn
	n, err := io.ReadAtLeast(d.pipe, buffer, 1)
	if n > 0 {
		return &chunk{data: buffer[:n]}, nil
	}
	<-d.done
	switch {
	case d.err != nil:
		return nil, d.err
	case !errors.Is(err, io.EOF):
		return nil, err
	default:
		return d.result.next() // what did not go into the pipe
	}
}

// used counts once the statement is over; before that it would race with it.
func (d *document) used() usage {
	select {
	case <-d.done:
		if d.result != nil {
			return d.result.usage
		}
	default:
	}
	return usage{}
}

// cancel reads the rest away: the statement cannot end while the pipe is full.
func (d *document) cancel() { _, _ = io.Copy(io.Discard, d.pipe) }

func (d *document) close() {
	d.cancel()
	<-d.done
	_ = d.pipe.Close()
	if d.result != nil {
		d.result.close()
	}
}
