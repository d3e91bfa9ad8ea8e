package ingest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"reli/geo/crs"
	"reli/ingest/privacy"
	"reli/schemas"
)

// Candidate is one built-in profile as it fits an input.
type Candidate struct {
	Profile  string
	Score    int      // 0 to 100: 40 for columns, 40 for rows, 20 for categories
	Fields   []string // by column, "" where the profile reads nothing
	Missing  string   // the field without which the profile cannot be used
	NeedsCRS bool     // there are coordinates, and nothing declares their system
	Accepted int      // rows of the sample that would be taken in
	Labelled int      // rows with a category
	Known    int      // of them, with one that the profile knows
	Points   int      // rows with coordinates
	Faults   []Tally  // refused rows by field and code, most first

	matched map[string]int            // field → column
	liked   map[string]string         // field → header that is only alike
	labels  map[string]map[string]int // field → label not known → rows
	dates   map[string][]string       // field → texts that are no dates
}

// Tally counts the refused rows of one field and code.
type Tally struct {
	Field, Code string
	Rows        int
}

// judge tries a profile on the sample.
func (d *Detection) judge(p *Profile, in DetectInput) Candidate {
	c := Candidate{Profile: p.name, Fields: make([]string, len(d.header)), matched: map[string]int{},
		labels: map[string]map[string]int{}, dates: map[string][]string{}}
	bind := p.bind
	bind.least = 1 // two columns of one name: the first counts here
	columns, err := bind.columns(d.header)
	if err != nil {
		return c
	}
	for i, field := range columns {
		if field >= 0 {
			c.Fields[i] = p.record.fieldNames()[field]
			c.matched[c.Fields[i]] = i
		}
	}
	p = p.declared(in.CRS)
	has := func(field int) bool { return slices.Contains(columns, field) }
	switch err := p.complete(has); {
	case undeclared(err):
		c.NeedsCRS = true
	case err != nil:
		problem, _ := schemas.AsProblem(err)
		c.Missing = problem.Field
		c.Score = int(20 * d.share(len(c.matched)))
		return c
	}
	c.try(d, p, columns, in)
	known := 0.5 // no categories to know
	if c.Labelled > 0 {
		known = float64(c.Known) / float64(c.Labelled)
	}
	c.Score = int(40*d.share(len(c.matched)) + 40*float64(c.Accepted)/float64(d.Rows) + 20*known + 0.5)
	return c
}

// share of the columns that a profile should read: those of persons and texts
// are none.
func (d *Detection) share(matched int) float64 {
	all := 0
	for _, name := range d.header {
		if !personal(name) {
			all++
		}
	}
	return min(1, float64(matched)/float64(max(1, all)))
}

// personal says whether the header of a column names persons, places finer
// than an area, or free text. Such columns are never proposed.
func personal(header string) bool {
	header = foldHeader(header)
	return slices.ContainsFunc([]string{"姓名", "电话", "手机", "身份证", "证件", "联系", "地址", "地点", "住址", "内容", "描述", "简述", "要点", "备注",
		"意见", "情况", "当事人", "投诉人", "诉求人", "信访人", "报警人", "调解员", "责任人", "经办人", "性别", "民族", "年龄", "name", "phone", "address", "text", "description"},
		func(word string) bool { return strings.Contains(header, word) && !strings.HasSuffix(header, "人数") })
}

// declared gives the profile with a reference system of its own.
func (p *Profile) declared(system string) *Profile {
	if system == "" || p.record != RecordIncident {
		return p
	}
	s, err := crs.Parse(system)
	if err != nil {
		return p
	}
	with := *p
	with.crs = s
	return &with
}

// try shapes every row of the sample as a run would.
func (c *Candidate) try(d *Detection, p *Profile, columns []int, in DetectInput) {
	probe := &run{Ingester: &Ingester{opt: Options{TimeZone: in.Zone, MinYear: defaultMinYear}}, profile: p, started: in.Now,
		places: &places{resolution: 10}, input: Input{Name: in.Name}, typed: d.typed}
	r := newRow(p, make([]byte, SecretBytes))
	shape := c.shape(probe, r)
	tally := map[Tally]int{}
	for number, values := range d.rows {
		clear(r.values)
		for i, field := range columns {
			if field >= 0 && i < len(values) && (!c.NeedsCRS || field != fLng && field != fLat) {
				r.values[field] = values[i]
			}
		}
		r.number, r.faults, r.masked = int64(number+1), nil, map[privacy.Kind]int64{}
		shape()
		if len(r.faults) == 0 {
			c.Accepted++
		}
		for _, fault := range r.faults {
			tally[Tally{Field: fault.Field, Code: fault.Code}]++
		}
		c.note(r)
	}
	c.countPoints(d)
	for t, n := range tally {
		t.Rows = n
		c.Faults = append(c.Faults, t)
	}
	slices.SortFunc(c.Faults, func(a, b Tally) int {
		return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.Field, b.Field), cmp.Compare(a.Code, b.Code))
	})
}

func (c *Candidate) shape(probe *run, r *row) func() {
	if probe.profile.record == RecordTransition {
		s := probe.transitionShaper()()
		return func() { s.shape(r, &shaped[schemas.Transition]{}) }
	}
	s := probe.incidentShaper()()
	return func() { s.shape(r, &shaped[schemas.Incident]{}) }
}

// countPoints counts rows with both coordinates.
func (c *Candidate) countPoints(d *Detection) {
	lng, okLng := c.matched["lng"]
	lat, okLat := c.matched["lat"]
	if !okLng || !okLat {
		return
	}
	for _, row := range d.rows {
		if trim(row[lng]) != "" && trim(row[lat]) != "" {
			c.Points++
		}
	}
}

// mostDates is how many texts that are no dates are kept for finding a layout.
const mostDates = 200

// note keeps what could be mended: labels not known and dates not read.
func (c *Candidate) note(r *row) {
	faults := r.faults
	if r.profile.record == RecordIncident {
		if label := r.text(fCategory); label != "" {
			c.Labelled++
			if _, known := r.profile.categories[label]; known || r.profile.uncharted != "" {
				c.Known++
			} else {
				c.label("category", label)
			}
		}
	}
	for _, f := range faults {
		field := r.profile.record.field(f.Field)
		switch f.Code {
		case FaultUnknown:
			c.label(f.Field, r.text(field))
		case FaultBadDate:
			if len(c.dates[f.Field]) < mostDates {
				c.dates[f.Field] = append(c.dates[f.Field], r.text(field))
			}
		}
	}
}

func (c *Candidate) label(field, label string) {
	if c.labels[field] == nil {
		c.labels[field] = map[string]int{}
	}
	c.labels[field][strings.Clone(label)]++
}

// leastShown is how often a label must come to be shown: a code list repeats,
// what was typed by hand does not.
const leastShown = 3

// Unknown lists the labels of a field that the profile does not know, most
// frequent first, and how many others may not be shown.
func (c *Candidate) Unknown(field string) (shown []Label, hidden int) {
	for _, label := range slices.Sorted(maps.Keys(c.labels[field])) {
		n := c.labels[field][label]
		if n < leastShown || !showable(label) {
			hidden++
			continue
		}
		shown = append(shown, Label{Text: label, Rows: n})
	}
	slices.SortStableFunc(shown, func(a, b Label) int { return b.Rows - a.Rows })
	return shown, hidden
}

// Label is a value of a coded column and the rows it is in.
type Label struct {
	Text string
	Rows int
}
