package access

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
)

func TestASessionEndsWithoutRequestsAndInAnyCase(t *testing.T) {
	s, w := newStore(t)
	a := person(t, quick(s), "wang", RoleLeader)
	secret, _, err := s.StartSession(a.ID, "")
	require.NoError(t, err)
	for passed := time.Duration(0); passed+50*time.Minute < UsualLifetime; passed += 50 * time.Minute {
		_, ok := s.BySession(secret, true)
		require.True(t, ok, "in use for %s", passed)
		w.pass(50 * time.Minute)
	}
	w.pass(50 * time.Minute)
	_, ok := s.BySession(secret, true)
	require.False(t, ok, "used all the time, and over")

	secret, _, err = s.StartSession(a.ID, "")
	require.NoError(t, err)
	w.pass(30 * time.Minute)
	_, ok = s.BySession(secret, false)
	require.True(t, ok, "only looked at")
	w.pass(30 * time.Minute)
	_, ok = s.BySession(secret, true)
	require.False(t, ok, "looking is no use")
}

func TestASignInMakesANewSecretAndEndsTheOld(t *testing.T) {
	s, _ := newStore(t)
	a := person(t, quick(s), "wang", RoleLeader)
	first, _, err := s.StartSession(a.ID, "chosen by an attacker")
	require.NoError(t, err)
	_, ok := s.BySession("chosen by an attacker", true)
	require.False(t, ok)
	second, _, err := s.StartSession(a.ID, first)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	_, ok = s.BySession(first, true)
	require.False(t, ok)
	_, ok = s.BySession(second, true)
	require.True(t, ok)
	require.NoError(t, s.EndSession(second))
	_, ok = s.BySession(second, true)
	require.False(t, ok)
	for _, none := range []string{"", "x", second + "x"} {
		_, ok = s.BySession(none, true)
		require.False(t, ok)
	}
}

// Each change ends what the account has open, at once, and tells who waits.
func TestAChangeEndsTheSessionsOfAnAccount(t *testing.T) {
	yes, leader, name, scope := true, RoleLeader, "Wang", cube.Scope{Areas: []string{"b"}}
	for what, change := range map[string]func(*Store, Account) error{
		"disabled": func(s *Store, a Account) error { _, err := s.Alter(a.ID, Change{Disabled: &yes}); return err },
		"role":     func(s *Store, a Account) error { _, err := s.Alter(a.ID, Change{Role: &leader}); return err },
		"scope":    func(s *Store, a Account) error { _, err := s.Alter(a.ID, Change{Scope: &scope}); return err },
		"display":  func(s *Store, a Account) error { _, err := s.Alter(a.ID, Change{Display: &name}); return err },
		"reset":    func(s *Store, a Account) error { _, _, err := s.Reset(a.ID); return err },
		"removed":  func(s *Store, a Account) error { return s.Remove(a.ID) },
		"password": func(s *Store, a Account) error {
			return s.ChangePassword(t.Context(), a.ID, goodPassword, goodPassword+"2", here)
		},
	} {
		t.Run(what, func(t *testing.T) {
			s, _ := newStore(t)
			quick(s)
			other := person(t, s, "other", RoleAdministrator)
			a := person(t, s, "wang", RoleTownship, "a")
			one, _, err := s.StartSession(a.ID, "")
			require.NoError(t, err)
			two, _, err := s.StartSession(a.ID, "")
			require.NoError(t, err)
			untouched, _, err := s.StartSession(other.ID, "")
			require.NoError(t, err)
			changed := s.Changed()
			require.NoError(t, change(s, a))
			<-changed
			for _, secret := range []string{one, two} {
				_, ok := s.BySession(secret, true)
				require.False(t, ok)
			}
			_, ok := s.BySession(untouched, true)
			require.True(t, ok)
		})
	}
}

func TestAnAccountHasBoundedSessions(t *testing.T) {
	s, w := newStore(t)
	a := person(t, quick(s), "wang", RoleLeader)
	var secrets []string
	for range mostSessions + 5 {
		secret, _, err := s.StartSession(a.ID, "")
		require.NoError(t, err)
		secrets = append(secrets, secret)
		w.pass(time.Second)
	}
	for i, secret := range secrets {
		_, ok := s.BySession(secret, false)
		require.Equal(t, i >= 5, ok, "the oldest go")
	}
}

func TestTokensLetInUntilTheyEnd(t *testing.T) {
	s, w := newStore(t)
	token, secret, err := s.AddToken(NewToken{Name: "grid", Role: RoleTownship, Scope: cube.Scope{Areas: []string{"a"}}, ExpiresAt: w.now().Add(time.Hour)}, "test")
	require.NoError(t, err)
	require.Regexp(t, `^reli_[A-Za-z0-9_-]{43}$`, secret)
	p, ok := s.ByToken(secret)
	require.True(t, ok)
	require.Equal(t, Principal{ID: "token:" + token.ID, Name: "grid", Role: RoleTownship, Scope: token.Scope}, p)
	_, ok = s.BySession(secret, true)
	require.False(t, ok, "a token is no session")
	scope := cube.Scope{Areas: []string{"b"}}
	_, err = s.AlterToken(token.ID, TokenChange{Scope: &scope})
	require.NoError(t, err)
	p, _ = s.ByToken(secret)
	require.Equal(t, scope, p.Scope, "at once")
	w.pass(time.Hour)
	_, ok = s.ByToken(secret)
	require.False(t, ok)
	later := w.now().Add(time.Hour)
	_, err = s.AlterToken(token.ID, TokenChange{ExpiresAt: &later})
	require.NoError(t, err)
	_, ok = s.ByToken(secret)
	require.True(t, ok)
	require.NoError(t, s.RevokeToken(token.ID))
	_, ok = s.ByToken(secret)
	require.False(t, ok)
	require.ErrorIs(t, s.RevokeToken(token.ID), ErrUnknown)
}

func TestAKiosksTokenIsExchangedOnce(t *testing.T) {
	s, w := newStore(t)
	token, secret, err := s.AddToken(NewToken{Name: "hall", Kiosk: true, ExpiresAt: w.now().Add(30 * 24 * time.Hour)}, "test")
	require.NoError(t, err)
	require.Regexp(t, `^reli_kiosk_[A-Za-z0-9_-]{43}$`, secret)
	require.Equal(t, RoleWall, token.Role)
	_, ok := s.ByToken(secret)
	require.False(t, ok, "not by itself: it stands in an address")
	session, expires, err := s.Exchange(secret)
	require.NoError(t, err)
	require.Equal(t, token.ExpiresAt, expires)
	_, _, err = s.Exchange(secret)
	require.ErrorIs(t, err, ErrDenied)
	w.pass(29 * 24 * time.Hour)
	p, ok := s.BySession(session, true)
	require.True(t, ok, "nobody touches a display")
	require.Equal(t, RoleWall, p.Role)
	require.NoError(t, s.RevokeToken(token.ID))
	_, ok = s.BySession(session, true)
	require.False(t, ok)
	_, _, err = s.Exchange("reli_kiosk_x")
	require.ErrorIs(t, err, ErrDenied)
}

func TestBadTokensAreRefused(t *testing.T) {
	s, w := newStore(t)
	soon := w.now().Add(time.Hour)
	for name, n := range map[string]NewToken{
		"no name": {Role: RoleWall, ExpiresAt: soon}, "no end": {Name: "x", Role: RoleWall}, "no role": {Name: "x", ExpiresAt: soon},
		"over": {Name: "x", Role: RoleWall, ExpiresAt: w.now()}, "for ever": {Name: "x", Role: RoleWall, ExpiresAt: soon.AddDate(10, 0, 0)},
		"a display that writes":  {Name: "x", Role: RoleAdministrator, Kiosk: true, ExpiresAt: soon},
		"a township without one": {Name: "x", Role: RoleTownship, ExpiresAt: soon},
	} {
		_, _, err := s.AddToken(n, "test")
		var input *InputError
		require.ErrorAs(t, err, &input, name)
	}
	require.Empty(t, s.Tokens())
}
