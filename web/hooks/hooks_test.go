package hooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/internal/clickhouse"
	"reli/test/county"
	"reli/web/hooks"
)

func TestMain(m *testing.M) { os.Exit(county.Main(m)) }

const secret = "a secret of the county"

// inbox is a receiver that takes each tip once, by its idempotency key.
type inbox struct {
	mu    sync.Mutex
	now   func() time.Time
	taken map[string]hooks.Message
	asked int
	bad   []string
	mode  func(n int) (take bool, status int) // of the nth request; status 0 hangs
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	b.mu.Lock()
	b.asked++
	take, status := b.mode(b.asked)
	key := r.Header.Get(hooks.HeaderKey)
	var m hooks.Message
	switch {
	case err != nil || json.Unmarshal(body, &m) != nil:
		b.bad = append(b.bad, "body")
	case !hooks.Verify(secret, key, r.Header.Get(hooks.HeaderSignature), body, b.now(), time.Minute):
		b.bad = append(b.bad, "signature")
	case take:
		if before, there := b.taken[key]; there && before != m {
			b.bad = append(b.bad, "another body for one key")
		}
		b.taken[key] = m
	}
	b.mu.Unlock()
	if status == 0 {
		<-r.Context().Done() // until the sender gives up
		return
	}
	w.WriteHeader(status)
}

// desk is a store with tips, a clock that the test moves, and one receiver.
type desk struct {
	*county.County
	at     atomic.Int64
	tips   *tip.Service
	inbox  *inbox
	server *httptest.Server
	made   int
}

func (d *desk) now() time.Time { return time.Unix(0, d.at.Load()) }

func newDesk(t *testing.T, mode func(n int) (bool, int)) *desk {
	t.Helper()
	d := &desk{County: county.Empty(t, "Asia/Shanghai")}
	d.at.Store(d.County.Now().UnixNano())
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	policy, err := level.Default()
	require.NoError(t, err)
	levels := level.New(level.Options{DB: d.DB, Store: d.Store, Policy: policy, Now: d.now, Logger: quiet})
	d.tips = tip.New(tip.Options{DB: d.DB, Store: d.Store, Levels: levels, Now: d.now, Logger: quiet})
	d.inbox = &inbox{now: d.now, taken: map[string]hooks.Message{}, mode: mode}
	d.server = httptest.NewServer(d.inbox)
	t.Cleanup(d.server.Close)
	return d
}

// write makes tips in the way that package tip stores them.
func (d *desk) write(t testing.TB, n int) {
	t.Helper()
	var rows []clickhouse.TipRow
	for range n {
		d.made++
		rows = append(rows, clickhouse.TipRow{ID: fmt.Sprintf("2026-%d", d.made), Seq: uint64(d.now().UnixNano()) + uint64(d.made), Year: 2026,
			Number: uint32(d.made), Key: fmt.Sprint(d.made), Cause: tip.CauseLevel, Day: 20454, MadeAt: d.now(), AnswerBy: 20460,
			Area: "990101100000", Tier: 2, Level: 3, BodyZh: "县司法局", TextZh: "请核实"})
	}
	require.NoError(t, d.DB.SaveTips(t.Context(), rows))
}

// sender begins anew on the same outbox, as a process that starts does.
func (d *desk) sender(t testing.TB) *hooks.Sender {
	t.Helper()
	receivers, err := hooks.ParseReceivers("centre="+d.server.URL+"/tips?token=hidden", secret)
	require.NoError(t, err)
	return hooks.New(hooks.Options{DB: d.DB, Tips: d.tips, Receivers: receivers, Name: func(code string) string { return "名" + code },
		Now: d.now, Timeout: 200 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// run lets a time go by, with a look at the outbox whenever one is due.
func (d *desk) run(t testing.TB, s *hooks.Sender, span time.Duration) {
	t.Helper()
	end := d.now().Add(span)
	for {
		next, err := s.Round(t.Context(), "centre")
		require.NoError(t, err)
		if next.IsZero() || next.After(end) {
			d.at.Store(end.UnixNano())
			return
		}
		d.at.Store(max(next.UnixNano(), d.at.Load()))
	}
}

// requireAll holds that each of the tips came once and nothing else did.
func (d *desk) requireAll(t testing.TB, tips int) {
	t.Helper()
	d.inbox.mu.Lock()
	defer d.inbox.mu.Unlock()
	require.Empty(t, d.inbox.bad)
	require.Len(t, d.inbox.taken, tips)
	seen := map[string]bool{}
	for _, m := range d.inbox.taken {
		require.False(t, seen[m.ID], "%s twice", m.ID)
		seen[m.ID] = true
		require.Equal(t, "〔2026〕"+m.ID[5:]+"号", m.Number)
		require.Equal(t, "名990101100000", m.Name)
		require.Equal(t, "Ⅱ", m.Numeral)
	}
}

func always(take bool, status int) func(int) (bool, int) {
	return func(int) (bool, int) { return take, status }
}

func TestANewReceiverIsToldFromNowOn(t *testing.T) {
	d := newDesk(t, always(true, 204))
	d.write(t, 2)
	s := d.sender(t)
	d.run(t, s, time.Second)
	d.requireAll(t, 0)
	d.write(t, 3)
	d.run(t, s, time.Second)
	d.requireAll(t, 3)
	require.Equal(t, 3, d.inbox.asked, "no tip is sent again that was taken")
}

// TestAReceiverThatIsDownForAnHourLosesNothing has the receiver away, and Reli
// started again in between.
func TestAReceiverThatIsDownForAnHourLosesNothing(t *testing.T) {
	d := newDesk(t, always(true, 200))
	d.run(t, d.sender(t), time.Second)
	address := d.server.Listener.Addr().String()
	d.server.Close()
	d.write(t, 4)
	away := d.sender(t)
	d.run(t, away, 30*time.Minute)
	statuses, err := away.Statuses(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4, statuses[0].Pending)
	require.NotEmpty(t, statuses[0].LastError)
	require.NotContains(t, fmt.Sprint(statuses), "hidden", "the address may hold a secret")
	s := d.sender(t)
	d.write(t, 1)
	d.run(t, s, 30*time.Minute)

	d.server = httptest.NewServer(d.inbox)
	t.Cleanup(d.server.Close)
	require.NotEqual(t, address, "")
	s = d.sender(t)
	d.run(t, s, time.Hour)
	d.requireAll(t, 5)
	statuses, err = s.Statuses(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 5, statuses[0].Delivered)
	require.Zero(t, statuses[0].Pending)
}

// A receiver that takes a tip and then says 500, or takes it and never
// answers, is sent it again with the same key: it has it once.
func TestAReceiverThatTakesAndFailsHasEachTipOnce(t *testing.T) {
	for name, status := range map[string]int{"500": 500, "slow": 0, "a redirect": 302} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, func(n int) (bool, int) {
				if n <= 5 {
					return true, status
				}
				return true, 200
			})
			s := d.sender(t)
			d.run(t, s, time.Second)
			d.write(t, 2)
			d.run(t, s, time.Hour)
			d.requireAll(t, 2)
			require.Equal(t, 7, d.inbox.asked)
		})
	}
}

// A receiver that refuses without taking anything for an hour.
func TestAReceiverThatAnswers500ForAnHourLosesNothing(t *testing.T) {
	d := newDesk(t, always(false, 500))
	s := d.sender(t)
	d.run(t, s, time.Second)
	d.write(t, 3)
	d.run(t, s, time.Hour)
	d.requireAll(t, 0)
	require.Less(t, d.inbox.asked, 40, "with growing pauses")
	d.inbox.mode = always(true, 200)
	d.run(t, s, time.Hour)
	d.requireAll(t, 3)
}

func TestATipThatIsNeverTakenBecomesADeadLetterThatCanBeTakenUp(t *testing.T) {
	d := newDesk(t, always(false, 503))
	s := d.sender(t)
	d.run(t, s, time.Second)
	began := d.now()
	d.write(t, 1)
	d.run(t, s, 20*time.Hour)
	statuses, err := s.Statuses(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, statuses[0].Pending, "not before a day")
	d.run(t, s, 8*time.Hour)
	statuses, err = s.Statuses(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, statuses[0].Dead)
	require.Contains(t, statuses[0].LastError, "503")
	asked := d.inbox.asked
	d.run(t, s, 24*time.Hour)
	require.Equal(t, asked, d.inbox.asked, "a dead letter is not sent, %s after", d.now().Sub(began))

	d.inbox.mode = always(true, 200)
	n, err := s.Retry(t.Context(), "centre")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	d.run(t, s, time.Minute)
	d.requireAll(t, 1)
	_, err = s.Retry(t.Context(), "nobody")
	require.Error(t, err)
}

func TestTheBackgroundPushesWhatIsIssued(t *testing.T) {
	d := newDesk(t, always(true, 200))
	s := d.sender(t)
	d.run(t, s, time.Second)
	d.write(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	require.Eventually(t, func() bool {
		d.inbox.mu.Lock()
		defer d.inbox.mu.Unlock()
		return len(d.inbox.taken) == 2
	}, 20*time.Second, 5*time.Millisecond)
	cancel()
	<-done
	d.requireAll(t, 2)
}

func TestASignatureFitsOnlyItsSecretKeyTimeAndBody(t *testing.T) {
	now := time.Unix(1_767_200_000, 0)
	body := []byte(`{"id":"2026-1"}`)
	given := hooks.Sign(secret, "k", now, body)
	require.True(t, hooks.Verify(secret, "k", given, body, now.Add(30*time.Second), time.Minute))
	require.False(t, hooks.Verify("another secret", "k", given, body, now, time.Minute))
	require.False(t, hooks.Verify(secret, "k2", given, body, now, time.Minute))
	require.False(t, hooks.Verify(secret, "k", given, append(body, ' '), now, time.Minute))
	require.False(t, hooks.Verify(secret, "k", given, body, now.Add(time.Hour), time.Minute))
	require.False(t, hooks.Verify(secret, "k", "t=9"+given[3:], body, now, time.Minute))
	for _, broken := range []string{"", "t=,v1=", "v1=00", "t=x,v1=zz"} {
		require.False(t, hooks.Verify(secret, "k", broken, body, now, time.Minute))
	}
}

func TestReceiversAreReadAndRefused(t *testing.T) {
	got, err := hooks.ParseReceivers("a=http://10.0.0.1/x | b=https://h.example/y?z=1", secret)
	require.NoError(t, err)
	require.Equal(t, []hooks.Receiver{{Name: "a", Address: "http://10.0.0.1/x", Secret: secret}, {Name: "b", Address: "https://h.example/y?z=1", Secret: secret}}, got)
	none, err := hooks.ParseReceivers("", "")
	require.NoError(t, err)
	require.Empty(t, none)
	for _, bad := range []string{"a", "a=", "=http://x", "A b=http://x", "a=ftp://x", "a=http://x|a=http://y"} {
		_, err := hooks.ParseReceivers(bad, secret)
		require.Error(t, err, bad)
	}
	_, err = hooks.ParseReceivers("a=http://x", "short")
	require.Error(t, err)
}
