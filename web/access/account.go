package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"reli/analytics/cube"
)

// Bounds of what is kept.
const (
	mostAccounts = 10_000 // a county's officials many times over
	mostName     = 64     // characters
	mostScope    = 500    // codes of each kind
)

// Errors of accounts. What a stranger may not know is one error: ErrDenied.
var (
	ErrDenied    = errors.New("unknown name or wrong password")
	ErrUnknown   = errors.New("no such account or token")
	ErrTaken     = errors.New("the name is taken")
	ErrLastAdmin = errors.New("the last administrator must stay")
	ErrFull      = errors.New("no more can be kept")
)

// InputError says what is wrong with one field of an account or token.
type InputError struct{ Field, Why string }

func (e *InputError) Error() string { return e.Field + ": " + e.Why }

// Account is a person, or what stands for one.
type Account struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"` // for signing in, unique
	Display    string     `json:"display"`
	Role       Role       `json:"role"`
	Scope      cube.Scope `json:"scope"`
	Disabled   bool       `json:"disabled"`
	Subject    string     `json:"subject,omitempty"` // at an identity provider, which then owns role and scope
	Hash       string     `json:"hash,omitempty"`    // of the password, "" where none is set
	Code       *oneTime   `json:"code,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	LastSignIn time.Time  `json:"last_sign_in"`
}

// Principal is who the account's requests come from.
func (a *Account) Principal() Principal {
	return Principal{ID: "user:" + a.ID, Name: a.Shown(), Role: a.Role, Scope: a.Scope}
}

// Shown is the account's name for people.
func (a *Account) Shown() string { return cmp.Or(a.Display, a.Name) }

// NewAccount is what an account is made from.
type NewAccount struct {
	Name    string     `json:"name"`
	Display string     `json:"display"`
	Role    Role       `json:"role"`
	Scope   cube.Scope `json:"scope"`
}

// Change names what of an account changes; nil stays.
type Change struct {
	Display  *string     `json:"display"`
	Role     *Role       `json:"role"`
	Scope    *cube.Scope `json:"scope"`
	Disabled *bool       `json:"disabled"`
}

// normalName gives the one form of a name.
func normalName(text string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(text)))
}

func checkName(name string) error {
	fits := utf8.RuneCountInString(name) <= mostName && name != "" && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@", r)
	}) < 0
	if !fits {
		return &InputError{"name", fmt.Sprintf("want 1 to %d letters, digits or . _ - @", mostName)}
	}
	return nil
}

func checkDisplay(text string) error {
	if utf8.RuneCountInString(text) > mostName || strings.IndexFunc(text, unicode.IsControl) >= 0 {
		return &InputError{"display", fmt.Sprintf("want at most %d characters", mostName)}
	}
	return nil
}

// checkGrant holds that a role and a scope go together: a township has one,
// and who keeps the house or sends records is not cut.
func checkGrant(role Role, scope cube.Scope) error {
	for _, codes := range [][]string{scope.Areas, scope.Categories, scope.Sources} {
		if len(codes) > mostScope || slices.Contains(codes, "") {
			return &InputError{"scope", fmt.Sprintf("want at most %d codes of each kind, none of them empty", mostScope)}
		}
	}
	switch {
	case !role.Known():
		return &InputError{"role", fmt.Sprintf("want one of %v", Roles())}
	case role == RoleTownship && len(scope.Areas) == 0:
		return &InputError{"scope", "a township needs its areas"}
	case role == RoleDepartment && scope.Empty():
		return &InputError{"scope", "a department needs areas, categories or sources"}
	case !role.May(ActionView) && !scope.Empty(), role == RoleAdministrator && !scope.Empty():
		return &InputError{"scope", fmt.Sprintf("the role %s has no scope", role)}
	}
	return nil
}

// Accounts lists all accounts by name.
func (s *Store) Accounts() []Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Account, 0, len(s.accounts))
	for _, a := range s.accounts {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Account) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// find gives a copy of the account that fits. It looks at all of them either
// way: the time must not tell whether there is one.
func (s *Store) find(fits func(*Account) bool) (found Account, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.accounts {
		if fits(a) {
			found, ok = *a, true
		}
	}
	return found, ok
}

// Find gives the account of a name or id.
func (s *Store) Find(nameOrID string) (Account, error) {
	name := normalName(nameOrID)
	a, ok := s.find(func(a *Account) bool { return a.Name == name || a.ID == nameOrID })
	if !ok {
		return Account{}, ErrUnknown
	}
	return a, nil
}

// Add makes an account without a password, and the one-time code with which
// its owner sets one: nobody else ever knows it.
func (s *Store) Add(n NewAccount) (Account, string, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	code, once, err := newCode(s.opt.Random, s.opt.Now())
	if err != nil {
		return Account{}, "", err
	}
	a, err := s.add(n, func(a *Account) { a.Code = once })
	return a, code, err
}

func (s *Store) add(n NewAccount, complete func(*Account)) (Account, error) {
	n.Name = normalName(n.Name)
	for _, err := range []error{checkName(n.Name), checkDisplay(n.Display), checkGrant(n.Role, n.Scope)} {
		if err != nil {
			return Account{}, err
		}
	}
	if _, taken := s.find(func(a *Account) bool { return a.Name == n.Name }); taken {
		return Account{}, ErrTaken
	}
	if accounts, _, _ := s.Sizes(); accounts >= mostAccounts {
		return Account{}, ErrFull
	}
	id, err := newID(s.opt.Random)
	if err != nil {
		return Account{}, err
	}
	now := s.opt.Now()
	a := Account{ID: id, Name: n.Name, Display: n.Display, Role: n.Role, Scope: n.Scope, CreatedAt: now, UpdatedAt: now}
	complete(&a)
	return a, s.put(a)
}

// put stores an account; the caller holds writing.
func (s *Store) put(a Account, more ...write) error {
	return s.commit(func() { s.accounts[a.ID] = &a }, append(more, write{bucketAccounts, a.ID, &a})...)
}

// Alter changes an account. Its sessions end at once, whatever changed.
func (s *Store) Alter(id string, c Change) (Account, error) {
	return s.edit(id, func(a *Account) error {
		if c.Display != nil {
			a.Display = *c.Display
		}
		if c.Role != nil {
			a.Role = *c.Role
		}
		if c.Scope != nil {
			a.Scope = *c.Scope
		}
		if c.Disabled != nil {
			a.Disabled = *c.Disabled
		}
		return errors.Join(checkDisplay(a.Display), checkGrant(a.Role, a.Scope))
	})
}

// Reset takes the password away and gives a one-time code to set a new one.
func (s *Store) Reset(id string) (Account, string, error) {
	code, once, err := newCode(s.opt.Random, s.opt.Now())
	if err != nil {
		return Account{}, "", err
	}
	a, err := s.edit(id, func(a *Account) error {
		if a.Subject != "" {
			return &InputError{"id", "the identity provider keeps this account's password"}
		}
		a.Hash, a.Code = "", once
		return nil
	})
	return a, code, err
}

// edit changes an account and ends its sessions.
func (s *Store) edit(id string, change func(*Account) error) (Account, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	a, ok := s.find(func(a *Account) bool { return a.ID == id })
	if !ok {
		return Account{}, ErrUnknown
	}
	if err := change(&a); err != nil {
		return Account{}, err
	}
	if !a.administers() && s.lastAdministrator(id) {
		return Account{}, ErrLastAdmin
	}
	a.UpdatedAt = s.opt.Now()
	gone, writes := s.ending(func(v *session) bool { return v.Account == id })
	return a, s.commit(func() {
		s.accounts[id] = &a
		gone()
	}, append(writes, write{bucketAccounts, id, &a})...)
}

// Remove deletes an account and its sessions.
func (s *Store) Remove(id string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, ok := s.find(func(a *Account) bool { return a.ID == id }); !ok {
		return ErrUnknown
	}
	if s.lastAdministrator(id) {
		return ErrLastAdmin
	}
	gone, writes := s.ending(func(v *session) bool { return v.Account == id })
	return s.commit(func() {
		delete(s.accounts, id)
		gone()
	}, append(writes, write{bucketAccounts, id, nil})...)
}

// administers reports whether the account can keep the house, also when no
// identity provider answers.
func (a *Account) administers() bool {
	return a.Role == RoleAdministrator && !a.Disabled && a.Subject == ""
}

// lastAdministrator reports whether an account is the only one that
// administers: without one nobody could make another.
func (s *Store) lastAdministrator(id string) bool {
	a, ok := s.find(func(a *Account) bool { return a.ID == id })
	_, other := s.find(func(b *Account) bool { return b.administers() && b.ID != id })
	return ok && a.administers() && !other
}

// SignIn checks a name and password; address is where the attempt comes from.
// Whatever is wrong, the error and the work are the same.
func (s *Store) SignIn(ctx context.Context, name, password, address string) (Account, error) {
	name = normalName(name)
	if err := s.locks.begin(name, address); err != nil {
		return Account{}, err
	}
	a, known := s.find(func(a *Account) bool { return a.Name == name && !a.Disabled })
	right, err := s.hasher.verify(ctx, a.Hash, password)
	switch {
	case err != nil:
		return Account{}, err
	case !right || !known:
		return Account{}, ErrDenied
	}
	s.locks.succeeded(name, address)
	return a, nil
}

// ChangePassword sets a new password for who knows the old one. All sessions of
// the account end.
func (s *Store) ChangePassword(ctx context.Context, id, old, password, address string) error {
	a, err := s.Find(id)
	if err != nil {
		return err
	}
	if err := checkPassword(a.Name, password); err != nil {
		return err
	}
	if _, err := s.SignIn(ctx, a.Name, old, address); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.edit(id, func(a *Account) error {
		a.Hash = hash
		return nil
	})
	return err
}
