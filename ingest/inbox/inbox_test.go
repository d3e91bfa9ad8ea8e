package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"reli/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func put(t testing.TB, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// tree lists the files below a folder.
func tree(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(name))
		}
		return err
	}))
	slices.Sort(out)
	return out
}

// taker notes what it gets and answers with an error for some files.
type taker struct {
	mu    sync.Mutex
	taken []string
	fail  map[string]error
	on    func(File)
}

func (k *taker) take(_ context.Context, f File) (Outcome, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.on != nil {
		k.on(f)
	}
	k.taken = append(k.taken, strings.TrimPrefix(f.Folder+"/"+f.Name, "/"))
	return Outcome{Profile: "generic", Ingest: map[string]int{"rows": 1}}, k.fail[f.Name]
}

// got gives what was taken so far.
func (k *taker) got() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.taken)
}

func options(dir string, k *taker) Options {
	return Options{Dir: dir, Now: time.Now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Take: k.take, Ready: func() {}, Poll: true}
}

// watched runs a watcher on the bubble's clock while do runs.
func watched(t *testing.T, dir string, k *taker, do func()) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- Watch(ctx, options(dir, k)) }()
		do()
		stop()
		require.NoError(t, <-ended)
	})
}

func TestFilesAreTakenInOrderAndMoved(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.csv", "a.csv", "12345/c.csv", ".hidden", "~$a.xlsx", "d.csv.part", "12345.yaml", "done/old.csv", "12345/deep/x.csv"} {
		put(t, filepath.Join(dir, name), name)
	}
	k := &taker{fail: map[string]error{"b.csv": &schemas.Problem{Code: schemas.CodeBadInput, Status: 400, Detail: "the input is empty"}}}
	watched(t, dir, k, func() { time.Sleep(3 * time.Second) })
	require.Equal(t, []string{"12345/c.csv", "a.csv", "b.csv"}, k.got())
	require.Equal(t, []string{".hidden", "12345.yaml", "12345/deep/x.csv", "12345/done/c.csv", "12345/done/c.csv.report.json", "d.csv.part",
		"done/a.csv", "done/a.csv.report.json", "done/old.csv", "failed/b.csv", "failed/b.csv.report.json", "~$a.xlsx"}, tree(t, dir))
	var r Report
	text, err := os.ReadFile(filepath.Join(dir, "failed", "b.csv.report.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	require.Equal(t, &Fault{Code: "bad_input", Detail: "the input is empty"}, r.Error)
	require.Equal(t, "failed generic", r.State+" "+r.Profile)
}

func TestAFileIsTakenWhenItIsAtRest(t *testing.T) {
	dir := t.TempDir()
	path, k := filepath.Join(dir, "a.csv"), &taker{}
	watched(t, dir, k, func() {
		put(t, path, "1")
		for n := range 40 { // it grows for 20 s and is looked at all the time
			time.Sleep(500 * time.Millisecond)
			put(t, path, strings.Repeat("1", n+2))
			put(t, filepath.Join(dir, "tick.tmp"), "")
		}
		require.Empty(t, k.got())
		time.Sleep(time.Minute)
		require.Equal(t, []string{"a.csv"}, k.got())

		put(t, filepath.Join(dir, "empty.csv"), "") // made first, written later
		time.Sleep(45 * time.Second)
		require.Len(t, k.got(), 1)
		time.Sleep(2 * time.Minute)
		require.Len(t, k.got(), 2)
	})
}

func TestABadMomentIsNotTheFilesFault(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.csv"), "1")
	put(t, filepath.Join(dir, "b.csv"), "1")
	k := &taker{fail: map[string]error{"a.csv": &schemas.Problem{Code: schemas.CodeUnavailable, Status: 503}, "b.csv": errors.New("no socket")}}
	watched(t, dir, k, func() {
		time.Sleep(3 * time.Second)
		require.Equal(t, []string{"a.csv", "b.csv"}, tree(t, dir))
		k.mu.Lock()
		k.fail = nil
		k.mu.Unlock()
		time.Sleep(2 * pollEvery)
		require.Equal(t, []string{"a.csv", "b.csv", "a.csv", "b.csv"}, k.got())
		require.Contains(t, tree(t, dir), "done/a.csv")
	})
}

func TestNamesThatComeAgainAreKeptApart(t *testing.T) {
	dir := t.TempDir()
	watched(t, dir, &taker{}, func() {
		for range 3 {
			put(t, filepath.Join(dir, "日报.xlsx"), "1")
			time.Sleep(time.Minute)
		}
	})
	require.Equal(t, []string{"done/日报.2.xlsx", "done/日报.2.xlsx.report.json", "done/日报.3.xlsx", "done/日报.3.xlsx.report.json", "done/日报.xlsx", "done/日报.xlsx.report.json"}, tree(t, dir))
}

func TestAFileThatChangesWhileItIsReadIsTakenAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	put(t, path, "1")
	k := &taker{}
	k.on = func(File) {
		if len(k.taken) == 0 {
			put(t, path, "12")
		}
	}
	watched(t, dir, k, func() { time.Sleep(2 * time.Minute) })
	require.Equal(t, []string{"a.csv", "a.csv"}, k.got())
	text, err := os.ReadFile(filepath.Join(dir, "done", "a.csv"))
	require.NoError(t, err)
	require.Equal(t, "12", string(text))
}

// What is killed between report and move does both again, in the same place.
func TestAReportWithoutItsFileIsWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.csv"), "1")
	put(t, filepath.Join(dir, "done", "a.csv.report.json"), "half")
	watched(t, dir, &taker{}, func() { time.Sleep(3 * time.Second) })
	require.Equal(t, []string{"done/a.csv", "done/a.csv.report.json"}, tree(t, dir))
}

// The system's words make it quick: no poll of 30 s is waited for.
func TestWordsOfTheSystemAreHeard(t *testing.T) {
	dir := t.TempDir()
	taken := make(chan string, 10)
	ready := make(chan struct{})
	opt := options(dir, &taker{})
	opt.Poll, opt.Ready = false, func() { close(ready) }
	opt.Take = func(_ context.Context, f File) (Outcome, error) {
		taken <- f.Folder + "/" + f.Name
		return Outcome{}, nil
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Watch(ctx, opt) }()
	<-ready
	begun := time.Now()
	put(t, filepath.Join(dir, ".a"), "1")
	require.NoError(t, os.Rename(filepath.Join(dir, ".a"), filepath.Join(dir, "a.csv")))
	require.Equal(t, "/a.csv", <-taken)
	put(t, filepath.Join(dir, "12345", "b.csv"), "1") // a folder that was not there
	require.Equal(t, "12345/b.csv", <-taken)
	t.Logf("two files after %v", time.Since(begun))
	require.Less(t, time.Since(begun), pollEvery)
	stop()
	require.NoError(t, <-ended)
}

func TestAFolderStandsForItsFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.csv", "a.csv", "done/c.csv", "x.tmp", "a.csv.report.json"} {
		put(t, filepath.Join(dir, name), "1")
	}
	got, err := Files("-", dir, "missing.csv")
	require.NoError(t, err)
	require.Equal(t, []string{"-", filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv"), "missing.csv"}, got)
	_, err = Files(t.TempDir())
	require.ErrorContains(t, err, "no file in this folder")
	require.ErrorContains(t, Watch(t.Context(), options(filepath.Join(dir, "missing"), &taker{})), "watch")
}
