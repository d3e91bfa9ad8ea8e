package hostile_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/views"
	"reli/test/county"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

var update = flag.Bool("update", false, "write the codes that the texts were refused with into the corpus")

// secret is what the canary holds; no result and no error may.
const secret = "canary-e5a1c9f0"

// limit is that of every query, but for its time; soon is that of the costly
// texts, so that what has to be stopped is stopped soon.
const (
	limitSeconds = 60
	soonSeconds  = 1
)

var limit = views.Limit{Seconds: limitSeconds, MemoryBytes: 256 << 20, ReadRows: 200_000_000, ReadBytes: 2 << 30, ResultRows: 100_000, ResultBytes: 64 << 20}

type bench struct {
	county  *county.County
	analyst *clickhouse.Analyst
	canary  string
	outside string
	total   string // of the good query
}

func newBench(t *testing.T) *bench {
	c := county.Shared(t)
	dir := t.TempDir()
	b := &bench{county: c, analyst: c.DB.Analyst(views.Load(), c.Zone.String()),
		canary: filepath.Join(dir, "canary.csv"), outside: filepath.Join(dir, "outside")}
	require.NoError(t, os.WriteFile(b.canary, []byte(secret+"\n"), 0o644))
	link := filepath.Join(dataDir(t), "clickhouse", "user_files", "link-to-canary")
	require.NoError(t, os.MkdirAll(filepath.Dir(link), 0o700))
	require.NoError(t, os.Symlink(b.canary, link))
	t.Cleanup(func() { require.NoError(t, os.Remove(link)) })
	b.total = b.good(t)
	require.Equal(t, fmt.Sprintf("%d\n", c.Store.Current().Catalogue.Incidents), b.total)
	return b
}

// dataDir finds the engine's data directory: its socket may lie elsewhere
// where the path is long, the lock never does.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Dir(county.Engine(t).Socket())
	require.FileExists(t, filepath.Join(dir, "engine.lock"))
	return dir
}

// run gives what a text brought, at most a megabyte of it, and its error.
func (b *bench) run(ctx context.Context, q clickhouse.AnalystQuery) (string, error) {
	r, err := b.analyst.Stream(ctx, q, "TabSeparated")
	if err != nil {
		return "", err
	}
	defer r.Close()
	var text strings.Builder
	if _, err = io.CopyN(&text, r, 1<<20); err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if err == io.EOF {
		err = nil
	}
	return text.String(), err
}

// good is a query that has to be right after everything.
func (b *bench) good(t *testing.T) string {
	t.Helper()
	text, err := b.run(t.Context(), clickhouse.AnalystQuery{SQL: "SELECT sum(incidents) FROM v_daily", Limit: limit})
	require.NoError(t, err)
	return text
}

// refused holds that a text ends in a Problem, and gives its code.
func (b *bench) refused(ctx context.Context, sql string, seconds int) (string, error) {
	bounded := limit
	bounded.Seconds = seconds
	text, err := b.run(ctx, clickhouse.AnalystQuery{SQL: sql, Limit: bounded})
	if err == nil {
		return "", fmt.Errorf("it was answered: %.200s", text)
	}
	p, ok := schemas.AsProblem(err)
	if !ok {
		return "", fmt.Errorf("not a problem: %w", err)
	}
	if p.Status < 400 || p.Status >= 500 {
		return "", fmt.Errorf("status %d: %w", p.Status, err)
	}
	for _, said := range []string{text, p.Detail} {
		if strings.Contains(said, secret) {
			return "", fmt.Errorf("it tells of the canary")
		}
	}
	return p.Code, nil
}

// whole holds that the canary is as it was, nothing was written beside it, and
// the engine never died.
func (b *bench) whole(t *testing.T, pid int) {
	t.Helper()
	text, err := os.ReadFile(b.canary)
	require.NoError(t, err)
	require.Equal(t, secret+"\n", string(text))
	files, err := os.ReadDir(filepath.Dir(b.canary))
	require.NoError(t, err)
	require.Len(t, files, 1, "a file was written")
	require.Equal(t, pid, county.Engine(t).PID(), "the engine died")
	require.Zero(t, county.Engine(t).Restarts())
	require.Equal(t, b.total, b.good(t))
}

type hostileText struct{ line, code, sql string }

func (b *bench) read(t *testing.T, file string) []hostileText {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	fill := strings.NewReplacer("@CANARY@", b.canary, "@OUTSIDE@", b.outside, "@DATABASE@", b.county.DB.Name())
	var out []hostileText
	for line := range strings.Lines(string(content)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		code, sql, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(code, "sql_") {
			code, sql = "", line
		}
		sql = strings.TrimLeft(sql, " ")
		text := sql
		if strings.HasPrefix(sql, `q"`) {
			text, err = strconv.Unquote(sql[1:])
			require.NoError(t, err, sql)
		}
		out = append(out, hostileText{line: sql, code: code, sql: fill.Replace(text)})
	}
	return out
}

func TestEveryHostileTextIsRefusedOrStopped(t *testing.T) {
	b := newBench(t)
	pid := county.Engine(t).PID()
	files, err := filepath.Glob("corpus/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	total := 0
	for _, file := range files {
		texts := b.read(t, file)
		total += len(texts)
		codes := make([]string, len(texts))
		seconds := limitSeconds
		if strings.HasSuffix(file, "costly.txt") {
			seconds = soonSeconds
		}
		var wait sync.WaitGroup
		slots := make(chan struct{}, 3)
		for i, h := range texts {
			wait.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				started := time.Now()
				code, err := b.refused(t.Context(), h.sql, seconds)
				if took := time.Since(started); took > 2*time.Minute {
					t.Errorf("%s: %s: it took %s", file, h.line, took)
				}
				if err != nil {
					t.Errorf("%s: %s: %v", file, h.line, err)
				}
				if codes[i] = code; code != h.code && !*update {
					t.Errorf("%s: %s: refused with %q, want %q", file, h.line, code, h.code)
				}
			})
		}
		wait.Wait()
		b.whole(t, pid)
		if *update {
			rewrite(t, file, texts, codes)
		}
	}
	require.GreaterOrEqual(t, total, 300)
}

// rewrite puts the codes before the texts; comments stay.
func rewrite(t *testing.T, file string, texts []hostileText, codes []string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var out strings.Builder
	next := 0
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "#") {
			out.WriteString(line)
			continue
		}
		fmt.Fprintf(&out, "%-14s %s\n", codes[next], texts[next].line)
		next++
	}
	require.NoError(t, os.WriteFile(file, []byte(out.String()), 0o644))
}

// TestHugeTextsAreRefused has the texts that are too long for the corpus.
func TestHugeTextsAreRefused(t *testing.T) {
	b := newBench(t)
	pid := county.Engine(t).PID()
	for name, sql := range map[string]string{
		"20,000 parentheses":  "SELECT " + strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000),
		"20,000 open":         "SELECT " + strings.Repeat("(", 20_000),
		"65 parentheses":      "SELECT " + strings.Repeat("(", 65) + "1" + strings.Repeat(")", 65),
		"64 arrays":           "SELECT " + strings.Repeat("[", 65) + "1" + strings.Repeat("]", 65),
		"nested selects":      strings.Repeat("SELECT * FROM (", 60) + "SELECT 1" + strings.Repeat(")", 60),
		"nested functions":    "SELECT " + strings.Repeat("abs(", 65) + "1" + strings.Repeat(")", 65),
		"a long sum":          "SELECT 1" + strings.Repeat("+1", 2400),
		"minus signs":         "SELECT " + strings.Repeat("- ", 4900) + "1",
		"negations":           "SELECT " + strings.Repeat("NOT ", 4900) + "1",
		"casts":               "SELECT 1" + strings.Repeat("::Int8", 1600),
		"subscripts":          "SELECT [1]" + strings.Repeat("[1]", 1600),
		"tuple elements":      "SELECT (1,2)" + strings.Repeat(".1", 2400),
		"lambdas":             "SELECT " + strings.Repeat("x -> ", 1600) + "1",
		"conditions":          "SELECT " + strings.Repeat("1 ? 1 : ", 1200) + "1",
		"cases":               "SELECT " + strings.Repeat("CASE WHEN 1 THEN 1 ELSE ", 800) + "1" + strings.Repeat(" END", 800),
		"joins":               "SELECT 1 FROM v_areas AS a" + strings.Repeat(", v_areas", 800),
		"doubling":            doubling(30),
		"words":               "SELECT 1" + strings.Repeat(", a", 5000),
		"bytes":               "SELECT '" + strings.Repeat("x", 64<<10) + "'",
		"spaces":              "SELECT" + strings.Repeat(" ", 64<<10) + "1",
		"comments":            "SELECT " + strings.Repeat("/**/", 20_000) + "1",
		"semicolons":          strings.Repeat(";", 4000),
		"a long name":         "SELECT " + strings.Repeat("a", 60_000),
		"a long number":       "SELECT nonexistent + " + strings.Repeat("9", 60_000),
		"a thousand IN lists": "SELECT nonexistent WHERE 1 IN (" + strings.Repeat("1,", 2400) + "1)",
		"nothing":             "",
		"blanks":              " \n\t ",
		"only a comment":      "/* SELECT 1 */ -- SELECT 2",
	} {
		code, err := b.refused(t.Context(), sql, soonSeconds)
		require.NoError(t, err, name)
		require.NotEmpty(t, code, name)
	}
	b.whole(t, pid)
}

// doubling names an expression that is twice the one before: small text, huge
// tree.
func doubling(n int) string {
	var s strings.Builder
	s.WriteString("WITH 1 AS a0")
	for i := range n {
		fmt.Fprintf(&s, ", a%d + a%d AS a%d", i, i, i+1)
	}
	fmt.Fprintf(&s, " SELECT a%d", n)
	return s.String()
}
