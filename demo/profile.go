package demo

import (
	"fmt"
	"io"
	"strings"
)

// writeProfile writes the profile that reads the source's file: what its
// columns mean, in which zone its times and in which system its points are.
func (s *sourceMix) writeProfile(w io.Writer) error {
	return writeColumns(w, fmt.Sprintf("name: demo-%s\nrecord: incident\ncrs: %s\n", s.code, s.crs), incidentHeader)
}

func writeTransitionProfile(w io.Writer) error {
	return writeColumns(w, "name: demo-transitions\nrecord: transition\n", transitionHeader)
}

// writeColumns ends a profile with the columns of a header, each of which is
// named as the field it feeds. The column crs repeats what the profile states.
func writeColumns(w io.Writer, head, header string) error {
	var b strings.Builder
	b.WriteString("# Written by reli demo: reads the file beside it.\n" + head)
	b.WriteString("time_zone: Asia/Shanghai\ntimes: [\"2006-01-02 15:04:05\"]\ncolumns:\n")
	for name := range strings.SplitSeq(strings.TrimSpace(header), ",") {
		if name != "crs" {
			fmt.Fprintf(&b, "  %s: %s\n", name, name)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
