package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Usual lifetimes of a session.
const (
	UsualIdle     = time.Hour      // without a request
	UsualLifetime = 12 * time.Hour // since the sign-in
)

// lockWait bounds the wait for another process to let go of the file.
const lockWait = time.Second

// Options of a Store.
type Options struct {
	Path   string // of the file; it is made with mode 0600
	Now    func() time.Time
	Random io.Reader
	// Idle and Lifetime end a session; 0 means the usual.
	Idle, Lifetime time.Duration
}

// Store keeps accounts, sessions and tokens in one file, and a copy in memory
// that answers every request. It is safe for concurrent use; one process owns
// the file.
type Store struct {
	opt    Options
	db     *bolt.DB
	hasher *hasher
	locks  *lockout

	writing sync.Mutex // one change at a time: checked, written, then shown

	mu       sync.RWMutex // guards what follows
	accounts map[string]*Account
	tokens   map[digest]*Token
	sessions map[digest]*session
	first    *oneTime // may make the first administrator
	changed  chan struct{}
}

// buckets of the file; a record is JSON under its id or digest.
const (
	bucketAccounts = "accounts"
	bucketTokens   = "tokens"
	bucketSessions = "sessions"
)

// Open opens the file, or makes it. Close it.
func Open(opt Options) (*Store, error) {
	if opt.Idle == 0 {
		opt.Idle = UsualIdle
	}
	if opt.Lifetime == 0 {
		opt.Lifetime = UsualLifetime
	}
	db, err := bolt.Open(opt.Path, 0o600, &bolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, fmt.Errorf("open accounts %s: %w", opt.Path, err)
	}
	s := &Store{opt: opt, db: db, hasher: newHasher(opt.Random), locks: newLockout(opt.Now),
		accounts: map[string]*Account{}, tokens: map[digest]*Token{}, sessions: map[digest]*session{}, changed: make(chan struct{})}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("read accounts %s: %w", opt.Path, err), db.Close())
	}
	// A file that was copied here may be readable by others.
	if err := os.Chmod(opt.Path, 0o600); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close gives the file back.
func (s *Store) Close() error { return s.db.Close() }

func (s *Store) load() error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{bucketAccounts, bucketTokens, bucketSessions} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.db.View(func(tx *bolt.Tx) error {
		if err := each(tx, bucketAccounts, func(a *Account) { s.accounts[a.ID] = a }); err != nil {
			return err
		}
		if err := each(tx, bucketTokens, func(t *Token) { s.tokens[t.Digest] = t }); err != nil {
			return err
		}
		return each(tx, bucketSessions, func(v *session) { s.sessions[v.Digest] = v })
	})
}

func each[T any](tx *bolt.Tx, bucket string, take func(*T)) error {
	return tx.Bucket([]byte(bucket)).ForEach(func(key, value []byte) error {
		v := new(T)
		if err := json.Unmarshal(value, v); err != nil {
			return fmt.Errorf("%s %x: %w", bucket, key, err)
		}
		take(v)
		return nil
	})
}

// write is one change of the file: records to put, and keys to delete.
type write struct {
	bucket, key string
	value       any // nil deletes
}

// commit makes changes durable, all or none, and then shows them by apply. The
// caller holds writing, so that what it checked still holds.
func (s *Store) commit(apply func(), writes ...write) error {
	if err := s.store(writes...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	apply()
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// store makes changes durable, all or none.
func (s *Store) store(writes ...write) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, w := range writes {
			b := tx.Bucket([]byte(w.bucket))
			if w.value == nil {
				if err := b.Delete([]byte(w.key)); err != nil {
					return err
				}
				continue
			}
			text, err := json.Marshal(w.value)
			if err != nil {
				return err
			}
			if err := b.Put([]byte(w.key), text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return nil
}

// Changed gives a channel that is closed with the next change of an account, a
// token or a session: who holds a long answer open asks again who it is for.
func (s *Store) Changed() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}

// Sizes counts accounts, tokens and sessions.
func (s *Store) Sizes() (accounts, tokens, sessions int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.accounts), len(s.tokens), len(s.sessions)
}

// WriteCopy writes the file as one transaction sees it, while others change it.
func (s *Store) WriteCopy(w io.Writer) error {
	return s.db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
}
