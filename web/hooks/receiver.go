package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Headers of a push.
const (
	HeaderKey       = "Idempotency-Key"
	HeaderSignature = "X-Reli-Signature"
	HeaderEvent     = "X-Reli-Event"
)

// minSecret is the least length of a secret: that of the hash it keys would be
// best, half of it is the least that HMAC is recommended with.
const minSecret = 16

// Receiver is where tips go.
type Receiver struct {
	Name    string // of the outbox; another name is another receiver
	Address string
	Secret  string
}

var receiverName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,30}$`)

// ParseReceivers reads name=URL, several joined by |. All share a secret.
func ParseReceivers(text, secret string) ([]Receiver, error) {
	if text == "" {
		return nil, nil
	}
	if len(secret) < minSecret {
		return nil, fmt.Errorf("webhook-secret: want at least %d characters, so that receivers can tell our tips from others", minSecret)
	}
	seen := map[string]bool{}
	var out []Receiver
	for part := range strings.SplitSeq(text, "|") {
		name, address, _ := strings.Cut(strings.TrimSpace(part), "=")
		u, err := url.Parse(address)
		switch {
		case !receiverName.MatchString(name):
			return nil, fmt.Errorf("webhooks: want name=URL with a name of a-z, 0-9, _ and -, have %q", name)
		case seen[name]:
			return nil, fmt.Errorf("webhooks: %s is named twice", name)
		case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
			return nil, fmt.Errorf("webhooks: %s: want an http or https address", name)
		}
		seen[name] = true
		out = append(out, Receiver{name, address, secret})
	}
	return out, nil
}

// shown is the address without what may be a secret.
func (r Receiver) shown() string {
	u, err := url.Parse(r.Address)
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}

// Sign gives the signature header of a body: t=<Unix seconds>,v1=<hex of
// HMAC-SHA256 over "<t>.<key>.<body>">. The time and the key are signed, so
// that neither a replay nor an exchange of keys goes unnoticed.
func Sign(secret, key string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, key, body))
}

func mac(secret, t, key string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + "." + key + "."))
	h.Write(body)
	return h.Sum(nil)
}

// Verify is what a receiver does: it reports whether a signature fits and is
// not older than a while.
func Verify(secret, key, signature string, body []byte, now time.Time, within time.Duration) bool {
	t, v, ok := strings.Cut(signature, ",v1=")
	t, prefixed := strings.CutPrefix(t, "t=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	given, bad := hex.DecodeString(v)
	if !ok || !prefixed || err != nil || bad != nil {
		return false
	}
	age := now.Sub(time.Unix(seconds, 0))
	return age <= within && age >= -within && hmac.Equal(given, mac(secret, t, key, body))
}

// withoutAddress drops the address from a transport's error: its query may
// hold a secret, and the error is kept and shown.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
