package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"reli/geo/crs"
	"reli/schemas"
)

// profileFile is a profile as it is written (schemas/profiles/README.md).
type profileFile struct {
	Name        string                       `yaml:"name"`
	Extends     string                       `yaml:"extends"`
	Record      RecordKind                   `yaml:"record"`
	Source      string                       `yaml:"source"`
	TimeZone    string                       `yaml:"time_zone"`
	Times       []string                     `yaml:"times"`
	CRS         string                       `yaml:"crs"`
	Columns     map[string]names             `yaml:"columns"`
	Strip       map[string]names             `yaml:"strip"`
	Units       map[string]string            `yaml:"units"`
	Nulls       []string                     `yaml:"nulls"`
	Crosswalks  []string                     `yaml:"crosswalks"`
	CategoryMap map[string]string            `yaml:"category_map"`
	Categories  []schemas.Entry              `yaml:"categories"`
	Sources     []schemas.Entry              `yaml:"sources"`
	Values      map[string]map[string]string `yaml:"values"`
	Defaults    map[string]string            `yaml:"defaults"`
}

// names are the headers a field may have; one may be written without a list.
type names []string

// UnmarshalYAML reads one name or a list of names.
func (n *names) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*n = names{one}
		return nil
	}
	return unmarshal((*[]string)(n))
}

// Profile says what the columns of a source mean. It is made by ParseProfile
// and BuiltinProfile, never changes, and is safe for concurrent use.
type Profile struct {
	name       string
	record     RecordKind
	source     string         // constant source, "" when a column has it
	zone       *time.Location // nil: that of the deployment
	times      []timeLayout
	crs        crs.System // "" when a column has it or no coordinate is mapped
	bind       binding
	columns    map[string]names
	nulls      map[string]bool
	defaults   []string             // by field
	strip      [][]affix            // by field
	units      map[int]measure      // by field
	plain      map[int]enum[string] // by field: values of fields without a list of their own
	categories map[string]string
	uncharted  string // category of labels not mapped, "" for other with its label
	enums      enums
	dictionary map[string][]schemas.Entry // kind of entry → entries the profile brings
}

// Kinds of the dictionary entries that a profile brings.
const (
	DictionaryCategory = "category"
	DictionarySource   = "source"
)

// Name is the name of the profile.
func (p *Profile) Name() string { return p.name }

// Record is the kind of record the profile reads.
func (p *Profile) Record() RecordKind { return p.record }

// category gives the code of a label: refused where the profile says so.
func (p *Profile) category(label string) string {
	if c, ok := p.categories[label]; ok {
		return c
	}
	if label != "" && p.uncharted != "" {
		return p.uncharted
	}
	return schemas.CategoryOther
}

// code is the form of sources, categories and profile names: what a query
// string, a metric label and a file name can hold as it is.
var code = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,47}$`)

// BuiltinProfiles lists the names of the profiles that ship with Reli.
func BuiltinProfiles() []string {
	files, err := fs.Glob(schemas.Profiles(), "*.yaml")
	if err != nil {
		panic("ingest: " + err.Error()) // the pattern is well formed
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, path.Ext(f))
	}
	slices.Sort(files)
	return files
}

// BuiltinProfile gives a profile that ships with Reli. An unknown name is a
// *schemas.Problem with code bad_profile.
func BuiltinProfile(name string) (*Profile, error) {
	if !slices.Contains(BuiltinProfiles(), name) {
		return nil, &schemas.Problem{Code: schemas.CodeBadProfile, Status: 400, Field: "profile",
			Detail: fmt.Sprintf("no profile %q; there are %s", name, strings.Join(BuiltinProfiles(), ", "))}
	}
	data, err := fs.ReadFile(schemas.Profiles(), name+".yaml")
	if err != nil {
		return nil, fmt.Errorf("embedded profile: %w", err)
	}
	return ParseProfile(data)
}

// ParseProfile reads a profile. Keys it does not know, values of the wrong
// form and names that nothing has are a *schemas.Problem with code
// bad_profile that tells the line; coordinates without a reference system are
// one with code undeclared_crs.
func ParseProfile(data []byte) (*Profile, error) {
	var f profileFile
	err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict())
	var at yaml.Error
	switch {
	case errors.As(err, &at) && at.GetToken() != nil:
		return nil, badProfile("line %d: %s", at.GetToken().Position.Line, at.GetMessage())
	case err != nil:
		return nil, badProfile("%s", firstSentence(err.Error()))
	}
	if err = f.extend(); err != nil {
		return nil, located(err, data)
	}
	p, err := f.compile()
	return p, located(err, data)
}

// located gives a fault of a profile its line.
func located(err error, data []byte) error {
	var where *profileError
	if errors.As(err, &where) {
		return where.problem(data)
	}
	return err
}

// profileError is a fault in a profile and the key it is at.
type profileError struct {
	path   []string
	code   string
	detail string
}

func (e *profileError) Error() string { return strings.Join(e.path, ".") + ": " + e.detail }

func (e *profileError) problem(data []byte) *schemas.Problem {
	p := badProfile("%s", e.Error())
	if line := lineOf(data, e.path); line > 0 {
		p = badProfile("line %d: %s: %s", line, strings.Join(e.path, "."), e.detail)
	}
	p.Code = e.code
	return p
}

func fault(detail string, path ...string) error {
	return &profileError{path: path, code: schemas.CodeBadProfile, detail: detail}
}

// lineOf finds the line of a key, 0 when the profile does not have it.
func lineOf(data []byte, keys []string) int {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return 0
	}
	b := (&yaml.PathBuilder{}).Root()
	for _, k := range keys {
		b = b.Child(k)
	}
	node, err := b.Build().FilterFile(file)
	if err != nil || node == nil || node.GetToken() == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

func badProfile(format string, args ...any) *schemas.Problem {
	return &schemas.Problem{Code: schemas.CodeBadProfile, Status: 400, Field: "profile", Detail: fmt.Sprintf(format, args...)}
}

func firstSentence(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
