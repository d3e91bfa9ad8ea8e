package access

import (
	"context"
	"strings"
)

// FirstCode gives the one-time code that makes the first administrator, anew
// with each call; "" where there is one already.
func (s *Store) FirstCode() (string, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, there := s.find((*Account).administers); there {
		return "", nil
	}
	code, once, err := newCode(s.opt.Random, s.opt.Now())
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = once
	return code, nil
}

// AwaitsFirst reports whether the first administrator is still to be made.
func (s *Store) AwaitsFirst() bool {
	_, there := s.find((*Account).administers)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.first != nil && !there
}

// Redeem sets the password of an account by its one-time code, or makes the
// first administrator by the first code. Whatever is wrong with name or code,
// the error and the work are the same.
func (s *Store) Redeem(ctx context.Context, name, code, password, address string) (Account, error) {
	display := strings.TrimSpace(name)
	name = normalName(name)
	if err := checkPassword(name, password); err != nil {
		return Account{}, err
	}
	if err := s.locks.begin(name, address); err != nil {
		return Account{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Account{}, err
	}
	a, err := s.redeem(name, display, code, hash)
	if err == nil {
		s.locks.succeeded(name, address)
	}
	return a, err
}

func (s *Store) redeem(name, display, code, hash string) (Account, error) {
	now := s.opt.Now()
	owner, known := s.find(func(a *Account) bool { return a.Name == name && !a.Disabled && a.Code.matches(code, now) })
	if known {
		return s.edit(owner.ID, func(a *Account) error {
			if !a.Code.matches(code, now) { // used by another in the meantime
				return ErrDenied
			}
			a.Hash, a.Code = hash, nil
			return nil
		})
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.RLock()
	first := s.first.matches(code, now)
	s.mu.RUnlock()
	if _, there := s.find((*Account).administers); there || !first {
		return Account{}, ErrDenied
	}
	return s.add(NewAccount{Name: name, Display: display, Role: RoleAdministrator}, func(a *Account) { a.Hash = hash })
}
