package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/web"
	"reli/web/access"
)

// lastRemote gives the address that the log has of the last request.
func (s *site) lastRemote(t testing.TB) string {
	t.Helper()
	_, rest, ok := cutLast(s.Log.String(), " remote=")
	require.True(t, ok)
	return strings.Fields(rest)[0]
}

func cutLast(text, mark string) (before, after string, ok bool) {
	i := strings.LastIndex(text, mark)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(mark):], true
}

func TestOnlyAListedProxySpeaksForAnother(t *testing.T) {
	c := county.Shared(t)
	trusted, plain := newGuarded(t, c, behindProxy), newGuarded(t, c)
	for forwarded, want := range map[string]string{
		"": "127.0.0.1", "203.0.113.7": "203.0.113.7", "198.51.100.1, 203.0.113.7": "203.0.113.7", "203.0.113.7, 10.1.2.3": "203.0.113.7",
		"evil, 203.0.113.7, 10.1.2.3, 10.9.9.9": "203.0.113.7", "evil": "127.0.0.1", "203.0.113.7, evil": "127.0.0.1",
		"10.0.0.1": "10.0.0.1", "::ffff:203.0.113.7": "203.0.113.7", "2001:db8::1": "2001:db8::1", "127.0.0.1:80": "127.0.0.1",
	} {
		header := []string{}
		if forwarded != "" {
			header = []string{"X-Forwarded-For", forwarded}
		}
		trusted.get(t, "/healthz", header...)
		require.Equal(t, want, trusted.lastRemote(t), forwarded)
		plain.get(t, "/healthz", header...)
		require.Equal(t, "127.0.0.1", plain.lastRemote(t), forwarded)
	}
	require.NotEmpty(t, trusted.get(t, "/healthz", "X-Forwarded-Proto", "https").Header.Get("Strict-Transport-Security"))
	require.Empty(t, trusted.get(t, "/healthz", "X-Forwarded-Proto", "https, http").Header.Get("Strict-Transport-Security"), "the nearest proxy counts")
	require.Empty(t, plain.get(t, "/healthz", "X-Forwarded-Proto", "https").Header.Get("Strict-Transport-Security"))
	for _, bad := range []string{"x", "10.0.0.0/33", "10.0.0.1,,x"} {
		_, err := web.ParseProxies(bad)
		require.Error(t, err, bad)
	}
	list, err := web.ParseProxies(" 10.0.0.1, 192.168.0.7/16 ,::1")
	require.NoError(t, err)
	require.Equal(t, "[10.0.0.1/32 192.168.0.0/16 ::1/128]", fmt.Sprint(list))
}

func TestAnotherSitesPageChangesNothing(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	g.person(t, "chief", access.RoleAdministrator)
	chief := g.signIn(t, "chief")
	for name, header := range map[string]http.Header{
		"fetch metadata": {"Sec-Fetch-Site": {"cross-site"}}, "a sister's": {"Sec-Fetch-Site": {"same-site"}}, "an old browser": {"Origin": {"https://evil.example"}},
	} {
		header.Set("Cookie", chief.Get("Cookie"))
		for _, request := range []string{"POST /v1/users", "DELETE /v1/session", "POST /v1/session", "POST /v1/incidents"} {
			method, path, _ := strings.Cut(request, " ")
			requireProblem(t, g.as(t, header, method, path, `{}`), 403, "cross_origin")
		}
		require.Equal(t, 200, g.as(t, header, "GET", "/v1/session", "").Status, name)
	}
	own := chief.Clone()
	own.Set("Sec-Fetch-Site", "same-origin")
	require.Equal(t, 400, g.as(t, own, "POST", "/v1/users", `{}`).Status)
}

// A name that another site made to mean this machine opens nothing.
func TestAnOpenServerAnswersToThisMachinesNamesOnly(t *testing.T) {
	c := county.Shared(t)
	handler := newSite(t, c).Web.Handler()
	for host, status := range map[string]int{"localhost:8080": 200, "127.0.0.1": 200, "[::1]:80": 200, "127.9.9.9:1": 200, "localhost": 200, "[::1]": 200,
		"evil.example": 403, "evil.example:8080": 403, "localhost.evil.example": 403, "192.0.2.1": 403, "0.0.0.0:80": 403, "": 403} {
		r := httptest.NewRequest("GET", "/v1/dictionaries", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, host)
	}
	g := newGuarded(t, c)
	r := httptest.NewRequest("GET", "/v1/session", nil)
	r.Host = "reli.county.example"
	w := httptest.NewRecorder()
	g.Web.Handler().ServeHTTP(w, r)
	require.Equal(t, 200, w.Code, "with sign-in any name will do")
}

func TestWhoAsksTooOftenWaits(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c, behindProxy)
	who := g.token(t, access.RoleWall, cube.Scope{})
	handler := g.Web.Handler()
	ask := func(address string, header http.Header, method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(`{"name":"x","password":"y"}`))
		r.RemoteAddr = address
		r.Header.Set("Content-Type", "application/json")
		for name, values := range header {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	limited := func(most int, address func(i int) string, header http.Header, method, path string) int {
		for i := range most {
			if w := ask(address(i), header, method, path); w.Code == 429 {
				require.Regexp(t, `^[1-9][0-9]*$`, w.Header().Get("Retry-After"))
				require.Contains(t, w.Body.String(), `"code":"too_many_requests"`)
				return i
			}
		}
		return most
	}
	same := func(address string) func(int) string { return func(int) string { return address } }
	// The buckets fill while the loop runs: no fewer than the burst pass, and not all.
	require.InDelta(t, 2000, limited(20_000, func(i int) string { return fmt.Sprintf("203.0.113.%d:1", i%250) }, who, "GET", "/v1/events/"), 8000, "of one principal")
	require.Equal(t, 200, ask("203.0.113.1:1", g.token(t, access.RoleWall, cube.Scope{}), "GET", "/v1/session").Code, "another principal goes on")
	passed := limited(60, same("198.51.100.7:1"), nil, "POST", "/v1/session/first")
	require.GreaterOrEqual(t, passed, 30)
	require.Less(t, passed, 60, "sign-ins are bounded")
	require.NotEqual(t, 429, ask("198.51.100.8:1", nil, "POST", "/v1/session/first").Code, "another address goes on")
	network := func(i int) string { return fmt.Sprintf("[2001:db8:0:1::%x]:1", i+1) }
	require.Less(t, limited(60, network, nil, "POST", "/v1/session/first"), 60, "a network of version 6 is one")
}

func TestMetricsTellOfRoutesAndOfNobody(t *testing.T) {
	c := county.Shared(t)
	g := newGuarded(t, c)
	g.person(t, "wang", access.RoleLeader)
	wang := g.signIn(t, "wang")
	g.as(t, wang, "GET", "/v1/areas/990101", "")
	g.as(t, wang, "BREW", "/v1/areas", "")
	g.get(t, "/nothing/at/all")
	w := httptest.NewRecorder()
	g.Web.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	for _, line := range []string{`reli_requests_total{method="GET",route="/v1/areas/{code}",status="`, `reli_requests_total{method="other"`, "reli_data_version ", "reli_sessions 1", "go_goroutines"} {
		require.Contains(t, string(text), line)
	}
	for _, no := range []string{"wang", "990101", "BREW", "nothing/at", "127.0.0.1"} {
		require.NotContains(t, string(text), no)
	}
	require.Equal(t, 303, g.get(t, "/metrics").Status, "not where people come in")
}
