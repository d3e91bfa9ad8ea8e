package web_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/web"
	"reli/web/access"
	"reli/web/audit"
)

// guarded is a site with sign-in.
type guarded struct {
	*site
	Access *access.Store
	Trail  *audit.Log
	trail  string // its directory
}

// newGuarded serves a county to those who are let in, until the test ends.
func newGuarded(t testing.TB, c *county.County, change ...func(*web.Options)) *guarded {
	t.Helper()
	store, err := access.Open(access.Options{Path: filepath.Join(t.TempDir(), "access.db"), Now: c.Now, Random: rand.Reader})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	log := &lockedText{}
	options := options(c, log)
	dir := t.TempDir()
	trail, err := audit.Open(audit.Options{Dir: dir, Key: trailKey(), KeepDays: audit.LeastDays, Now: c.Now, Logger: options.Logger})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, trail.Close()) })
	options.Access, options.Pages, options.Audit = store, signInPages(), trail
	for _, f := range change {
		f(&options)
	}
	w := web.New(options)
	return &guarded{site: serve(t, c, w, w.Handler(), log), Access: store, Trail: trail, trail: dir}
}

func trailKey() []byte { return bytes.Repeat([]byte{1}, audit.KeyBytes) }

func signInPages() fstest.MapFS {
	all := pages()
	for _, name := range []string{"signin.html", "wall.html"} {
		all[name] = &fstest.MapFile{Data: []byte("<!doctype html><title>" + name + "</title>")}
	}
	return all
}

// token makes a token of a role and gives its header.
func (g *guarded) token(t testing.TB, role access.Role, scope cube.Scope) http.Header {
	t.Helper()
	_, secret, err := g.Access.AddToken(access.NewToken{Name: string(role), Role: role, Scope: scope, ExpiresAt: g.Now().Add(time.Hour)}, "test")
	require.NoError(t, err)
	return http.Header{"Authorization": {"Bearer " + secret}}
}

// as asks with the header of a principal.
func (g *guarded) as(t testing.TB, who http.Header, method, path, body string) answer {
	t.Helper()
	header := who.Clone()
	if header == nil {
		header = http.Header{}
	}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return g.do(t, method, path, header, strings.NewReader(body))
}

const testPassword = "correct horse battery"

// person makes an account that can sign in.
func (g *guarded) person(t testing.TB, name string, role access.Role, areas ...string) access.Account {
	t.Helper()
	_, code, err := g.Access.Add(access.NewAccount{Name: name, Role: role, Scope: cube.Scope{Areas: areas}})
	require.NoError(t, err)
	a, err := g.Access.Redeem(t.Context(), name, code, testPassword, "test")
	require.NoError(t, err)
	return a
}

// signIn gives the cookie of a session.
func (g *guarded) signIn(t testing.TB, name string) http.Header {
	t.Helper()
	a := g.as(t, nil, http.MethodPost, "/v1/session", `{"name":"`+name+`","password":"`+testPassword+`"}`)
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	return http.Header{"Cookie": {cookieOf(t, a)}}
}

// cookieOf gives what a browser sends back of an answer's first cookie.
func cookieOf(t testing.TB, a answer) string {
	t.Helper()
	set := a.Header.Values("Set-Cookie")
	require.NotEmpty(t, set, "%d %s", a.Status, a.Body)
	pair, _, _ := strings.Cut(set[0], ";")
	return pair
}

// behindProxy makes the test's own address a trusted proxy's.
func behindProxy(o *web.Options) {
	o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
}

// unmarshal reads an answer's JSON.
func unmarshal(a answer, into any) error {
	if a.Status != http.StatusOK {
		return fmt.Errorf("status %d: %s", a.Status, a.Body)
	}
	return json.Unmarshal(a.Body, into)
}
