package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// digest is the SHA-256 of a secret of 100 random bits or more; of such a one
// nothing slower is needed. Only digests are stored.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the digest for the file.
func (d digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads it back.
func (d *digest) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(d) {
		return fmt.Errorf("a digest has %d bytes", len(d))
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// secretBytes of a session or token.
const secretBytes = 32

func newSecret(random io.Reader) (string, error) {
	var raw [secretBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}

func newID(random io.Reader) (string, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

// oneTimeLife is how long a one-time code is good: over a weekend.
const oneTimeLife = 72 * time.Hour

// oneTime is a code that sets a password once.
type oneTime struct {
	Digest  digest    `json:"digest"`
	Expires time.Time `json:"expires"`
}

// newCode draws 100 bits in groups that can be read out.
func newCode(random io.Reader, now time.Time) (string, *oneTime, error) {
	var raw [13]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", nil, fmt.Errorf("draw a code: %w", err)
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])[:20]
	code := strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:]}, "-")
	return code, &oneTime{digestOf(plainCode(code)), now.Add(oneTimeLife)}, nil
}

// plainCode leaves of a typed code what counts.
func plainCode(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '2' && r <= '7':
			return r
		}
		return -1
	}, text)
}

func (o *oneTime) matches(code string, now time.Time) bool {
	if o == nil || !now.Before(o.Expires) {
		return false
	}
	given := digestOf(plainCode(code))
	return subtle.ConstantTimeCompare(given[:], o.Digest[:]) == 1
}
