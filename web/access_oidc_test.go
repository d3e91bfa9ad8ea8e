package web_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/test/county"
	"reli/web"
	"reli/web/access"
)

// provider is an identity provider on this machine. It keeps to the protocol,
// and lets a test change the token that it gives.
type provider struct {
	*httptest.Server
	key   *rsa.PrivateKey
	other *rsa.PrivateKey // that nobody has published
	now   func() time.Time

	mu     sync.Mutex
	asked  url.Values // of the last authorization request
	change func(*idToken)
	places int
}

// elsewhere gives an address of this machine that has not signed in yet.
func (p *provider) elsewhere() string {
	p.places++
	return fmt.Sprintf("127.0.1.%d", p.places)
}

// idToken is a token before it is signed.
type idToken struct {
	header map[string]any
	claims map[string]any
	sign   func(text string) []byte
	// tamper changes the finished token.
	tamper func(text string) string
}

const clientSecret = "the client's secret"

func newProvider(t testing.TB, now func() time.Time) *provider {
	t.Helper()
	p := &provider{now: now}
	var err error
	p.key, err = rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p.other, err = rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) describe(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}})
}

func (p *provider) keys(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(p.key.E)).Bytes())}}})
}

// token checks the code and its PKCE verifier as a good provider does.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	user, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if user != "reli" || secret != url.QueryEscape(clientSecret) || r.FormValue("code") != "a good code" || p.asked.Get("code_challenge_method") != "S256" ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") || r.FormValue("redirect_uri") != p.asked.Get("redirect_uri") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	now := p.now()
	t := &idToken{header: map[string]any{"alg": "RS256", "kid": "1", "typ": "JWT"},
		claims: map[string]any{"iss": p.URL, "sub": "u-42", "aud": "reli", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
			"nonce": p.asked.Get("nonce"), "name": "李四", "groups": []string{"x", "reli-town"}},
		sign: p.rs256(p.key), tamper: func(text string) string { return text }}
	if p.change != nil {
		p.change(t)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": t.text()})
}

func (p *provider) rs256(key *rsa.PrivateKey) func(string) []byte {
	return func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func hs256(key []byte) func(string) []byte {
	return func(text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
}

func (t *idToken) text() string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(t.header) + "." + part(t.claims)
	return t.tamper(signed + "." + base64.RawURLEncoding.EncodeToString(t.sign(signed)))
}

// newOIDCSite serves a county whose people sign in with the provider.
func newOIDCSite(t testing.TB, c *county.County, p *provider) *guarded {
	t.Helper()
	township := c.Store.Current().Catalogue.Tree.AtLevel(2)[0].Code
	config, err := access.ParseOIDC([]byte(fmt.Sprintf(`
issuer: %s
client_id: reli
redirect_url: http://127.0.0.1:1/v1/session/oidc/callback
scopes: [profile]
claim: groups
grants:
  - {value: reli-boss, role: administrator}
  - {value: reli-town, role: township, scope: {areas: ["%s"]}}
`, p.URL, township)))
	require.NoError(t, err)
	config.ClientSecret = clientSecret
	return newGuarded(t, c, behindProxy, func(o *web.Options) { o.OIDC = access.NewOIDC(config, c.Now, rand.Reader) })
}

// begin starts a sign-in and gives the state's cookie.
func (p *provider) begin(t testing.TB, g *guarded, next string) string {
	t.Helper()
	a := g.get(t, "/v1/session/oidc?next="+url.QueryEscape(next), "X-Forwarded-For", p.elsewhere())
	require.Equal(t, 303, a.Status, "%s", a.Body)
	to, err := url.Parse(a.Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, p.URL+"/authorize", to.Scheme+"://"+to.Host+to.Path)
	p.mu.Lock()
	p.asked = to.Query()
	p.mu.Unlock()
	for name, want := range map[string]string{"response_type": "code", "client_id": "reli", "scope": "openid profile", "code_challenge_method": "S256"} {
		require.Equal(t, want, to.Query().Get(name))
	}
	return cookieOf(t, a)
}

func (p *provider) back(t testing.TB, g *guarded, cookie string, change url.Values) answer {
	t.Helper()
	q := url.Values{"state": {p.asked.Get("state")}, "code": {"a good code"}}
	maps.Copy(q, change)
	return g.get(t, "/v1/session/oidc/callback?"+q.Encode(), "Cookie", cookie, "X-Forwarded-For", p.elsewhere())
}

// sessionCookieOf gives the session that an answer sets, "" for none.
func sessionCookieOf(a answer) string {
	for _, set := range a.Header.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(set, ";"); strings.HasPrefix(pair, "reli_session=") {
			return pair
		}
	}
	return ""
}

func TestASignInWithAnIdentityProvider(t *testing.T) {
	c := county.Shared(t)
	p := newProvider(t, c.Now)
	g := newOIDCSite(t, c, p)
	require.True(t, g.whoIs(t, nil).SignIn.OIDC)
	cookie := p.begin(t, g, "/wall?theme=dark")
	a := p.back(t, g, cookie, nil)
	require.Equal(t, 303, a.Status, "%s %s", a.Body, g.Log)
	require.Equal(t, "/wall?theme=dark", a.Header.Get("Location"))
	session := sessionCookieOf(a)
	who := g.whoIs(t, http.Header{"Cookie": {session}})
	require.Equal(t, access.RoleTownship, who.Principal.Role)
	require.Equal(t, "李四", who.Principal.Name)
	require.Len(t, who.Principal.Scope.Areas, 1)

	a = p.back(t, g, cookie, nil)
	require.Equal(t, "/signin?refused=1", a.Header.Get("Location"), "a state is good once")
	p.change = func(t *idToken) { t.claims["groups"] = "reli-boss" }
	a = p.back(t, g, p.begin(t, g, "//evil.example/"), nil)
	require.Equal(t, "/evil.example", a.Header.Get("Location"), "not away from here")
	require.Equal(t, access.RoleAdministrator, g.whoIs(t, http.Header{"Cookie": {sessionCookieOf(a)}}).Principal.Role)
	require.False(t, g.whoIs(t, http.Header{"Cookie": {session}}).SignedIn, "the role before has ended")
	require.Len(t, g.Access.Accounts(), 1)
}

func TestWrongTokensAreRefused(t *testing.T) {
	c := county.Shared(t)
	p := newProvider(t, c.Now)
	g := newOIDCSite(t, c, p)
	claim := func(name string, value any) func(*idToken) { return func(t *idToken) { t.claims[name] = value } }
	without := func(name string) func(*idToken) { return func(t *idToken) { delete(t.claims, name) } }
	at := func(d time.Duration) int64 { return c.Now().Add(d).Unix() }
	public, err := json.Marshal(p.key.PublicKey)
	require.NoError(t, err)
	wrong := map[string]func(*idToken){
		"signed by another key":         func(t *idToken) { t.sign = p.rs256(p.other) },
		"a key that is not published":   func(t *idToken) { t.header["kid"], t.sign = "2", p.rs256(p.other) },
		"no signature":                  func(t *idToken) { t.header["alg"], t.sign = "none", func(string) []byte { return nil } },
		"signed with the client secret": func(t *idToken) { t.header["alg"], t.sign = "HS256", hs256([]byte(clientSecret)) },
		"signed with the public key":    func(t *idToken) { t.header["alg"], t.sign = "HS256", hs256(public) },
		"changed after signing": func(t *idToken) {
			t.tamper = func(text string) string {
				parts := strings.Split(text, ".")
				claims, err := base64.RawURLEncoding.DecodeString(parts[1])
				if err != nil {
					panic(err)
				}
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), "reli-town", "reli-boss", 1)))
				return strings.Join(parts, ".")
			}
		},
		"another issuer":             claim("iss", "https://evil.example"),
		"the issuer with a slash":    func(t *idToken) { t.claims["iss"] = p.URL + "/" },
		"no issuer":                  without("iss"),
		"for another client":         claim("aud", "other"),
		"for nobody":                 without("aud"),
		"for several, party unnamed": claim("aud", []string{"reli", "other"}),
		"for several, another party": func(t *idToken) { t.claims["aud"], t.claims["azp"] = []string{"reli", "other"}, "other" },
		"too old":                    claim("exp", at(-time.Second)),
		"without an end":             without("exp"),
		"not yet good":               claim("nbf", at(time.Hour)),
		"issued in the future":       claim("iat", at(time.Hour)),
		"no nonce":                   without("nonce"),
		"another sign-in's nonce":    claim("nonce", "AAAA"),
		"no subject":                 without("sub"),
		"another access token":       claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"no group of ours":           claim("groups", []string{"x"}),
		"a group that is no text":    claim("groups", []any{map[string]any{"reli-boss": true}}),
		"not a token":                func(t *idToken) { t.tamper = func(string) string { return "x.y.z" } },
		"an empty one":               func(t *idToken) { t.tamper = func(string) string { return "" } },
	}
	require.GreaterOrEqual(t, len(wrong), 12)
	for name, change := range wrong {
		p.change = change
		p.refused(t, g, name, p.begin(t, g, "/"), nil)
	}
	p.change = nil
	for name, change := range map[string]url.Values{"another code": {"code": {"guessed"}}, "another state": {"state": {"guessed"}},
		"no state": {"state": {""}}, "another issuer's answer": {"iss": {"https://evil.example"}}, "the user said no": {"code": {""}, "error": {"access_denied"}}} {
		p.refused(t, g, name, p.begin(t, g, "/"), change)
	}
	p.begin(t, g, "/")
	p.refused(t, g, "another browser", "reli_oidc=guessed", nil)
	p.begin(t, g, "/")
	p.refused(t, g, "a browser without the cookie", "x=y", nil)
	require.Empty(t, g.Access.Accounts())
	for _, secret := range []string{"good", p.asked.Get("state"), p.asked.Get("nonce")} {
		require.NotContains(t, g.Log.String(), secret)
	}
	require.NotEmpty(t, sessionCookieOf(p.back(t, g, p.begin(t, g, "/"), url.Values{"iss": {p.URL}})), "a good one afterwards")
}

func (p *provider) refused(t *testing.T, g *guarded, name, cookie string, change url.Values) {
	t.Helper()
	a := p.back(t, g, cookie, change)
	require.Equal(t, 303, a.Status, "%s: %s", name, a.Body)
	require.Equal(t, "/signin?refused=1", a.Header.Get("Location"), name)
	require.Empty(t, sessionCookieOf(a), name)
}

func TestASilentProviderIsAnUnavailableOne(t *testing.T) {
	c := county.Shared(t)
	p := newProvider(t, c.Now)
	g := newOIDCSite(t, c, p)
	p.Close()
	requireProblem(t, g.get(t, "/v1/session/oidc"), 503, "unavailable")
	requireProblem(t, newGuarded(t, c).get(t, "/v1/session/oidc"), 404, "not_found")
}

func TestBadProvidersAreRefusedAtTheStart(t *testing.T) {
	const good = "issuer: https://idp.example\nclient_id: a\nredirect_url: https://reli.example/v1/session/oidc/callback\nclaim: groups\ngrants: [{value: x, role: leader}]\n"
	_, err := access.ParseOIDC([]byte(good))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"nothing": "", "an unknown key": good + "colour: red\n", "an open way": strings.Replace(good, "https://idp", "http://idp", 1),
		"a way back that is open": strings.Replace(good, "https://reli", "http://reli", 1), "no role": strings.Replace(good, "leader", "root", 1),
		"a township without one": strings.Replace(good, "leader", "township", 1), "no grant": strings.Replace(good, "[{value: x, role: leader}]", "[]", 1),
		"a grant for everybody": strings.Replace(good, "value: x, ", "", 1), "no client": strings.Replace(good, "client_id: a\n", "", 1),
	} {
		_, err := access.ParseOIDC([]byte(text))
		require.Error(t, err, name)
	}
}
