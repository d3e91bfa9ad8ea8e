package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/web/access"
)

type whoAmI struct {
	SignedIn  bool `json:"signed_in"`
	Open      bool
	Principal *struct {
		ID, Name string
		Role     access.Role
		Scope    cube.Scope
	}
	May    []access.Action
	SignIn struct{ Password, OIDC, First bool } `json:"sign_in"`
}

func (g *guarded) whoIs(t testing.TB, who http.Header) whoAmI {
	t.Helper()
	var w whoAmI
	a := g.as(t, who, http.MethodGet, "/v1/session", "")
	require.Equal(t, http.StatusOK, a.Status)
	require.NoError(t, json.Unmarshal(a.Body, &w))
	return w
}

// The whole way of a first start: the code, the administrator, an account, its
// owner, and his end.
func TestFromTheFirstCodeToASignOut(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	township := c.Store.Current().Catalogue.Tree.AtLevel(2)[0].Code
	code, err := g.Access.FirstCode()
	require.NoError(t, err)
	before := g.whoIs(t, nil)
	require.False(t, before.SignedIn)
	require.True(t, before.SignIn.First)
	require.True(t, before.SignIn.Password)
	requireProblem(t, g.as(t, nil, "POST", "/v1/session/first", `{"name":"chief","code":"AAAAA","password":"`+testPassword+`"}`), 401, "sign_in_denied")
	requireProblem(t, g.as(t, nil, "POST", "/v1/session/first", `{"name":"chief","code":"`+code+`","password":"short"}`), 400, "bad_parameter")
	a := g.as(t, nil, "POST", "/v1/session/first", `{"name":"chief","code":"`+strings.ToLower(code)+`","password":"`+testPassword+`"}`)
	require.Equal(t, 200, a.Status, "%s", a.Body)
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	chief := http.Header{"Cookie": {cookieOf(t, a)}}
	now := g.whoIs(t, chief)
	require.Equal(t, access.RoleAdministrator, now.Principal.Role)
	require.Contains(t, now.May, access.ActionAccounts)
	require.False(t, now.SignIn.First)

	requireProblem(t, g.as(t, chief, "POST", "/v1/users", `{"name":"zhang","role":"township","scope":{"areas":["nowhere"]}}`), 400, "unknown_area")
	a = g.as(t, chief, "POST", "/v1/users", `{"name":"zhang","display":"张","role":"township","scope":{"areas":["`+township+`"]}}`)
	require.Equal(t, 200, a.Status, "%s", a.Body)
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	var made struct {
		User struct {
			ID          string
			HasPassword bool `json:"has_password"`
		}
		Code string
	}
	require.NoError(t, json.Unmarshal(a.Body, &made))
	requireProblem(t, g.as(t, chief, "POST", "/v1/users", `{"name":"ZHANG","role":"leader"}`), 409, "conflict")
	a = g.as(t, nil, "POST", "/v1/session/first", `{"name":"zhang","code":"`+made.Code+`","password":"`+testPassword+`"}`)
	zhang := http.Header{"Cookie": {cookieOf(t, a)}}
	require.Equal(t, []string{township}, g.whoIs(t, zhang).Principal.Scope.Areas)
	requireProblem(t, g.as(t, zhang, "GET", "/v1/users", ""), 403, "forbidden")

	list := string(g.as(t, chief, "GET", "/v1/users", "").Body)
	require.Contains(t, list, `"name":"zhang"`)
	for _, secret := range []string{"argon2", made.Code, `"hash"`, `"code"`} {
		require.NotContains(t, list, secret)
	}
	require.Equal(t, 200, g.as(t, chief, "PATCH", "/v1/users/zhang", `{"disabled":true}`).Status)
	requireProblem(t, g.as(t, zhang, "GET", "/v1/series", ""), 401, "sign_in_required")
	requireProblem(t, g.as(t, nil, "POST", "/v1/session", `{"name":"zhang","password":"`+testPassword+`"}`), 401, "sign_in_denied")
	requireProblem(t, g.as(t, chief, "PATCH", "/v1/users/chief", `{"role":"leader"}`), 409, "conflict")
	require.Equal(t, 204, g.as(t, chief, "DELETE", "/v1/users/"+made.User.ID, "").Status)

	a = g.as(t, chief, "DELETE", "/v1/session", "")
	require.Equal(t, 204, a.Status)
	require.Contains(t, a.Header.Get("Set-Cookie"), "Max-Age=0")
	require.Equal(t, `"cache"`, a.Header.Get("Clear-Site-Data"))
	requireProblem(t, g.as(t, chief, "GET", "/v1/series", ""), 401, "sign_in_required")
	for _, secret := range []string{testPassword, code, made.Code, strings.SplitN(chief.Get("Cookie"), "=", 2)[1]} {
		require.NotContains(t, g.Log.String(), secret, "no secret is in the log")
	}
}

func TestTheSessionsCookieIsHeldToThisSite(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c, behindProxy)
	g.person(t, "wang", access.RoleLeader)
	body := `{"name":"wang","password":"` + testPassword + `"}`
	tls := http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"203.0.113.5"}}
	a := g.as(t, tls, "POST", "/v1/session", body)
	require.Equal(t, 200, a.Status, "%s", a.Body)
	set := a.Header.Get("Set-Cookie")
	require.Regexp(t, `^__Host-reli_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax$`, set)
	require.Equal(t, "max-age=31536000", a.Header.Get("Strict-Transport-Security"))
	secret := strings.TrimPrefix(cookieOf(t, a), "__Host-reli_session=")
	here := func(header http.Header, cookie string) bool {
		header = header.Clone()
		header.Set("Cookie", cookie)
		return g.whoIs(t, header).SignedIn
	}
	require.True(t, here(tls, "__Host-reli_session="+secret))
	require.False(t, here(tls, "reli_session="+secret), "another host could have set it")

	plain := http.Header{"X-Forwarded-For": {"203.0.113.5"}}
	requireProblem(t, g.as(t, plain, "POST", "/v1/session", body), 403, "insecure_transport")
	require.False(t, here(plain, "reli_session="+secret), "it would have been read on the way")
	require.Empty(t, g.as(t, plain, "GET", "/v1/session", "").Header.Get("Strict-Transport-Security"))

	local := http.Header{"X-Forwarded-For": {"127.0.0.1"}}
	a = g.as(t, local, "POST", "/v1/session", body)
	require.Regexp(t, `^reli_session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax$`, a.Header.Get("Set-Cookie"))
}

func TestASignInIsRefusedInOneWay(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	g.person(t, "known", access.RoleLeader)
	answers := map[string]bool{}
	for _, body := range []string{`{"name":"known","password":"wrong password 1"}`, `{"name":"unknown","password":"wrong password 1"}`,
		`{"name":"known","password":""}`, `{"name":"","password":""}`} {
		a := g.as(t, nil, "POST", "/v1/session", body)
		p := requireProblem(t, a, 401, "sign_in_denied")
		require.Empty(t, a.Header.Get("Set-Cookie"))
		answers[p.Detail+p.Title+fmt.Sprint(len(a.Body))] = true
	}
	require.Len(t, answers, 1)
	for _, name := range []string{"known", "unknown"} {
		var a answer
		for tries := 0; tries < 14 && a.Status != 429; tries++ { // a slow machine outlives the first, short locks
			a = g.as(t, nil, "POST", "/v1/session", `{"name":"`+name+`","password":"wrong password 1"}`)
		}
		requireProblem(t, a, 429, "too_many_requests")
		require.Regexp(t, `^[1-9][0-9]*$`, a.Header.Get("Retry-After"))
	}
}

func TestBadFormsAreRefused(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c, behindProxy)
	for i, body := range []string{`{`, `[]`, `{"name":1}`, `{"name":"a","role":"x"}`, `{"name":"a"}{"name":"b"}`, `null x`} {
		header := http.Header{"X-Forwarded-For": {fmt.Sprintf("127.0.0.%d", i+1)}}
		requireProblem(t, g.as(t, header, "POST", "/v1/session", body), 400, "bad_input")
	}
	requireProblem(t, g.as(t, nil, "POST", "/v1/session", `{"name":"`+strings.Repeat("x", 100<<10)+`"}`), 413, "too_large")
	requireProblem(t, g.do(t, "POST", "/v1/session", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader("name=a&password=b")), 415, "bad_input")
}

func TestPagesAskForASignIn(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	g.person(t, "wang", access.RoleLeader)
	for path, next := range map[string]string{"/": "%2F", "/wall": "%2Fwall", "/wall.html?x=1": "%2Fwall.html%3Fx%3D1", "/nothing": "%2Fnothing", "/signin/..": "%2Fsignin%2F.."} {
		a := g.get(t, path)
		require.Equal(t, 303, a.Status, path)
		require.Equal(t, "/signin?next="+next, a.Header.Get("Location"))
		require.NotContains(t, string(a.Body), "热力")
	}
	for _, path := range []string{"/signin", "/signin.html", "/assets/app-abc123.js", "/healthz", "/readyz"} {
		require.Equal(t, 200, g.get(t, path).Status, path)
	}
	require.Equal(t, 200, g.as(t, g.signIn(t, "wang"), "GET", "/wall", "").Status)
}

func TestAKiosksAddressWorksOnce(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	token, secret, err := g.Access.AddToken(access.NewToken{Name: "hall", Kiosk: true, ExpiresAt: g.Now().Add(240 * time.Hour)}, "test")
	require.NoError(t, err)
	a := g.get(t, "/wall?theme=dark&kiosk="+secret)
	require.Equal(t, 303, a.Status)
	require.Equal(t, "/wall?theme=dark", a.Header.Get("Location"))
	require.Contains(t, a.Header.Get("Set-Cookie"), "Expires=", "a display is switched off at night")
	wall := http.Header{"Cookie": {cookieOf(t, a)}}
	require.Equal(t, 200, g.as(t, wall, "GET", "/wall?theme=dark", "").Status)
	require.Equal(t, access.RoleWall, g.whoIs(t, wall).Principal.Role)
	requireProblem(t, g.as(t, wall, "GET", "/v1/users", ""), 403, "forbidden")
	for _, again := range []string{secret, "reli_kiosk_x", ""} {
		a = g.get(t, "/wall?kiosk="+again)
		require.Equal(t, 303, a.Status)
		require.Contains(t, a.Header.Get("Location"), "/signin")
		require.Empty(t, a.Header.Get("Set-Cookie"))
	}
	requireProblem(t, g.as(t, http.Header{"Authorization": {"Bearer " + secret}}, "GET", "/v1/series", ""), 401, "sign_in_required")
	require.NotContains(t, g.Log.String(), secret)
	require.Contains(t, g.Log.String(), "kiosk=hidden")
	require.NoError(t, g.Access.RevokeToken(token.ID))
	require.False(t, g.whoIs(t, wall).SignedIn)
}

// An open stream of events ends when its reader may no longer read.
func TestARevokedReaderHearsNoMore(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	token, secret, err := g.Access.AddToken(access.NewToken{Name: "x", Role: access.RoleLeader, ExpiresAt: g.Now().Add(time.Hour)}, "test")
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), "GET", g.URL+"/v1/events", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := g.client.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	require.True(t, lines.Scan())
	require.NoError(t, g.Access.RevokeToken(token.ID))
	for lines.Scan() { // ends, or the test's time does
	}
	require.NoError(t, lines.Err(), "ended in good order")
}
