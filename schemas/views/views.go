// Package views describes what analysts may ask with SQL: the views with their
// columns in both languages, the functions, the types of parameters, the
// limits, and how a principal's scope cuts the tables below the views. The
// file views.yaml is the only list of these; the guard, the API and the tests
// read it here.
//
// It runs nothing and checks no query: internal/clickhouse/guard does. The
// views themselves are made by the migration 0008_views.sql. Any room may
// call it.
package views

import (
	_ "embed" // the catalogue below
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed views.yaml
var file []byte

// Catalogue is everything an analyst may use.
type Catalogue struct {
	Version        int              `yaml:"version" json:"version"`
	Views          []View           `yaml:"views" json:"views"`
	Tables         []Table          `yaml:"tables" json:"-"`
	TableFunctions []string         `yaml:"table_functions" json:"table_functions"`
	Functions      Functions        `yaml:"functions" json:"functions"`
	ParameterTypes []string         `yaml:"parameter_types" json:"parameter_types"`
	Limits         map[string]Limit `yaml:"limits" json:"-"`
}

// View is one view that may stand in FROM.
type View struct {
	Name    string   `yaml:"name" json:"name"`
	Zh      string   `yaml:"zh" json:"zh"`
	En      string   `yaml:"en" json:"en"`
	Reads   []string `yaml:"reads" json:"-"` // tables below it
	Columns []Column `yaml:"columns" json:"columns"`
}

// Column is a column of a view. Type leaves LowCardinality out.
type Column struct {
	Name string `yaml:"name" json:"name"`
	Type string `yaml:"type" json:"type"`
	Zh   string `yaml:"zh" json:"zh"`
	En   string `yaml:"en" json:"en"`
}

// Table says how a scope cuts a table that a view reads.
type Table struct {
	Name          string   `yaml:"name"`
	Everyone      bool     `yaml:"everyone"` // holds nothing of a territory
	Path          []string `yaml:"path"`     // columns with the codes of the areas above
	Area          string   `yaml:"area"`     // column with the code of an area
	Upward        bool     `yaml:"upward"`   // of Area: areas above those of the scope too
	Category      string   `yaml:"category"`
	Source        string   `yaml:"source"`
	EveryCategory bool     `yaml:"every_category"` // holds nothing of a category
	EverySource   bool     `yaml:"every_source"`
}

// Functions are the names that may be called.
type Functions struct {
	Aggregate []string            `yaml:"aggregate" json:"aggregate"`
	Window    []string            `yaml:"window" json:"window"`
	Scalar    map[string][]string `yaml:"scalar" json:"scalar"` // by subject
}

// Limit bounds one query.
type Limit struct {
	Seconds     int    `yaml:"seconds" json:"seconds"`
	MemoryBytes uint64 `yaml:"memory_bytes" json:"memory_bytes"`
	ReadRows    uint64 `yaml:"read_rows" json:"read_rows"`
	ReadBytes   uint64 `yaml:"read_bytes" json:"read_bytes"`
	ResultRows  uint64 `yaml:"result_rows" json:"result_rows"`
	ResultBytes uint64 `yaml:"result_bytes" json:"result_bytes"`
}

// Load gives a fresh copy of the catalogue.
func Load() Catalogue {
	var c Catalogue
	if err := yaml.UnmarshalWithOptions(file, &c, yaml.Strict()); err != nil {
		panic("views: embedded catalogue: " + err.Error()) // kept valid by the tests
	}
	return c
}

// View finds a view by its name.
func (c Catalogue) View(name string) (View, bool) {
	i := slices.IndexFunc(c.Views, func(v View) bool { return v.Name == name })
	if i < 0 {
		return View{}, false
	}
	return c.Views[i], true
}

// combinators may follow the name of an aggregate function.
var combinators = [...]string{"if", "ornull", "ordefault", "distinct"}

// Calls gives a test of function names, letter case aside: names as the
// engine's parser gives them.
func (c Catalogue) Calls() func(name string) bool {
	plain, aggregate := map[string]bool{}, map[string]bool{}
	for _, name := range c.Functions.Aggregate {
		aggregate[strings.ToLower(name)] = true
	}
	for _, name := range c.Functions.Window {
		plain[strings.ToLower(name)] = true
	}
	for _, names := range c.Functions.Scalar {
		for _, name := range names {
			plain[strings.ToLower(name)] = true
		}
	}
	return func(name string) bool {
		name = strings.ToLower(name)
		if plain[name] || aggregate[name] {
			return true
		}
		for range combinators { // each at most once
			for _, suffix := range combinators {
				if rest, ok := strings.CutSuffix(name, suffix); ok {
					name = rest
					break
				}
			}
			if aggregate[name] {
				return true
			}
		}
		return false
	}
}
