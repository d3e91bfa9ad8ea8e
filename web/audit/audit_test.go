package audit

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a settable time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

var (
	testKey = bytes.Repeat([]byte{7}, KeyBytes)
	spring  = time.Date(2025, 3, 30, 12, 0, 0, 0, time.UTC)
)

func options(dir string, c *clock) Options {
	return Options{Dir: dir, Key: testKey, KeepDays: LeastDays, Now: c.Now, Logger: slog.New(slog.DiscardHandler)}
}

func open(t testing.TB, dir string, c *clock) *Log {
	t.Helper()
	l, err := Open(options(dir, c))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func act(n int) Event {
	return Event{Request: fmt.Sprintf("%016x", n), Principal: "user:1", Name: "李", Role: "analyst", Action: "sql.run", Object: "/v1/sql",
		Detail: fmt.Sprintf("SELECT %d WHERE n < 5 -- \"引号\"", n), Outcome: OutcomeOK, Status: 200, From: "203.0.113.5"}
}

func verify(t testing.TB, dir string, anchor Anchor) Verified {
	t.Helper()
	v, err := Verify(t.Context(), Verification{Dir: dir, Key: testKey, Anchor: anchor})
	require.NoError(t, err)
	return v
}

// small writes a log of two months with three entries each.
func small(t testing.TB) string {
	t.Helper()
	return twoMonths(t, act(0), act(1), act(2))
}

// twoMonths writes the same events into two months, and gives the directory.
func twoMonths(t testing.TB, events ...Event) string {
	t.Helper()
	dir, c := t.TempDir(), &clock{now: spring}
	l := open(t, dir, c)
	for _, at := range []time.Time{spring, spring.AddDate(0, 0, 5)} {
		c.set(at)
		for _, e := range events {
			require.NoError(t, l.Append(t.Context(), e))
		}
	}
	require.NoError(t, l.Close())
	return dir
}

func TestWhatIsWrittenIsReadAndVerifies(t *testing.T) {
	dir := small(t)
	v := verify(t, dir, Anchor{})
	require.Zero(t, v.Broken, "%v", v.Breaks)
	require.Equal(t, uint64(6), v.Entries)
	require.Equal(t, 2, v.Files)
	require.Equal(t, uint64(6), v.Head.Seq)
	for _, name := range []string{"2025-03.jsonl", "2025-04.jsonl", "head", "lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	l := open(t, dir, &clock{now: spring.AddDate(0, 0, 6)})
	page, more, err := l.Page(t.Context(), Filter{Action: "sql."}, 4)
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, []uint64{6, 5, 4, 3}, numbers(page))
	page, more, err = l.Page(t.Context(), Filter{Before: 3, Principal: "李", From: spring, To: spring.Add(time.Hour), Outcome: OutcomeOK}, 4)
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, []uint64{2, 1}, numbers(page))
	require.Equal(t, act(1).Detail, page[0].Detail)
	var all []Entry
	require.NoError(t, l.Each(t.Context(), Filter{From: spring.AddDate(0, 0, 4)}, func(e Entry, line []byte) error {
		require.Contains(t, string(line), e.Hash)
		all = append(all, e)
		return nil
	}))
	require.Equal(t, []uint64{4, 5, 6}, numbers(all))
	none, _, err := l.Page(t.Context(), Filter{Action: "user."}, 4)
	require.NoError(t, err)
	require.Empty(t, none)
}

func numbers(entries []Entry) []uint64 {
	var out []uint64
	for _, e := range entries {
		out = append(out, e.Seq)
	}
	return out
}

// TestEveryChangedByteIsFound changes every byte of every file of a log, one at
// a time.
func TestEveryChangedByteIsFound(t *testing.T) {
	dir := twoMonths(t, Event{Action: "sql.run", Detail: "甲"})
	changed := 0
	for _, name := range []string{"2025-03.jsonl", "2025-04.jsonl", headName} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		require.NoError(t, err)
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= byte(1 + i%255)
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			v := verify(t, dir, Anchor{})
			require.NotZero(t, v.Broken, "%s, byte %d", name, i)
			require.Equal(t, name, v.Breaks[0].File)
			if name != headName {
				require.Equal(t, 1+bytes.Count(good[:i], []byte("\n")), v.Breaks[0].Line, "%s, byte %d: %s", name, i, v.Breaks[0])
			}
			changed++
		}
		require.NoError(t, os.WriteFile(path, good, 0o600))
	}
	require.Greater(t, changed, 1000)
	require.Zero(t, verify(t, dir, Anchor{}).Broken)
}

func TestMissingSwappedDoubledAndCutLinesAreFound(t *testing.T) {
	dir := small(t)
	march, april := filepath.Join(dir, "2025-03.jsonl"), filepath.Join(dir, "2025-04.jsonl")
	head := verify(t, dir, Anchor{}).Head
	for _, c := range []struct {
		name, path string
		change     func(lines []string) []string
		want       string
	}{
		{"a missing line", march, func(l []string) []string { return []string{l[0], l[2]} }, "2025-03.jsonl:2: entry 3: entries 2-2 before it are missing"},
		{"swapped lines", march, func(l []string) []string { return []string{l[1], l[0], l[2]} }, "2025-03.jsonl:1: entry 2"},
		{"a doubled line", april, func(l []string) []string { return []string{l[0], l[0], l[1], l[2]} }, "2025-04.jsonl:2: entry 4: it stands behind entry 4"},
		{"a cut tail", april, func(l []string) []string { return l[:1] }, "2025-04.jsonl: entry 5: entries 5-6 are missing at the end"},
		{"an empty month", april, func([]string) []string { return nil }, "2025-04.jsonl: entry 4: entries 4-6 are missing at the end"},
		{"an empty first month", march, func([]string) []string { return nil }, "2025-04.jsonl:1: entry 4: entries 1-3 before it are missing"},
	} {
		good, err := os.ReadFile(c.path)
		require.NoError(t, err)
		lines := strings.SplitAfter(strings.TrimSuffix(string(good), "\n"), "\n")
		lines[len(lines)-1] += "\n"
		require.NoError(t, os.WriteFile(c.path, []byte(strings.Join(c.change(lines), "")), 0o600))
		v := verify(t, dir, Anchor{})
		require.NotZero(t, v.Broken, c.name)
		require.Contains(t, v.Breaks[0].String(), c.want, c.name)
		require.NoError(t, os.WriteFile(c.path, good, 0o600))
	}
	// Whoever cuts the file head along with the tail is found by what was written
	// down elsewhere.
	other := small(t)
	require.NoError(t, os.Remove(filepath.Join(other, "2025-04.jsonl")))
	require.NoError(t, os.Remove(filepath.Join(other, headName)))
	l := open(t, other, &clock{now: spring})
	require.NoError(t, l.Append(t.Context(), act(9)))
	require.NoError(t, l.Close())
	require.True(t, verify(t, dir, Anchor{Seq: head.Seq, Hash: head.Hash[:24]}).AnchorMatched)
	v := verify(t, other, head)
	require.False(t, v.AnchorMatched)
	require.Contains(t, fmt.Sprint(v.Breaks), "anchor: entry 6")
}

func TestWithoutTheKeyNoChainIsTaken(t *testing.T) {
	dir := t.TempDir()
	c := &clock{now: spring}
	o := options(dir, c)
	o.Key = bytes.Repeat([]byte{8}, KeyBytes)
	l, err := Open(o)
	require.NoError(t, err)
	require.NoError(t, l.Append(t.Context(), act(1)))
	require.NoError(t, l.Close())
	v := verify(t, dir, Anchor{})
	require.Contains(t, fmt.Sprint(v.Breaks), errMAC.Error())
}

// TestACutAtEveryByteLosesNoAcknowledgedEntry cuts the file where a crash may
// have stopped the writing of the last group: the file head still says what was
// durable before.
func TestACutAtEveryByteLosesNoAcknowledgedEntry(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: spring}
	l := open(t, dir, c)
	require.NoError(t, l.Append(t.Context(), act(1)))
	path := filepath.Join(dir, "2025-03.jsonl")
	durable, err := os.ReadFile(path)
	require.NoError(t, err)
	head, err := os.ReadFile(filepath.Join(dir, headName))
	require.NoError(t, err)
	require.NoError(t, l.Append(t.Context(), act(2)))
	require.NoError(t, l.Append(t.Context(), act(3)))
	require.NoError(t, l.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, garbage := range []string{"", "\x00\x00\x00\x00", "\x00\n{\"seq\":9}\n"} {
		for cut := len(durable); cut <= len(whole); cut += stride(whole, cut) {
			again := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(again, "2025-03.jsonl"), append(bytes.Clone(whole[:cut]), garbage...), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(again, headName), head, 0o600))
			require.Zero(t, verify(t, again, Anchor{}).Broken, "before the repair, cut at %d", cut)
			l, err := Open(options(again, c))
			require.NoError(t, err)
			require.NoError(t, l.Append(t.Context(), act(4)))
			require.NoError(t, l.Close())
			v := verify(t, again, Anchor{})
			require.Zero(t, v.Broken, "cut at %d: %v", cut, v.Breaks)
			after, err := os.ReadFile(filepath.Join(again, "2025-03.jsonl"))
			require.NoError(t, err)
			require.True(t, bytes.HasPrefix(after, durable), "what was acknowledged stays as it was")
			unfinished := garbage != "" || !bytes.HasSuffix(whole[:cut], []byte("\n"))
			require.Equal(t, unfinished, bytes.Contains(after, []byte(ActionRepair)), "cut at %d", cut)
			require.Equal(t, unfinished, len(v.Notes) == 1)
		}
	}
}

// stride goes byte by byte where a line ends, and faster within it.
func stride(text []byte, at int) int {
	if end := bytes.IndexByte(text[at:], '\n'); end > 3 {
		return min(end-2, 37)
	}
	return 1
}

func TestAcknowledgedEntriesThatVanishAreSaidSoAtTheStart(t *testing.T) {
	dir := small(t)
	path := filepath.Join(dir, "2025-04.jsonl")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[:bytes.IndexByte(text, '\n')+20], 0o600))
	l := open(t, dir, &clock{now: spring.AddDate(0, 0, 7)})
	require.NoError(t, l.Close())
	v := verify(t, dir, Anchor{})
	require.Contains(t, fmt.Sprint(v.Breaks), "entries 5-6 are missing")
	require.Equal(t, uint64(8), v.Head.Seq, "a repair and a break; no number is given twice")
	l = open(t, dir, &clock{now: spring.AddDate(0, 0, 7)})
	require.Equal(t, uint64(8), l.Head().Seq, "once")
}

// TestOldMonthsGoAndTheChainStays runs a log for a year.
func TestOldMonthsGoAndTheChainStays(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: spring}
	l := open(t, dir, c)
	today := spring
	for day := range 365 {
		today = spring.AddDate(0, 0, day)
		c.set(today)
		require.NoError(t, l.Append(t.Context(), act(day)))
	}
	for _, days := range []int{183, LeastDays} {
		page, _, err := l.Page(t.Context(), Filter{Action: "sql.run", From: today.AddDate(0, 0, -days), To: today.AddDate(0, 0, -days+1)}, 10)
		require.NoError(t, err)
		require.Len(t, page, 1, "the entry of %d days ago is there", days)
	}
	require.NoError(t, l.Close())
	require.NoError(t, open(t, dir, c).Close()) // months go at a start and with a new month
	months, err := segments(dir)
	require.NoError(t, err)
	require.Equal(t, "2025-09", months[0], "whole months, the last day of which is older than %d days", LeastDays)
	v := verify(t, dir, Anchor{})
	require.Zero(t, v.Broken, "%v", v.Breaks)
	require.Greater(t, v.First, uint64(1))

	require.NoError(t, os.Remove(segmentPath(dir, "2025-09")))
	require.Contains(t, fmt.Sprint(verify(t, dir, Anchor{}).Breaks), "no entry says that they were deleted")
}

// A clock that is wrong by years must not empty the log, nor one that goes back
// write into an old month.
func TestAWrongClockDeletesNothing(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: spring}
	l := open(t, dir, c)
	for _, at := range []time.Time{spring, spring.AddDate(5, 0, 0), spring} {
		c.set(at)
		require.NoError(t, l.Append(t.Context(), act(1)))
	}
	months, err := segments(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"2025-03", "2030-03"}, months)
	require.Zero(t, verify(t, dir, Anchor{}).Broken)
	_, err = Open(options(dir, c))
	require.ErrorIs(t, err, ErrInUse)
	o := options(t.TempDir(), c)
	o.KeepDays = LeastDays - 1
	_, err = Open(o)
	require.Error(t, err)
}

// TestAFullDiskIsSaidAndLeftBehind lets the writing fail for a while.
func TestAFullDiskIsSaidAndLeftBehind(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: spring}
	l := open(t, dir, c)
	require.NoError(t, l.Append(t.Context(), act(1)))
	require.NoError(t, l.Ready(t.Context()))
	good := l.file // the writer rests
	var err error
	l.file, err = os.Open(good.Name()) // cannot be written
	require.NoError(t, err)
	require.Error(t, l.Append(t.Context(), act(2)))
	require.Error(t, l.Once(t.Context(), act(2)))
	require.Error(t, l.Ready(t.Context()))
	_, err = good.WriteAt([]byte(`{"seq":2,"half`), l.place.size) // what a full disk took
	require.NoError(t, err)
	require.NoError(t, l.file.Close())
	l.file = good
	require.NoError(t, l.Ready(t.Context()))
	require.NoError(t, l.Once(t.Context(), act(2)), "what failed is not taken for written")
	page, _, err := l.Page(t.Context(), Filter{}, 10)
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 2, 1}, numbers(page))
	require.Equal(t, ActionResume, page[1].Action)
	require.NoError(t, l.Close())
	require.Zero(t, verify(t, dir, Anchor{}).Broken)
}

// What the log writes of itself is not masked: a hash may look like a telephone.
func TestATombstoneKeepsItsHash(t *testing.T) {
	l := open(t, t.TempDir(), &clock{now: spring})
	hash := strings.Repeat("a", 20) + "-13800138000-" + strings.Repeat("b", 31)
	stone := Event{Action: ActionRetire, Detail: fmt.Sprintf(tombstone, 1, 9, hash)}
	require.NotEqual(t, stone, stone.masked())
	require.NoError(t, l.commit([]Event{stone})) // the writer rests
	page, _, err := l.Page(t.Context(), Filter{}, 1)
	require.NoError(t, err)
	last, read, ok := retired(page[0])
	require.True(t, ok)
	require.Equal(t, hash, read)
	require.Equal(t, uint64(9), last)
}

func TestManyAtOnceShareWritesAndLoseNothing(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: spring}
	l := open(t, dir, c)
	const people, each = 16, 20
	var wg sync.WaitGroup
	for p := range people {
		wg.Go(func() {
			for n := range each {
				e := act(n)
				e.Principal = fmt.Sprint("user:", p)
				if err := l.Append(context.Background(), e); err != nil {
					t.Error(err)
				}
				// Many want to see the same: one entry.
				e.Action, e.Object = "view", "hex"
				if err := l.Once(context.Background(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, uint64(people*each+people), l.Written().Entries)
	require.Less(t, l.Written().Commits, l.Written().Entries)
	c.set(spring.Add(time.Hour))
	require.NoError(t, l.Once(t.Context(), Event{Principal: "user:1", Action: "view", Object: "hex"}))
	require.Equal(t, uint64(people*each+people+1), l.Written().Entries, "once an hour")
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Append(t.Context(), act(1)), ErrClosed)
	require.Zero(t, verify(t, dir, Anchor{}).Broken)
}

// TestAnyEventIsOneLine writes what nobody would: newlines, broken encoding, what
// points at a person, and too much of it.
func TestAnyEventIsOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Entry{Seq: rapid.Uint64().Draw(t, "seq"), Time: spring, Prev: origin, Event: Event{Name: rapid.String().Draw(t, "name"),
			Object: string(rapid.SliceOf(rapid.Byte()).Draw(t, "object")), Detail: strings.Repeat(rapid.StringN(0, 40, 80).Draw(t, "detail"), rapid.IntRange(1, 2000).Draw(t, "times"))}.masked()}
		line, err := e.line(testKey)
		if err != nil || len(line) > maxLine || bytes.IndexByte(line, '\n') != len(line)-1 {
			t.Fatalf("%v, %d bytes: %.200q", err, len(line), line)
		}
		if _, err := parseLine(line[:len(line)-1], testKey); err != nil {
			t.Fatalf("%v: %.200q", err, line)
		}
	})
	e := Event{Name: "张三 13800138000", Detail: "WHERE id = '11010519491231002X'"}.masked()
	require.NotContains(t, e.Name, "13800138000")
	require.NotContains(t, e.Detail, "11010519491231002X")
}

func FuzzParseLine(f *testing.F) {
	e := Entry{Seq: 1, Time: spring, Event: act(1), Prev: origin}
	line, err := e.line(testKey)
	require.NoError(f, err)
	f.Add(line[:len(line)-1])
	f.Add([]byte(`{"seq":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := parseLine(text, testKey); err == nil {
			again, err := e.line(testKey)
			require.NoError(t, err)
			require.Equal(t, string(again[:len(again)-1]), string(text))
		}
	})
}
