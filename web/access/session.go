package access

import (
	"cmp"
	"slices"
	"time"
)

const (
	// seenStep is how much of the idle time a crash may forget: the time of the
	// last request is stored no more often.
	seenStep = time.Minute
	// mostSessions of one account; with more the oldest ends.
	mostSessions = 20
)

// session is a sign-in, of an account or of a kiosk token.
type session struct {
	Digest  digest    `json:"digest"` // of the cookie's value
	Account string    `json:"account,omitempty"`
	Token   string    `json:"token,omitempty"` // id of the kiosk token
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
}

// alive reports whether the session still counts. A display has no idle time:
// nobody touches it.
func (v *session) alive(now time.Time, idle time.Duration) bool {
	return now.Before(v.Expires) && (v.Token != "" || now.Sub(v.Seen) < idle)
}

// StartSession makes a session of an account that has just signed in. The one
// whose secret is before ends: a sign-in never goes on with an old secret.
func (s *Store) StartSession(account, before string) (secret string, expires time.Time, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	a, ok := s.find(func(a *Account) bool { return a.ID == account && !a.Disabled })
	if !ok {
		return "", time.Time{}, ErrDenied
	}
	now := s.opt.Now()
	a.LastSignIn = now
	own := &session{Account: account, Created: now, Seen: now, Expires: now.Add(s.opt.Lifetime)}
	old, crowd := digestOf(before), s.crowd(account)
	secret, err = s.start(own, func(v *session) bool { return v.Digest == old || slices.Contains(crowd, v.Digest) },
		func() { s.accounts[account] = &a }, write{bucketAccounts, account, &a})
	return secret, own.Expires, err
}

// crowd gives the sessions of an account that have to go for a new one.
func (s *Store) crowd(account string) []digest {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var own []*session
	for _, v := range s.sessions {
		if v.Account == account {
			own = append(own, v)
		}
	}
	slices.SortFunc(own, func(a, b *session) int { return cmp.Compare(a.Created.UnixNano(), b.Created.UnixNano()) })
	var out []digest
	for _, v := range own[:max(0, len(own)-mostSessions+1)] {
		out = append(out, v.Digest)
	}
	return out
}

// start stores a session together with what brought it about, and ends others:
// those chosen and those that are over. The caller holds writing.
func (s *Store) start(v *session, ends func(*session) bool, apply func(), cause write) (string, error) {
	secret, err := newSecret(s.opt.Random)
	if err != nil {
		return "", err
	}
	v.Digest = digestOf(secret)
	now := s.opt.Now()
	gone, writes := s.ending(func(o *session) bool { return ends(o) || !o.alive(now, s.opt.Idle) })
	return secret, s.commit(func() {
		gone()
		apply()
		s.sessions[v.Digest] = v
	}, append(writes, cause, write{bucketSessions, v.Digest.String(), v})...)
}

// ending gives what ends the chosen sessions, in memory and in the file.
func (s *Store) ending(chosen func(*session) bool) (gone func(), writes []write) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ends []digest
	for d, v := range s.sessions {
		if chosen(v) {
			ends = append(ends, d)
			writes = append(writes, write{bucketSessions, d.String(), nil})
		}
	}
	return func() {
		for _, d := range ends {
			delete(s.sessions, d)
		}
	}, writes
}

// EndSession ends the session of a secret.
func (s *Store) EndSession(secret string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	d := digestOf(secret)
	gone, writes := s.ending(func(v *session) bool { return v.Digest == d })
	if len(writes) == 0 {
		return nil
	}
	return s.commit(gone, writes...)
}

// BySession gives the principal of a session's secret. With touch the request
// counts as use; without, a long answer can ask whether it may go on.
func (s *Store) BySession(secret string, touch bool) (Principal, bool) {
	d, now := digestOf(secret), s.opt.Now()
	s.mu.RLock()
	v, ok := s.sessions[d]
	if !ok || !v.alive(now, s.opt.Idle) {
		s.mu.RUnlock()
		return Principal{}, false
	}
	p, ok := s.owner(v, now)
	stale := touch && now.Sub(v.Seen) >= seenStep
	s.mu.RUnlock()
	if ok && stale {
		s.touch(d, now)
	}
	return p, ok
}

// owner gives the principal behind a session; the caller holds mu.
func (s *Store) owner(v *session, now time.Time) (Principal, bool) {
	if v.Token != "" {
		for _, t := range s.tokens {
			if t.ID == v.Token {
				return t.principal(), now.Before(t.ExpiresAt)
			}
		}
		return Principal{}, false
	}
	a, ok := s.accounts[v.Account]
	if !ok || a.Disabled {
		return Principal{}, false
	}
	return a.Principal(), true
}

// touch moves the time of the last request on. That it is not stored, should
// the file fail, ends the session early at worst.
func (s *Store) touch(d digest, now time.Time) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.RLock()
	v, ok := s.sessions[d]
	s.mu.RUnlock()
	if !ok || now.Sub(v.Seen) < seenStep {
		return
	}
	next := *v
	next.Seen = now
	_ = s.store(write{bucketSessions, d.String(), &next})
	s.mu.Lock()
	s.sessions[d] = &next
	s.mu.Unlock()
}
