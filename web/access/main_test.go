package access

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watch is a clock that a test moves.
type watch struct{ at atomic.Int64 }

func newWatch() *watch {
	w := &watch{}
	w.at.Store(time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC).UnixNano())
	return w
}

func (w *watch) now() time.Time       { return time.Unix(0, w.at.Load()).UTC() }
func (w *watch) pass(d time.Duration) { w.at.Add(int64(d)) }

const (
	goodPassword = "correct horse battery"
	here         = "192.0.2.1"
)

// reopen opens the store of a directory.
func reopen(t testing.TB, dir string, w *watch) *Store {
	t.Helper()
	s, err := Open(Options{Path: filepath.Join(dir, "access.db"), Now: w.now, Random: rand.Reader})
	require.NoError(t, err)
	return s
}

func newStore(t testing.TB) (*Store, *watch) {
	t.Helper()
	w := newWatch()
	s := reopen(t, t.TempDir(), w)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, w
}

// quick makes hashing cost nothing, for tests that are not about it.
func quick(s *Store) *Store {
	s.hasher.derive = func(password, salt []byte) []byte {
		sum := make([]byte, hashBytes)
		copy(sum, password)
		return sum
	}
	return s
}

// person makes an account that can sign in.
func person(t testing.TB, s *Store, name string, role Role, areas ...string) Account {
	t.Helper()
	n := NewAccount{Name: name, Role: role}
	n.Scope.Areas = areas
	_, code, err := s.Add(n)
	require.NoError(t, err)
	a, err := s.Redeem(t.Context(), name, code, goodPassword, here)
	require.NoError(t, err)
	return a
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir, newWatch())
	require.NoError(t, s.Close())
	info, err := os.Stat(filepath.Join(dir, "access.db"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestNoSecretIsInTheFile(t *testing.T) {
	dir := t.TempDir()
	s := reopen(t, dir, newWatch())
	a := person(t, s, "wang", RoleAnalyst)
	session, _, err := s.StartSession(a.ID, "")
	require.NoError(t, err)
	_, token, err := s.AddToken(NewToken{Name: "cron", Role: RoleIngest, ExpiresAt: s.opt.Now().Add(time.Hour)}, "test")
	require.NoError(t, err)
	_, code, err := s.Reset(a.ID)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	text, err := os.ReadFile(filepath.Join(dir, "access.db"))
	require.NoError(t, err)
	for _, secret := range []string{goodPassword, session, token, token[len(TokenPrefix):], code, plainCode(code)} {
		require.NotContains(t, string(text), secret)
	}
	require.Contains(t, string(text), "wang", "it is the file that was read")
}

func TestEverythingIsThereAfterARestart(t *testing.T) {
	dir, w := t.TempDir(), newWatch()
	s := quick(reopen(t, dir, w))
	a := person(t, s, "li", RoleTownship, "330101")
	session, _, err := s.StartSession(a.ID, "")
	require.NoError(t, err)
	token, secret, err := s.AddToken(NewToken{Name: "wall", Role: RoleWall, ExpiresAt: w.now().Add(time.Hour)}, "user:"+a.ID)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	s = quick(reopen(t, dir, w))
	defer s.Close()
	p, ok := s.BySession(session, true)
	require.True(t, ok)
	require.Equal(t, Principal{ID: "user:" + a.ID, Name: "li", Role: RoleTownship, Scope: a.Scope}, p)
	p, ok = s.ByToken(secret)
	require.True(t, ok)
	require.Equal(t, "token:"+token.ID, p.ID)
	require.Equal(t, []Token{token}, s.Tokens())
	_, err = s.SignIn(t.Context(), "li", goodPassword, here)
	require.NoError(t, err)
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir, w := t.TempDir(), newWatch()
	s := reopen(t, dir, w)
	defer s.Close()
	_, err := Open(Options{Path: filepath.Join(dir, "access.db"), Now: w.now, Random: rand.Reader})
	require.Error(t, err)
}
