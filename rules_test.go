// Package reli_test keeps the rules of the house: which room may import
// which, a doc comment on every package, no loose ends. See
// docs/architecture.md for the reasons.
package reli_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport is the import table of the house: room → rooms of ours that its
// code may use. A room may always use itself. "*" means all.
var mayImport = map[string][]string{
	"geo":                 {},
	"schemas":             {},
	"demo":                {"geo", "schemas"},
	"internal/engine":     {},
	"internal/durable":    {},
	"internal/clickhouse": {"schemas", "internal/durable"},
	"ingest":              {"geo", "schemas", "internal/clickhouse", "internal/durable"},
	"analytics":           {"geo", "schemas", "internal/clickhouse"},
	"tiles":               {"geo", "schemas", "analytics/cube", "analytics/disclose"},
	"web":                 {"geo", "schemas", "internal/clickhouse", "internal/durable", "ingest", "analytics", "tiles"},
	"cmd/reli":            {"*"},
	"test":                {"*"},
}

// onlyIn says which foreign packages belong to one room, and why.
var onlyIn = []struct{ pkg, rooms, reason string }{
	{"github.com/uber/h3-go", "geo/hex", "one wrapper round H3, so that its errors and versions have one place"},
	{"github.com/ClickHouse/clickhouse-go/v2/lib/proto", "internal/clickhouse internal/engine", "the engine frames Native blocks with it"},
	{"github.com/ClickHouse/clickhouse-go", "internal/clickhouse", "one connection type, one place for settings"},
	{"github.com/ebitengine/purego", "internal/engine", "only the engine loads a library"},
	{"github.com/stretchr/testify/assert", "", "require stops at the first broken assumption"},
	{"github.com/stretchr/testify/mock", "", "tests use the real engine and the real transport"},
}

type goFile struct {
	path    string // slash-separated, from the root
	pkg     string
	doc     bool
	test    bool
	imports []string
	text    string
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || (strings.HasPrefix(d.Name(), ".") && p != ".") || p == "data") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		f := goFile{path: filepath.ToSlash(p), pkg: parsed.Name.Name, doc: parsed.Doc != nil, test: strings.HasSuffix(p, "_test.go"), text: string(text)}
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		files = append(files, f)
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// roomOf gives the room of a package path, "" outside all rooms.
func roomOf(pkg string) string {
	for p := pkg; p != "." && p != "/"; p = path.Dir(p) {
		if _, ok := mayImport[p]; ok {
			return p
		}
	}
	return ""
}

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	for _, f := range goFiles(t) {
		dir := path.Dir(f.path)
		if dir == "." || f.test {
			continue // tests may use more: they start the real engine
		}
		room := roomOf(dir)
		require.NotEmpty(t, room, "%s is in no room: add it to the table here and in docs/architecture.md", f.path)
		allowed := mayImport[room]
		for _, i := range f.imports {
			own, ours := strings.CutPrefix(i, "reli/")
			if !ours || slices.Contains(allowed, "*") || roomOf(own) == room || within(own, allowed) {
				continue
			}
			t.Errorf("%s imports %s: room %s may use %v", f.path, i, room, allowed)
		}
	}
}

func within(pkg string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") })
}

func TestForeignPackagesStayInTheirRoom(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, i := range f.imports {
			for _, rule := range onlyIn {
				if i != rule.pkg && !strings.HasPrefix(i, rule.pkg+"/") {
					continue
				}
				if !within(path.Dir(f.path), strings.Fields(rule.rooms)) {
					t.Errorf("%s imports %s: only %q may, because %s", f.path, i, rule.rooms, rule.reason)
				}
				break // the first rule that fits decides
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test && f.pkg != "reli_test" {
			continue
		}
		dir := path.Dir(f.path)
		documented[dir] = documented[dir] || f.doc
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package in %s has no doc comment: what it is, what it is not, who may call it", dir)
		}
	}
}

func TestNoLooseEnds(t *testing.T) {
	// Put together so that this file does not find itself.
	loose := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	issue := regexp.MustCompile(`#\d+`)
	for _, f := range goFiles(t) {
		for n, line := range strings.Split(f.text, "\n") {
			if loose.MatchString(line) && !issue.MatchString(line) {
				t.Errorf("%s:%d: a loose end without an issue: %s", f.path, n+1, strings.TrimSpace(line))
			}
		}
	}
}

func TestFilesStaySmall(t *testing.T) {
	const most = 500
	for _, f := range goFiles(t) {
		if n := strings.Count(f.text, "\n"); n > most {
			t.Errorf("%s has %d lines; more than %d is more than one idea", f.path, n, most)
		}
	}
}
