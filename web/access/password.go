package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost of a password: the second of the equal choices that the OWASP Password
// Storage Cheat Sheet recommends for argon2id (19 MiB, two passes, one lane).
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashBytes  = 32
	saltBytes  = 16
)

// Bounds of the work on passwords.
const (
	// hashesAtOnce keep the memory of sign-ins below 80 MiB, whoever knocks.
	hashesAtOnce = 4
	// hashWait is how long a sign-in waits for its turn.
	hashWait = 5 * time.Second
)

// Bounds of a password.
const (
	leastPassword   = 12  // characters
	mostPassword    = 256 // bytes
	leastCharacters = 5   // different ones
	leastNameHeld   = 4   // characters of a name that a password may not hold
)

// ErrBusy says that too many sign-ins are being worked on.
var ErrBusy = errors.New("too many sign-ins at once")

// PasswordError says why a password is not taken.
type PasswordError struct{ Why string }

func (e *PasswordError) Error() string { return e.Why }

func checkPassword(name, password string) error {
	seen := map[rune]bool{}
	for _, r := range password {
		seen[r] = true
	}
	switch {
	case !utf8.ValidString(password) || len(password) > mostPassword:
		return &PasswordError{fmt.Sprintf("want valid text of at most %d bytes", mostPassword)}
	case utf8.RuneCountInString(password) < leastPassword:
		return &PasswordError{fmt.Sprintf("want at least %d characters", leastPassword)}
	case len(seen) < leastCharacters:
		return &PasswordError{fmt.Sprintf("want at least %d different characters", leastCharacters)}
	case utf8.RuneCountInString(name) >= leastNameHeld && strings.Contains(strings.ToLower(password), name):
		return &PasswordError{"want a password that does not hold the account's name"}
	}
	return nil
}

// hasher hashes passwords, few at once.
type hasher struct {
	random io.Reader
	slots  chan struct{}
	derive func(password, salt []byte) []byte // argon2id; tests count its calls
}

func newHasher(random io.Reader) *hasher {
	return &hasher{random: random, slots: make(chan struct{}, hashesAtOnce), derive: func(password, salt []byte) []byte {
		return argon2.IDKey(password, salt, hashPasses, hashMemory, hashLanes, hashBytes)
	}}
}

// work derives within the bound on hashes at once.
func (h *hasher) work(ctx context.Context, password string, salt []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, hashWait, ErrBusy)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-h.slots }()
	return h.derive([]byte(password), salt), nil
}

// hashPrefix names algorithm, version and cost (the PHC string format).
var hashPrefix = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, hashMemory, hashPasses, hashLanes)

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	sum, err := h.work(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return hashPrefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(sum), nil
}

// verify compares a password with its hash. Without a hash to compare with it
// does the same work and says no, so that time does not tell who has an
// account.
func (h *hasher) verify(ctx context.Context, hash, password string) (bool, error) {
	salt, sum, known := parseHash(hash)
	if !known {
		salt, sum = make([]byte, saltBytes), make([]byte, hashBytes)
	}
	if len(password) > mostPassword {
		password, known = "", false
	}
	got, err := h.work(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, sum) == 1 && known, nil
}

func parseHash(text string) (salt, sum []byte, ok bool) {
	rest, ok := strings.CutPrefix(text, hashPrefix)
	if !ok {
		return nil, nil, false
	}
	first, second, _ := strings.Cut(rest, "$")
	salt, errSalt := base64.RawStdEncoding.DecodeString(first)
	sum, errSum := base64.RawStdEncoding.DecodeString(second)
	return salt, sum, errSalt == nil && errSum == nil && len(salt) == saltBytes && len(sum) == hashBytes
}
