package access

import (
	"strings"
	"unicode"

	"reli/analytics/cube"
)

// Identity is what an identity provider says of who signed in.
type Identity struct {
	Subject string // issuer and subject, which together never change
	Display string
	Role    Role
	Scope   cube.Scope
}

// ByIdentity gives the account of an identity, made with its first sign-in.
// The provider's role and scope hold from this sign-in on; an account that was
// disabled here stays so.
func (s *Store) ByIdentity(i Identity) (Account, error) {
	a, known := s.find(func(a *Account) bool { return a.Subject == i.Subject })
	if known {
		if a.Disabled {
			return Account{}, ErrDenied
		}
		if a.Role == i.Role && a.Scope.Canonical() == i.Scope.Canonical() {
			return a, nil
		}
		return s.Alter(a.ID, Change{Role: &i.Role, Scope: &i.Scope})
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	id, err := newID(s.opt.Random)
	if err != nil {
		return Account{}, err
	}
	// The name is not one to type, and cannot be taken for somebody else's.
	return s.add(NewAccount{Name: "sso-" + id, Display: shortDisplay(i.Display), Role: i.Role, Scope: i.Scope},
		func(a *Account) { a.Subject = i.Subject })
}

// shortDisplay makes a provider's text one that fits.
func shortDisplay(text string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.TrimSpace(text)))
	return string(runes[:min(len(runes), mostName)])
}
