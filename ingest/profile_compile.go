package ingest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"reli/geo/crs"
	"reli/schemas"
)

// compile checks the profile and makes it ready for use.
func (f *profileFile) compile() (*Profile, error) {
	if f.Record != RecordIncident && f.Record != RecordTransition {
		return nil, fault("want incident or transition", "record")
	}
	if !code.MatchString(f.Name) {
		return nil, fault("want a name of lower-case letters, digits, _ . and -", "name")
	}
	p := &Profile{name: f.Name, record: f.Record, source: f.Source, columns: f.Columns, nulls: map[string]bool{}}
	for _, n := range f.Nulls {
		p.nulls[n] = true
	}
	for _, step := range []func(*Profile) error{
		f.compileColumns, f.compileSource, f.compileTimes, f.compileCRS, f.compileEntries, f.compileCategories, f.compileValues,
		f.compileStrip, f.compileUnits, f.compileDefaults,
	} {
		if err := step(p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (f *profileFile) compileColumns(p *Profile) error {
	taken := map[string]string{}
	for _, field := range slices.Sorted(maps.Keys(f.Columns)) {
		if f.Record.field(field) < 0 {
			return fault(fmt.Sprintf("a %s has no such field", f.Record), "columns", field)
		}
		if len(f.Columns[field]) == 0 {
			return fault("want the name of a column", "columns", field)
		}
		for _, name := range f.Columns[field] {
			folded := foldHeader(name)
			if other, ok := taken[folded]; ok && other != field {
				return fault(fmt.Sprintf("column %q already feeds %s", name, other), "columns", field)
			}
			taken[folded] = field
		}
	}
	for _, i := range f.Record.required() {
		if name := f.Record.fieldNames()[i]; len(f.Columns[name]) == 0 {
			return fault(fmt.Sprintf("a %s needs a column for %s", f.Record, name), "columns")
		}
	}
	if f.Record == RecordIncident && len(f.Columns["occurred_at"]) == 0 && len(f.Columns["reported_at"]) == 0 {
		return fault("an incident needs a column for occurred_at or reported_at", "columns")
	}
	p.bind = newBinding(f.Record.fieldNames(), f.Columns)
	p.bind.need = f.needed()
	return nil
}

// needed lists what a header must have: of each set of fields one.
func (f *profileFile) needed() [][]int {
	var sets [][]int
	if f.Source == "" {
		sets = append(sets, []int{fSource})
	}
	for _, field := range f.Record.required() {
		sets = append(sets, []int{field})
	}
	if f.Record == RecordIncident {
		sets = append(sets, []int{fOccurredAt, fReportedAt})
	}
	return sets
}

func (f *profileFile) compileSource(*Profile) error {
	switch {
	case f.Source == "" && len(f.Columns["source"]) == 0:
		return fault("want a source, or a column for it", "source")
	case f.Source != "" && len(f.Columns["source"]) > 0:
		return fault("there is a column for the source as well", "source")
	case f.Source != "" && !code.MatchString(f.Source):
		return fault("want a code of lower-case letters, digits, _ . and -", "source")
	}
	return nil
}

func (f *profileFile) compileTimes(p *Profile) error {
	if f.TimeZone != "" {
		zone, err := time.LoadLocation(f.TimeZone)
		if err != nil {
			return fault("unknown time zone", "time_zone")
		}
		p.zone = zone
	}
	if len(f.Times) == 0 {
		return fault("want at least one date layout", "times")
	}
	for _, layout := range f.Times {
		l, err := compileLayout(layout)
		if err != nil {
			return fault(err.Error(), "times")
		}
		p.times = append(p.times, l)
	}
	return nil
}

func (f *profileFile) compileCRS(p *Profile) error {
	lng, lat := len(f.Columns["lng"]) > 0, len(f.Columns["lat"]) > 0
	if lng != lat {
		return fault("want columns for both lng and lat", "columns")
	}
	if f.CRS != "" {
		s, err := crs.Parse(f.CRS)
		if err != nil {
			return fault("unknown coordinate reference system", "crs")
		}
		p.crs = s
		return nil
	}
	if lng && len(f.Columns["crs"]) == 0 {
		return &profileError{path: []string{"columns", "lng"}, code: schemas.CodeUndeclaredCRS,
			detail: "coordinates are mapped, and no coordinate reference system is declared"}
	}
	return nil
}

func (f *profileFile) compileEntries(p *Profile) error {
	p.dictionary = map[string][]schemas.Entry{DictionaryCategory: f.Categories, DictionarySource: f.Sources}
	if err := checkEntries("categories", f.Categories); err != nil {
		return err
	}
	return checkEntries("sources", f.Sources)
}

func checkEntries(key string, entries []schemas.Entry) error {
	seen := map[string]bool{}
	for _, e := range entries {
		if !code.MatchString(e.Code) || e.Zh == "" || e.En == "" || seen[e.Code] {
			return fault(fmt.Sprintf("entry %q needs a code of its own, of lower-case letters and digits, and names zh and en", e.Code), key)
		}
		seen[e.Code] = true
	}
	return nil
}

// compileCategories makes the one table from label to code. The profile's own
// map comes first, then the codes themselves, then the crosswalks in order.
func (f *profileFile) compileCategories(p *Profile) error {
	d := schemas.LoadDictionary()
	p.categories = map[string]string{}
	for _, list := range slices.Backward(f.Crosswalks) {
		labels, ok := d.Crosswalk[list]
		if !ok {
			return fault(fmt.Sprintf("the dictionary has no crosswalk %q", list), "crosswalks")
		}
		maps.Copy(p.categories, labels)
	}
	known := map[string]bool{}
	for _, e := range slices.Concat(d.Categories, f.Categories) {
		known[e.Code] = true
		p.categories[e.Code] = e.Code
	}
	for _, label := range slices.Sorted(maps.Keys(f.CategoryMap)) {
		to := f.CategoryMap[label]
		switch {
		case !known[to] && to != refused:
			return fault(fmt.Sprintf("neither the dictionary nor this profile has a category %q", to), "category_map", label)
		case label == anyOther:
			p.uncharted = to
		default:
			p.categories[label] = to
		}
	}
	return nil
}

func (f *profileFile) compileDefaults(p *Profile) error {
	p.defaults = make([]string, len(f.Record.fieldNames()))
	for _, field := range slices.Sorted(maps.Keys(f.Defaults)) {
		i, v := f.Record.field(field), f.Defaults[field]
		if i < 0 || i == fSourceID || i == fSource || p.record == RecordIncident && i == fText {
			return fault(fmt.Sprintf("a %s has no such field that may have a default", f.Record), "defaults", field)
		}
		if !p.takes(i, v) {
			return fault(fmt.Sprintf("%s cannot be %q", field, v), "defaults", field)
		}
		p.defaults[i] = v
	}
	return nil
}

// takes says whether a coded field may have the value. What the other fields
// may have depends on the row.
func (p *Profile) takes(field int, v string) bool {
	ok := textFault(v) == ""
	if p.record == RecordTransition {
		switch field {
		case tKind:
			_, ok = p.enums.kind.find(v)
		case tLevel:
			_, ok = p.enums.level.find(v)
		}
		return ok
	}
	switch field {
	case fChannel:
		_, ok = p.enums.channel.find(v)
	case fScale:
		_, ok = p.enums.scale.find(v)
	case fUrgency:
		_, ok = p.enums.urgency.find(v)
	case fResolverLevel:
		_, ok = p.enums.level.find(v)
	case fState:
		_, ok = p.enums.state.find(v)
	}
	return ok
}
