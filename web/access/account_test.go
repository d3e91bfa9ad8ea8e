package access

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
)

func TestThePermissionTable(t *testing.T) {
	all := []Action{ActionView, ActionHandle, ActionReport, ActionSQL, ActionIngest, ActionAreas, ActionOverride, ActionPolicy, ActionAccounts, ActionAudit}
	for role, want := range map[Role]string{
		RoleWall: "view", RoleLeader: "view report", RoleTownship: "view handle report", RoleDepartment: "view handle report",
		RoleAnalyst: "view report sql", RoleAuditor: "audit", RoleIngest: "ingest",
		RoleAdministrator: "view handle report sql ingest areas override policy accounts", "": "", "root": "",
	} {
		got := ""
		for _, a := range all {
			if role.May(a) {
				if got != "" {
					got += " "
				}
				got += string(a)
			}
		}
		require.Equal(t, want, got, "%q", role)
	}
	require.Len(t, Roles(), 8)
	require.False(t, Role("").Known())
}

func TestTheFirstAdministratorIsMadeByTheCodeOnce(t *testing.T) {
	s, w := newStore(t)
	quick(s)
	require.False(t, s.AwaitsFirst(), "before anybody was told a code")
	code, err := s.FirstCode()
	require.NoError(t, err)
	require.True(t, s.AwaitsFirst())
	for _, wrong := range []string{"", "AAAAA-AAAAA-AAAAA-AAAAA", code[:len(code)-1], code + "A"} {
		_, err = s.Redeem(t.Context(), "chief", wrong, goodPassword, here)
		require.ErrorIs(t, err, ErrDenied, wrong)
		w.pass(failureLife + time.Second)
	}
	newer, err := s.FirstCode()
	require.NoError(t, err)
	_, err = s.Redeem(t.Context(), "chief", code, goodPassword, here)
	require.ErrorIs(t, err, ErrDenied, "a newer code was told")
	a, err := s.Redeem(t.Context(), " Chief ", newer, goodPassword, here)
	require.NoError(t, err)
	require.Equal(t, RoleAdministrator, a.Role)
	require.Equal(t, "chief", a.Name)
	require.False(t, s.AwaitsFirst())
	_, err = s.Redeem(t.Context(), "second", newer, goodPassword, here)
	require.ErrorIs(t, err, ErrDenied)
	code, err = s.FirstCode()
	require.NoError(t, err)
	require.Empty(t, code, "there is one")
}

func TestTheFirstCodeGrowsOld(t *testing.T) {
	s, w := newStore(t)
	code, err := quick(s).FirstCode()
	require.NoError(t, err)
	w.pass(oneTimeLife)
	_, err = s.Redeem(t.Context(), "chief", code, goodPassword, here)
	require.ErrorIs(t, err, ErrDenied)
}

// Twenty use the code at the same time: one administrator is made.
func TestTheFirstCodeIsUsedOnceByManyAtOnce(t *testing.T) {
	s, _ := newStore(t)
	code, err := quick(s).FirstCode()
	require.NoError(t, err)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() { _, _ = s.Redeem(context.Background(), string(rune('a'+i))+"bcd", code, goodPassword, here) })
	}
	group.Wait()
	require.Len(t, s.Accounts(), 1)
}

func TestAnAccountIsOpenedByItsOneTimeCode(t *testing.T) {
	s, _ := newStore(t)
	quick(s)
	person(t, s, "root", RoleAdministrator)
	a, code, err := s.Add(NewAccount{Name: "张三", Display: "张三 (信访局)", Role: RoleDepartment, Scope: cube.Scope{Categories: []string{"wage"}}})
	require.NoError(t, err)
	_, err = s.SignIn(t.Context(), "张三", "", here)
	require.ErrorIs(t, err, ErrDenied, "no password is set")
	_, err = s.Redeem(t.Context(), "root", code, goodPassword, here)
	require.ErrorIs(t, err, ErrDenied, "another's code")
	b, err := s.Redeem(t.Context(), "张三", code, goodPassword, here)
	require.NoError(t, err)
	require.Equal(t, a.ID, b.ID)
	require.Equal(t, a.Role, b.Role)
	_, err = s.Redeem(t.Context(), "张三", code, goodPassword+"2", here)
	require.ErrorIs(t, err, ErrDenied, "once")
	_, err = s.SignIn(t.Context(), "张三", goodPassword, here)
	require.NoError(t, err)

	_, code, err = s.Reset(a.ID)
	require.NoError(t, err)
	_, err = s.SignIn(t.Context(), "张三", goodPassword, here)
	require.ErrorIs(t, err, ErrDenied, "the password is taken away")
	_, err = s.Redeem(t.Context(), "张三", code, goodPassword+"2", here)
	require.NoError(t, err)
}

func TestBadAccountsAreRefused(t *testing.T) {
	s, _ := newStore(t)
	quick(s)
	person(t, s, "taken", RoleAdministrator)
	areas := cube.Scope{Areas: []string{"a"}}
	for name, n := range map[string]NewAccount{
		"no name": {Role: RoleLeader}, "a space in it": {Name: "a b", Role: RoleLeader}, "a control": {Name: "a\x00", Role: RoleLeader},
		"a long one": {Name: string(make([]rune, 65)), Role: RoleLeader}, "a path": {Name: "../x", Role: RoleLeader},
		"no role": {Name: "x"}, "an invented role": {Name: "x", Role: "root"},
		"a township without one":     {Name: "x", Role: RoleTownship},
		"a township of categories":   {Name: "x", Role: RoleTownship, Scope: cube.Scope{Categories: []string{"wage"}}},
		"a department of everything": {Name: "x", Role: RoleDepartment},
		"an administrator of a part": {Name: "x", Role: RoleAdministrator, Scope: areas},
		"an auditor of a part":       {Name: "x", Role: RoleAuditor, Scope: areas},
		"a sender of a part":         {Name: "x", Role: RoleIngest, Scope: areas},
		"an empty code":              {Name: "x", Role: RoleLeader, Scope: cube.Scope{Areas: []string{""}}},
	} {
		_, _, err := s.Add(n)
		var input *InputError
		require.ErrorAs(t, err, &input, name)
	}
	for _, same := range []string{"taken", "TAKEN", " taken ", "ｔａｋｅｎ"} {
		_, _, err := s.Add(NewAccount{Name: same, Role: RoleLeader})
		require.ErrorIs(t, err, ErrTaken, same)
	}
	require.Len(t, s.Accounts(), 1)
}

func TestTheLastAdministratorStays(t *testing.T) {
	s, _ := newStore(t)
	quick(s)
	a := person(t, s, "one", RoleAdministrator)
	_, err := s.ByIdentity(Identity{Subject: "https://idp|1", Role: RoleAdministrator})
	require.NoError(t, err)
	yes, leader := true, RoleLeader
	for range 2 {
		_, err := s.Alter(a.ID, Change{Disabled: &yes})
		require.ErrorIs(t, err, ErrLastAdmin, "one that a provider keeps does not count")
		_, err = s.Alter(a.ID, Change{Role: &leader})
		require.ErrorIs(t, err, ErrLastAdmin)
		require.ErrorIs(t, s.Remove(a.ID), ErrLastAdmin)
	}
	b := person(t, s, "two", RoleAdministrator)
	require.NoError(t, s.Remove(a.ID))
	_, err = s.Alter(b.ID, Change{Role: &leader})
	require.ErrorIs(t, err, ErrLastAdmin)
}

func TestAnIdentityHasOneAccountWithTheProvidersRole(t *testing.T) {
	s, _ := newStore(t)
	quick(s)
	person(t, s, "zhao", RoleLeader)
	i := Identity{Subject: "https://idp|42", Display: "zhao\n\x00" + string(make([]byte, 0)), Role: RoleTownship, Scope: cube.Scope{Areas: []string{"a"}}}
	a, err := s.ByIdentity(i)
	require.NoError(t, err)
	require.Equal(t, "zhao", a.Display)
	require.NotEqual(t, "zhao", a.Name, "nobody else's account")
	again, err := s.ByIdentity(i)
	require.NoError(t, err)
	require.Equal(t, a, again)
	secret, _, err := s.StartSession(a.ID, "")
	require.NoError(t, err)
	i.Scope.Areas = []string{"b"}
	moved, err := s.ByIdentity(i)
	require.NoError(t, err)
	require.Equal(t, a.ID, moved.ID)
	require.Equal(t, []string{"b"}, moved.Scope.Areas)
	_, ok := s.BySession(secret, true)
	require.False(t, ok, "the role before is over at once")
	yes := true
	_, err = s.Alter(a.ID, Change{Disabled: &yes})
	require.NoError(t, err)
	_, err = s.ByIdentity(i)
	require.ErrorIs(t, err, ErrDenied)
	_, _, err = s.Reset(a.ID)
	var input *InputError
	require.ErrorAs(t, err, &input, "a provider keeps its password")
}
