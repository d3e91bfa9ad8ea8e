package ingest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"reli/ingest/privacy"
)

// Proposal is a profile that reads an input, and what it was tried on.
type Proposal struct {
	YAML     []byte // to be saved and used as it is
	Rows     int    // of the sample
	Accepted int    // of them, rows that it takes in
	NeedsCRS bool   // it has to be told the reference system first
}

// Propose writes the profile of the best candidate and tries it on the sample.
func (d *Detection) Propose(in DetectInput) (Proposal, error) {
	best := d.Candidates[0]
	times := layouts(best.dates, in.Zone)
	p, err := ParseProfile(d.write(&best, times, in, Proposal{}))
	if err != nil {
		return Proposal{}, err
	}
	last := d.judge(p, in)
	last.Profile, last.liked = best.Profile, best.liked
	out := Proposal{Rows: d.Rows, Accepted: last.Accepted, NeedsCRS: last.NeedsCRS}
	out.YAML = d.write(&last, times, in, out)
	return out, nil
}

// alike finds columns for fields that have none by headers that hold one of
// their names.
func (d *Detection) alike(p *Profile, c *Candidate) map[string]string {
	out := map[string]string{}
	for i, header := range d.header {
		if c.Fields[i] != "" || personal(header) || d.columns[i] != strings.TrimSpace(header) {
			continue
		}
		field, longest := "", 1
		for folded, ref := range p.bind.names {
			name := p.record.fieldNames()[ref.field]
			n := utf8.RuneCountInString(folded)
			if _, taken := c.matched[name]; taken || !strings.Contains(foldHeader(header), folded) || n < longest || n == longest && name >= field {
				continue
			}
			field, longest = name, n
		}
		if field != "" && out[field] == "" && longest > 1 {
			out[field] = d.columns[i]
		}
	}
	return out
}

// ownProfile extends a built-in profile by columns.
func ownProfile(base string, columns map[string]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "name: %s-own\nextends: %q\n", base, base)
	if len(columns) > 0 {
		b.WriteString("columns: # found by likeness; look at them\n")
		for _, field := range slices.Sorted(maps.Keys(columns)) {
			fmt.Fprintf(&b, "  %s: %q\n", field, columns[field])
		}
	}
	return b.Bytes()
}

// knownLayouts are tried on dates that the profile does not read.
func knownLayouts() []string {
	return []string{"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "2006.1.2 15:04:05",
		"2006.1.2 15:04", "2006.1.2", "20060102 15:04:05", "20060102150405", "20060102", "2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日15时04分05秒",
		"2006年1月2日15时04分", "2006年1月2日15时", "2006年1月2日", "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05",
		"02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006", "01/02/2006 15:04:05", "02/01/2006 15:04:05", "01/02/2006 15:04", "02/01/2006 15:04", "01/02/2006", "02/01/2006",
		excelLayout, "2006年1月", "1月2日", "1月"}
}

// layouts finds those that read what the profile does not. One that another
// contradicts, as 02/01/2006 does 01/02/2006, is left to the reader.
func layouts(dates map[string][]string, zone *time.Location) []string {
	var out []string
	for _, field := range slices.Sorted(maps.Keys(dates)) {
		left := dates[field]
		for _, layout := range knownLayouts() {
			l, err := compileLayout(layout)
			if err != nil {
				continue
			}
			rest := slices.DeleteFunc(slices.Clone(left), func(s string) bool { _, ok := l.parse(s, zone, &dayCache{}); return ok })
			if len(rest) < len(left) && !ambiguous(l, left, zone) {
				left = rest
				if !slices.Contains(out, layout) {
					out = append(out, layout)
				}
			}
		}
	}
	return out
}

// ambiguous says whether day and month could be the other way round in every
// text that the layout reads.
func ambiguous(l timeLayout, texts []string, zone *time.Location) bool {
	if !strings.HasPrefix(l.layout, "01/02/") && !strings.HasPrefix(l.layout, "02/01/") {
		return false
	}
	other := timeLayout{layout: strings.NewReplacer("01/02/", "02/01/", "02/01/", "01/02/").Replace(l.layout)}
	sure := false
	for _, s := range texts {
		_, ok := l.parse(s, zone, &dayCache{})
		_, both := other.parse(s, zone, &dayCache{})
		if both && !ok {
			return true // some are plainly the other way
		}
		sure = sure || ok && !both
	}
	return !sure
}

func (d *Detection) write(c *Candidate, times []string, in DetectInput, result Proposal) []byte {
	var b bytes.Buffer
	name := privacy.Mask(d.name)
	fmt.Fprintf(&b, "# Proposed for %s: of %d rows looked at this profile takes %d.\n", strconv.Quote(name), result.Rows, result.Accepted)
	b.Write(ownProfile(c.Profile, c.liked))
	switch {
	case result.NeedsCRS:
		b.WriteString("# There are coordinates. Declare their system: WGS84, CGCS2000, GCJ02, BD09, EPSG:3857, EPSG:4491 to EPSG:4554.\n# crs: \n")
	case in.CRS != "" && c.Points > 0:
		fmt.Fprintf(&b, "crs: %s\n", in.CRS)
	}
	if len(times) > 0 {
		b.WriteString("times:\n")
		for _, layout := range times {
			fmt.Fprintf(&b, "  - %q\n", layout)
		}
	}
	writeLabels(&b, c, "category", "# category_map: # not known, so they become other\n", "#   ")
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(c.labels)), func(f string) bool { return f == "category" })
	for i, field := range others {
		if i == 0 {
			b.WriteString("# values: # not known, so their rows are refused\n")
		}
		writeLabels(&b, c, field, "#   "+field+":\n", "#     ")
	}
	return b.Bytes()
}

// writeLabels lists what is to be filled in, as comments: what a label means
// only its office knows.
func writeLabels(b *bytes.Buffer, c *Candidate, field, head, indent string) {
	shown, hidden := c.Unknown(field)
	if len(shown)+hidden == 0 {
		return
	}
	b.WriteString(head)
	for _, l := range shown {
		fmt.Fprintf(b, "%s%q:  # %d rows\n", indent, l.Text, l.Rows)
	}
	if hidden > 0 {
		fmt.Fprintf(b, "%s(%d more that come seldom or look personal are not shown)\n", indent, hidden)
	}
}
