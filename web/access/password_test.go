package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPasswordsAreHashedAtTheRecommendedCost(t *testing.T) {
	s, _ := newStore(t)
	a := person(t, s, "wang", RoleAnalyst)
	require.True(t, strings.HasPrefix(a.Hash, "$argon2id$v=19$m=19456,t=2,p=1$"), a.Hash)
	again := person(t, s, "other", RoleAnalyst)
	require.NotEqual(t, a.Hash, again.Hash, "each has a salt of its own")
	_, err := s.SignIn(t.Context(), "wang", goodPassword, here)
	require.NoError(t, err)
	for _, wrong := range []string{"", goodPassword + " ", strings.ToUpper(goodPassword), goodPassword[1:], strings.Repeat(goodPassword, 1000)} {
		_, err = s.SignIn(t.Context(), "wang", wrong, "192.0.2.9")
		require.ErrorIs(t, err, ErrDenied)
	}
}

// BenchmarkHash is one password at the recommended cost.
func BenchmarkHash(b *testing.B) {
	s, _ := newStore(b)
	for b.Loop() {
		_, err := s.hasher.hash(b.Context(), goodPassword)
		require.NoError(b, err)
	}
}

// Whatever is wrong, the error is the same and one hash is worked out: neither
// text nor time tells who has an account.
func TestASignInTellsNobodyWhoHasAnAccount(t *testing.T) {
	s, _ := newStore(t)
	quick(s)
	person(t, s, "root", RoleAdministrator)
	person(t, s, "known", RoleLeader)
	disabled := person(t, s, "disabled", RoleLeader)
	yes := true
	_, err := s.Alter(disabled.ID, Change{Disabled: &yes})
	require.NoError(t, err)
	_, _, err = s.Add(NewAccount{Name: "fresh", Role: RoleLeader})
	require.NoError(t, err)
	external, err := s.ByIdentity(Identity{Subject: "https://idp|1", Role: RoleLeader})
	require.NoError(t, err)
	var hashes atomic.Int64
	derive := s.hasher.derive
	s.hasher.derive = func(password, salt []byte) []byte {
		require.Len(t, salt, saltBytes)
		hashes.Add(1)
		return derive(password, salt)
	}
	for _, name := range []string{"known", "unknown", "disabled", "fresh", external.Name, "", "a b", strings.Repeat("x", 10_000)} {
		for _, password := range []string{"wrong password 1", "", strings.Repeat("y", mostPassword+1)} {
			before := hashes.Load()
			_, err := s.SignIn(t.Context(), name, password, here+password)
			require.Equal(t, ErrDenied, err, "%.20q", name)
			require.EqualValues(t, 1, hashes.Load()-before, "%.20q", name)
		}
	}
	before := hashes.Load()
	_, err = s.SignIn(t.Context(), "disabled", goodPassword, here)
	require.Equal(t, ErrDenied, err, "even with the right password")
	_, err = s.Redeem(t.Context(), "unknown", "AAAAA", goodPassword, here)
	require.Equal(t, ErrDenied, err)
	_, err = s.Redeem(t.Context(), "fresh", "AAAAA", goodPassword, here)
	require.Equal(t, ErrDenied, err)
	require.EqualValues(t, 3, hashes.Load()-before)
}

// Names are locked alike, whether there is an account or not.
func TestANameIsLockedForLongerAndLonger(t *testing.T) {
	for _, name := range []string{"known", "unknown"} {
		t.Run(name, func(t *testing.T) {
			s, w := newStore(t)
			person(t, quick(s), "known", RoleAdministrator)
			try := func(address string) error {
				_, err := s.SignIn(t.Context(), name, "wrong password 1", address)
				return err
			}
			for range freeFromAddress {
				require.Equal(t, ErrDenied, try(here))
			}
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				var locked *LockedError
				require.ErrorAs(t, try(here), &locked)
				require.Equal(t, time.Duration(seconds)*time.Second, locked.After)
				require.Equal(t, ErrDenied, try("192.0.2.2"+string(rune('a'+seconds%26))), "another address may still try")
				w.pass(locked.After - time.Millisecond)
				require.ErrorAs(t, try(here), &locked)
				w.pass(time.Millisecond)
				require.Equal(t, ErrDenied, try(here))
			}
			w.pass(failureLife + time.Second)
			require.Equal(t, ErrDenied, try(here), "forgotten")
		})
	}
}

func TestTheRightPasswordWaitsForTheLockToo(t *testing.T) {
	s, w := newStore(t)
	person(t, quick(s), "known", RoleAdministrator)
	for range freeFromAddress {
		_, _ = s.SignIn(t.Context(), "known", "wrong password 1", here)
	}
	var locked *LockedError
	_, err := s.SignIn(t.Context(), "known", goodPassword, here)
	require.ErrorAs(t, err, &locked)
	w.pass(locked.After)
	_, err = s.SignIn(t.Context(), "known", goodPassword, here)
	require.NoError(t, err)
	for range freeFromAddress { // forgiven
		_, err = s.SignIn(t.Context(), "known", "wrong password 1", here)
		require.Equal(t, ErrDenied, err)
	}
}

func TestManyAddressesTogetherLockAName(t *testing.T) {
	s, _ := newStore(t)
	person(t, quick(s), "known", RoleAdministrator)
	for i := range freeFromAll {
		_, err := s.SignIn(t.Context(), "known", "wrong password 1", string(rune('α'+i)))
		require.Equal(t, ErrDenied, err)
	}
	var locked *LockedError
	_, err := s.SignIn(t.Context(), "known", "wrong password 1", "one more")
	require.ErrorAs(t, err, &locked)
}

func TestFailuresTakeBoundedMemory(t *testing.T) {
	w := newWatch()
	l := newLockout(w.now)
	for i := range mostCounters {
		require.NoError(t, l.begin(fmt.Sprint("name ", i), here))
	}
	require.LessOrEqual(t, len(l.seen), mostCounters+1)
	w.pass(failureLife + time.Second)
	require.NoError(t, l.begin("another", here))
	require.Less(t, len(l.seen), 10, "what is old is forgotten")
}

// A hundred at once: never more than four hashes, and who waits too long is told.
func TestFewPasswordsAreHashedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(nil)
		var running, most, busy atomic.Int64
		h.derive = func(_, _ []byte) []byte {
			now := running.Add(1)
			for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
			}
			time.Sleep(100 * time.Millisecond)
			running.Add(-1)
			return make([]byte, hashBytes)
		}
		var group sync.WaitGroup
		for range 300 {
			group.Go(func() {
				if _, err := h.verify(context.Background(), "", "x"); errors.Is(err, ErrBusy) {
					busy.Add(1)
				}
			})
		}
		group.Wait()
		require.EqualValues(t, hashesAtOnce, most.Load())
		require.InDelta(t, 300-hashesAtOnce*int(hashWait/(100*time.Millisecond)), busy.Load(), 2*hashesAtOnce)
	})
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	for _, weak := range []string{"", "short", "elevenchars", strings.Repeat("ab", 20), strings.Repeat("x", 300), "xx-Chief-2026-xx", "bad\xffutf8 password"} {
		var refused *PasswordError
		require.ErrorAs(t, checkPassword("chief", weak), &refused, weak)
	}
	for _, fine := range []string{goodPassword, "十二个汉字的口令也是可以的", "twelve chars", "a password with li"} {
		require.NoError(t, checkPassword("li", fine), fine)
	}
}

func FuzzHashText(f *testing.F) {
	f.Add(hashPrefix + "AAAAAAAAAAAAAAAAAAAAAA$AAAA")
	f.Add("$argon2id$v=19$m=999999999,t=2,p=1$AA$AA")
	f.Fuzz(func(t *testing.T, text string) {
		salt, sum, ok := parseHash(text)
		if ok && (len(salt) != saltBytes || len(sum) != hashBytes) {
			t.Fatalf("%q: %d and %d bytes", text, len(salt), len(sum))
		}
	})
}
