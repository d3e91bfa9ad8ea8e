package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/ingest"
	"reli/ingest/inbox"
)

// watcher starts `reli ingest --watch` and waits until it looks for files.
func watcher(t *testing.T, args ...string) (cmd *exec.Cmd, rest func() string) {
	t.Helper()
	cmd = command(context.WithoutCancel(t.Context()), append([]string{"ingest", "--watch"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(first, "Reli watches "), first)
	text := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(lines)
		text <- string(all)
	}()
	return cmd, func() string { return <-text }
}

func hotline(from, to int) string {
	var b strings.Builder
	b.WriteString("工单编号,受理时间,十四类\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "SH%06d,2024年3月%d日 08:30,物业管理类\n", i, 1+i%28)
	}
	return b.String()
}

// TestWatchedFolderSurvivesAKill drops files that overlap into a folder and
// kills the process while it takes them: every matter is there once, every file
// is moved once, and Ctrl-C ends it cleanly.
func TestWatchedFolderSurvivesAKill(t *testing.T) {
	needEngine(t)
	data, drop := t.TempDir(), t.TempDir()
	folder := filepath.Join(drop, "12345")
	require.NoError(t, os.Mkdir(folder, 0o755))
	const files, rows = 8, 3000
	put := func(name, text string) {
		part := filepath.Join(folder, "."+name)
		require.NoError(t, os.WriteFile(part, []byte(text), 0o600))
		require.NoError(t, os.Rename(part, filepath.Join(folder, name)))
	}
	for n := range files { // each repeats half of the one before
		put(fmt.Sprintf("%d.csv", n), hotline(n*rows/2, n*rows/2+rows))
	}
	put("again.csv", hotline(0, rows))
	require.NoError(t, os.WriteFile(filepath.Join(drop, "stray.csv"), []byte(hotline(0, 1)), 0o600))

	reports := func() int {
		found, err := filepath.Glob(filepath.Join(folder, inbox.Done, "*.report.json"))
		require.NoError(t, err)
		return len(found)
	}
	killed, _ := watcher(t, "--data", data, drop)
	require.Eventually(t, func() bool { return reports() >= 2 }, time.Minute, time.Millisecond)
	require.NoError(t, killed.Process.Signal(syscall.SIGKILL)) // it is at the third file, or the fourth
	_ = killed.Wait()
	require.Less(t, reports(), files+1)
	cmd, rest := watcher(t, "--data", data, drop)
	require.Eventually(t, func() bool {
		left, err := filepath.Glob(filepath.Join(folder, "*.csv"))
		require.NoError(t, err)
		_, err = os.Stat(filepath.Join(drop, inbox.Failed, "stray.csv"))
		return len(left) == 0 && err == nil
	}, time.Minute, 20*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	said := rest()
	require.NoError(t, cmd.Wait(), "Ctrl-C is the normal end")
	require.Contains(t, said, "stopped; ")

	require.Equal(t, files+1, reports())
	var report struct {
		State, Profile string
		Ingest         ingest.Report
		Error          inbox.Fault
	}
	read := func(path string) {
		t.Helper()
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &report))
	}
	read(filepath.Join(folder, inbox.Done, "again.csv.report.json"))
	require.Equal(t, "done 12345", report.State+" "+report.Profile)
	require.Equal(t, int64(rows), report.Ingest.Rows)
	read(filepath.Join(drop, inbox.Failed, "stray.csv.report.json"))
	require.Equal(t, "bad_profile", report.Error.Code)
	require.Contains(t, report.Error.Detail, "--detect")

	// While a server owns the directory, the files go through it.
	s := serve(t, data)
	s.settled(t, (files+1)*rows/2)
	cmd, rest = watcher(t, "--data", data, drop)
	put("new.csv", hotline(100_000, 100_010))
	s.settled(t, (files+1)*rows/2+10)
	require.Eventually(t, func() bool { return reports() == files+2 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Contains(t, rest(), "1 files taken")
	require.NoError(t, cmd.Wait())
}

func TestProfileOfAFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "信访.yaml"), []byte("name: own\nextends: petition\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.yaml"), []byte("name: own\nextends: nothing\n"), 0o600))
	f := func(usual, folder, want string) {
		t.Helper()
		got, err := profileChooser{dir: dir, usual: usual}.of(inbox.File{Folder: folder})
		if want == "" {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got.Name())
	}
	f("", "12345", "12345")
	f("grid", "12345", "12345")
	f("", "信访", "own")
	f("", "人民调解", "mediation")
	f("grid", "永安镇", "grid")
	f("grid", "", "grid")
	f("", "", "")
	f("", "永安镇", "")
	f("grid", "broken", "")
}
