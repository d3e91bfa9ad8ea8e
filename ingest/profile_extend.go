package ingest

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"

	"reli/schemas"
)

// extend lays a profile over the built-in one that it names: what it says goes
// before what the other says, and what it leaves out is the other's.
func (f *profileFile) extend() error {
	if f.Extends == "" {
		return nil
	}
	if !slices.Contains(BuiltinProfiles(), f.Extends) {
		return fault(fmt.Sprintf("no built-in profile %q", f.Extends), "extends")
	}
	data, err := fs.ReadFile(schemas.Profiles(), f.Extends+".yaml")
	if err != nil {
		return fmt.Errorf("embedded profile: %w", err)
	}
	var base profileFile
	if err := yaml.UnmarshalWithOptions(data, &base, yaml.Strict()); err != nil {
		return fmt.Errorf("embedded profile: %w", err)
	}
	f.over(&base)
	return nil
}

func (f *profileFile) over(base *profileFile) {
	if f.Record == "" {
		f.Record = base.Record
	}
	if f.Source == "" && len(f.Columns["source"]) == 0 {
		f.Source = base.Source
	}
	if f.TimeZone == "" {
		f.TimeZone = base.TimeZone
	}
	if f.CRS == "" {
		f.CRS = base.CRS
	}
	f.Times, f.Nulls = unite(f.Times, base.Times), unite(f.Nulls, base.Nulls)
	f.Crosswalks = unite(f.Crosswalks, base.Crosswalks)
	f.Columns = f.columnsOver(base.Columns)
	f.Strip = join(f.Strip, base.Strip, func(a, b names) names { return unite(a, b) })
	first := func(a, _ string) string { return a }
	f.CategoryMap, f.Defaults = join(f.CategoryMap, base.CategoryMap, first), join(f.Defaults, base.Defaults, first)
	f.Units = join(f.Units, base.Units, first)
	f.Values = join(f.Values, base.Values, func(a, b map[string]string) map[string]string { return join(a, b, first) })
	f.Categories = slices.Concat(f.Categories, base.Categories)
	f.Sources = slices.Concat(f.Sources, base.Sources)
}

// columnsOver leaves out of the base what the profile reads another field
// from, so that a header can be given to another field.
func (f *profileFile) columnsOver(base map[string]names) map[string]names {
	taken := map[string]bool{}
	for _, own := range f.Columns {
		for _, name := range own {
			taken[foldHeader(name)] = true
		}
	}
	left := map[string]names{}
	for field, all := range base {
		if field == "source" && f.Source != "" {
			continue
		}
		if all = slices.DeleteFunc(slices.Clone(all), func(n string) bool { return taken[foldHeader(n)] }); len(all) > 0 {
			left[field] = all
		}
	}
	return join(f.Columns, left, func(a, b names) names { return unite(a, b) })
}

// unite puts what only b has behind a.
func unite[S ~[]string](a, b S) S {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// join takes the entries of both; both says what becomes of those in both.
func join[V any](a, b map[string]V, both func(a, b V) V) map[string]V {
	out := maps.Clone(b)
	if out == nil {
		out = map[string]V{}
	}
	for k, v := range a {
		if other, ok := out[k]; ok {
			v = both(v, other)
		}
		out[k] = v
	}
	return out
}
