package access

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"reli/analytics/cube"
)

// Prefixes of tokens, so that people and scanners of repositories know them.
const (
	TokenPrefix = "reli_"
	KioskPrefix = "reli_kiosk_"
)

const (
	mostTokens = 1000
	// longestToken is the longest life of a token: what never ends is forgotten.
	longestToken = 2 * 366 * 24 * time.Hour
)

// Token lets a machine in, or a display.
type Token struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      Role       `json:"role"`
	Scope     cube.Scope `json:"scope"`
	Kiosk     bool       `json:"kiosk"`
	Used      bool       `json:"used"` // a kiosk's is good for one exchange
	Digest    digest     `json:"digest"`
	CreatedBy string     `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
}

func (t *Token) principal() Principal {
	return Principal{ID: "token:" + t.ID, Name: t.Name, Role: t.Role, Scope: t.Scope}
}

// NewToken is what a token is made from. A kiosk's role is wall.
type NewToken struct {
	Name      string     `json:"name"`
	Role      Role       `json:"role"`
	Scope     cube.Scope `json:"scope"`
	Kiosk     bool       `json:"kiosk"`
	ExpiresAt time.Time  `json:"expires_at"`
}

// TokenChange names what of a token changes; nil stays.
type TokenChange struct {
	Name      *string     `json:"name"`
	Scope     *cube.Scope `json:"scope"`
	ExpiresAt *time.Time  `json:"expires_at"`
}

// Tokens lists all tokens by name.
func (s *Store) Tokens() []Token {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Token, 0, len(s.tokens))
	for _, t := range s.tokens {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Token) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out
}

func (s *Store) checkToken(t *Token) error {
	if strings.TrimSpace(t.Name) == "" || checkDisplay(t.Name) != nil {
		return &InputError{"name", fmt.Sprintf("want 1 to %d characters", mostName)}
	}
	if life := t.ExpiresAt.Sub(s.opt.Now()); life <= 0 || life > longestToken {
		return &InputError{"expires_at", "want a time in the next two years"}
	}
	if t.Kiosk && t.Role != RoleWall {
		return &InputError{"role", "a kiosk's role is wall"}
	}
	return checkGrant(t.Role, t.Scope)
}

// AddToken makes a token; its secret is given this once. by is who made it.
func (s *Store) AddToken(n NewToken, by string) (Token, string, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if n.Kiosk {
		n.Role = cmp.Or(n.Role, RoleWall)
	}
	t := Token{Name: n.Name, Role: n.Role, Scope: n.Scope, Kiosk: n.Kiosk, CreatedBy: by, CreatedAt: s.opt.Now(), ExpiresAt: n.ExpiresAt}
	if err := s.checkToken(&t); err != nil {
		return Token{}, "", err
	}
	if _, tokens, _ := s.Sizes(); tokens >= mostTokens {
		return Token{}, "", ErrFull
	}
	id, errID := newID(s.opt.Random)
	random, errSecret := newSecret(s.opt.Random)
	if err := errors.Join(errID, errSecret); err != nil {
		return Token{}, "", err
	}
	secret := TokenPrefix + random
	if n.Kiosk {
		secret = KioskPrefix + random
	}
	t.ID, t.Digest = id, digestOf(secret)
	return t, secret, s.commit(func() { s.tokens[t.Digest] = &t }, write{bucketTokens, t.ID, &t})
}

func (s *Store) token(id string) (Token, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.tokens {
		if t.ID == id {
			return *t, true
		}
	}
	return Token{}, false
}

// AlterToken changes a token.
func (s *Store) AlterToken(id string, c TokenChange) (Token, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	t, ok := s.token(id)
	if !ok {
		return Token{}, ErrUnknown
	}
	if c.Name != nil {
		t.Name = *c.Name
	}
	if c.Scope != nil {
		t.Scope = *c.Scope
	}
	if c.ExpiresAt != nil {
		t.ExpiresAt = *c.ExpiresAt
	}
	if err := s.checkToken(&t); err != nil {
		return Token{}, err
	}
	return t, s.commit(func() { s.tokens[t.Digest] = &t }, write{bucketTokens, t.ID, &t})
}

// RevokeToken deletes a token and the sessions that came of it.
func (s *Store) RevokeToken(id string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	t, ok := s.token(id)
	if !ok {
		return ErrUnknown
	}
	gone, writes := s.ending(func(v *session) bool { return v.Token == id })
	return s.commit(func() {
		delete(s.tokens, t.Digest)
		gone()
	}, append(writes, write{bucketTokens, id, nil})...)
}

// ByToken gives the principal of a token's secret. A kiosk's does not let in by
// itself: it stands in an address, and addresses are written down.
func (s *Store) ByToken(secret string) (Principal, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.tokens[digestOf(secret)]
	if !ok || t.Kiosk || !s.opt.Now().Before(t.ExpiresAt) {
		return Principal{}, false
	}
	return t.principal(), true
}

// Exchange makes a session of a kiosk's token, once; the session lasts as long
// as the token.
func (s *Store) Exchange(kiosk string) (secret string, expires time.Time, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	now := s.opt.Now()
	s.mu.RLock()
	found := s.tokens[digestOf(kiosk)]
	s.mu.RUnlock()
	if found == nil || !found.Kiosk || found.Used || !now.Before(found.ExpiresAt) {
		return "", time.Time{}, ErrDenied
	}
	t := *found
	t.Used = true
	v := &session{Token: t.ID, Created: now, Seen: now, Expires: t.ExpiresAt}
	secret, err = s.start(v, func(*session) bool { return false }, func() { s.tokens[t.Digest] = &t }, write{bucketTokens, t.ID, &t})
	return secret, t.ExpiresAt, err
}
