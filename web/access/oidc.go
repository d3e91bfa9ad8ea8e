package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Bounds of signing in with an identity provider.
const (
	roundTrip     = 10 * time.Minute // from leaving for the provider to coming back
	mostPending   = 10_000
	clockSkew     = 5 * time.Minute // that the provider's clock may be ahead
	providerWait  = 10 * time.Second
	mostRedirects = 3
)

// signatures are those that only the holder of a private key can make; none of
// them can be made with what is public.
func signatures() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}
}

// OIDC signs people in with an identity provider: authorization code with
// PKCE, state and nonce. It is safe for concurrent use.
type OIDC struct {
	config OIDCConfig
	now    func() time.Time
	random io.Reader
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // discovered with the first sign-in
	pending  map[digest]pending
}

// pending is a sign-in that is at the provider.
type pending struct {
	nonce, verifier, next string
	expires               time.Time
}

// NewOIDC makes one of a checked configuration. It asks nobody yet: the
// provider may start after this server.
func NewOIDC(config OIDCConfig, now func() time.Time, random io.Reader) *OIDC {
	client := &http.Client{Timeout: providerWait, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) >= mostRedirects {
			return errors.New("too many redirects")
		}
		return nil
	}}
	return &OIDC{config: config, now: now, random: random, client: client, pending: map[digest]pending{}}
}

// discover reads the provider's description, once it succeeds.
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	known := o.provider
	o.mu.Unlock()
	if known != nil {
		return known, nil
	}
	// The provider keeps this context for its keys; it must outlive the request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the identity provider: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.provider = found
	return found, nil
}

func (o *OIDC) exchange(p *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: o.config.ClientID, ClientSecret: o.config.ClientSecret, RedirectURL: o.config.RedirectURL,
		Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, o.config.Scopes...)}
}

// Begin gives the provider's address to send a browser to, and the state that
// this browser has to bring back in a cookie. next is where to go afterwards.
func (o *OIDC) Begin(ctx context.Context, next string) (address, state string, err error) {
	provider, err := o.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, errState := newSecret(o.random)
	nonce, errNonce := newSecret(o.random)
	verifier, errVerifier := newSecret(o.random) // 43 characters, as RFC 7636 wants
	if err := errors.Join(errState, errNonce, errVerifier); err != nil {
		return "", "", err
	}
	if err := o.remember(state, pending{nonce, verifier, next, o.now().Add(roundTrip)}); err != nil {
		return "", "", err
	}
	flow := o.exchange(provider)
	return flow.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), state, nil
}

func (o *OIDC) remember(state string, p pending) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) >= mostPending {
		now := o.now()
		for d, old := range o.pending {
			if !now.Before(old.expires) {
				delete(o.pending, d)
			}
		}
		if len(o.pending) >= mostPending {
			return ErrBusy
		}
	}
	o.pending[digestOf(state)] = p
	return nil
}

// take gives a pending sign-in, once.
func (o *OIDC) take(state string) (pending, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := digestOf(state)
	p, ok := o.pending[d]
	delete(o.pending, d)
	return p, ok && o.now().Before(p.expires)
}

// Callback is what a browser brings back from the provider.
type Callback struct {
	State, Code, Issuer string // query parameters; Issuer may be absent (RFC 9207)
	Cookie              string // the state that Begin gave this browser
}

// Finish turns a callback into an identity. Whatever is wrong is ErrDenied
// with its cause, which is for the log.
func (o *OIDC) Finish(ctx context.Context, c Callback) (i Identity, next string, err error) {
	p, ok := o.take(c.State)
	switch {
	case !ok:
		return i, "", denied("the state is unknown, used or too old")
	case subtle.ConstantTimeCompare([]byte(c.State), []byte(c.Cookie)) != 1:
		return i, "", denied("another browser began this sign-in")
	case c.Issuer != "" && c.Issuer != o.config.Issuer:
		return i, "", denied("the answer is another issuer's")
	}
	provider, err := o.discover(ctx)
	if err != nil {
		return i, "", err
	}
	flow := o.exchange(provider)
	tokens, err := flow.Exchange(oidc.ClientContext(ctx, o.client), c.Code, oauth2.VerifierOption(p.verifier))
	if err != nil {
		return i, "", denied("exchange the code: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return i, "", denied("the answer holds no id_token")
	}
	i, err = o.verify(ctx, provider, raw, tokens.AccessToken, p.nonce)
	return i, p.next, err
}

func denied(format string, args ...any) error {
	return errors.Join(ErrDenied, fmt.Errorf(format, args...))
}

// verify checks an ID token (OpenID Connect Core 1.0, 3.1.3.7).
func (o *OIDC) verify(ctx context.Context, provider *oidc.Provider, raw, accessToken, nonce string) (Identity, error) {
	verifier := provider.Verifier(&oidc.Config{ClientID: o.config.ClientID, SupportedSigningAlgs: signatures(), Now: o.now})
	token, err := verifier.Verify(oidc.ClientContext(ctx, o.client), raw)
	if err != nil {
		return Identity{}, denied("%w", err)
	}
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return Identity{}, denied("read the claims: %w", err)
	}
	azp, named := claims["azp"]
	switch {
	case token.Issuer != o.config.Issuer: // the library lets one provider write its own in two ways
		return Identity{}, denied("issuer %q", token.Issuer)
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return Identity{}, denied("the nonce is not that of this sign-in")
	case token.Subject == "":
		return Identity{}, denied("no subject")
	case len(token.Audience) > 1 && !named, named && azp != o.config.ClientID:
		return Identity{}, denied("the token is for another party")
	case token.IssuedAt.After(o.now().Add(clockSkew)):
		return Identity{}, denied("issued in the future")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(accessToken); err != nil {
			return Identity{}, denied("%w", err)
		}
	}
	return o.identity(token, claims)
}

// identity maps the claims to a role and scope.
func (o *OIDC) identity(token *oidc.IDToken, claims map[string]any) (Identity, error) {
	values := textsOf(claims[o.config.Claim])
	at := slices.IndexFunc(o.config.Grants, func(g Grant) bool { return slices.Contains(values, g.Value) })
	if at < 0 {
		return Identity{}, denied("no grant fits the claim %s", o.config.Claim)
	}
	g := o.config.Grants[at]
	i := Identity{Subject: token.Issuer + "|" + token.Subject, Role: g.Role, Scope: g.scope()}
	name := o.config.NameClaim
	if name == "" {
		name = "name"
	}
	i.Display, _ = claims[name].(string)
	return i, nil
}

// textsOf gives the texts of a claim that is one or a list of them.
func textsOf(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			if text, ok := one.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}
