package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/test/county"
	"reli/web"
	"reli/web/access"
)

func TestOriginsAreNamedOneByOne(t *testing.T) {
	origins, err := web.ParseOrigins(" https://map.example.cn, http://localhost:3000 ,")
	require.NoError(t, err)
	require.Equal(t, []string{"https://map.example.cn", "http://localhost:3000"}, origins)
	none, err := web.ParseOrigins("")
	require.NoError(t, err)
	require.Empty(t, none)
	for _, bad := range []string{"*", "null", "map.example.cn", "https://*.example.cn", "https://map.example.cn/", "https://map.example.cn/path",
		"file:///x", "https://user@map.example.cn", "https://map.example.cn?x", "https://"} {
		_, err := web.ParseOrigins(bad)
		require.ErrorContains(t, err, "cors-origins", bad)
	}
}

func TestPagesOfConfiguredOriginsMayReadAndNoOthers(t *testing.T) {
	const ours, other = "https://map.example.cn", "https://evil.example"
	g := newGuarded(t, county.Shared(t), func(o *web.Options) { o.Origins = []string{ours} })
	token := g.token(t, access.RoleLeader, cube.Scope{})
	path := g.middle("grid", 9) + year
	with := func(origin string) http.Header {
		h := token.Clone()
		h.Set("Origin", origin)
		return h
	}
	for range 2 { // the second time from memory
		read := g.as(t, with(ours), http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, read.Status)
		require.Equal(t, []string{ours}, read.Header.Values("Access-Control-Allow-Origin"))
		require.Contains(t, read.Header.Get("Access-Control-Expose-Headers"), "ETag")
		require.Contains(t, read.Header.Values("Vary"), "Origin")
		require.Contains(t, read.Header.Values("Vary"), "Accept-Encoding")
		require.Empty(t, read.Header.Get("Access-Control-Allow-Credentials"), "cookies must never go along")
	}
	for _, origin := range []string{other, "null", "http://map.example.cn", ours + ".evil.example", ours + ":444"} {
		refused := g.as(t, with(origin), http.MethodGet, path, "")
		require.Empty(t, refused.Header.Get("Access-Control-Allow-Origin"), origin)
		require.Contains(t, refused.Header.Values("Vary"), "Origin")
	}
	problem := g.as(t, with(ours), http.MethodGet, path+"&nosuch=1", "")
	require.Equal(t, http.StatusBadRequest, problem.Status)
	require.Equal(t, ours, problem.Header.Get("Access-Control-Allow-Origin"), "a page may read what was wrong")
	require.Empty(t, g.as(t, with(ours), http.MethodGet, "/", "").Header.Get("Access-Control-Allow-Origin"), "the API, not the pages")
}

func TestTheBrowsersQuestionIsAnsweredWithoutSignIn(t *testing.T) {
	const ours = "https://map.example.cn"
	g := newGuarded(t, county.Shared(t), func(o *web.Options) { o.Origins = []string{ours} })
	question := http.Header{"Origin": {ours}, "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization"}}
	a := g.as(t, question, http.MethodOptions, g.middle("grid", 9)+year, "")
	require.Equal(t, http.StatusNoContent, a.Status)
	require.Equal(t, ours, a.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "GET, HEAD", a.Header.Get("Access-Control-Allow-Methods"), "other sites may read and nothing else")
	require.Contains(t, a.Header.Get("Access-Control-Allow-Headers"), "Authorization")
	require.NotEmpty(t, a.Header.Get("Access-Control-Max-Age"))
	require.Empty(t, a.Body)

	question.Set("Origin", "https://evil.example")
	require.Empty(t, g.as(t, question, http.MethodOptions, g.middle("grid", 9)+year, "").Header.Get("Access-Control-Allow-Origin"))
	write := g.as(t, http.Header{"Origin": {ours}, "Sec-Fetch-Site": {"cross-site"}}, http.MethodPost, "/v1/incidents", "{}")
	require.Equal(t, http.StatusForbidden, write.Status)
}

func TestWithoutOriginsNoOtherSiteMayRead(t *testing.T) {
	s := newSite(t, county.Shared(t))
	h := http.Header{"Origin": {"https://map.example.cn"}, "Access-Control-Request-Method": {"GET"}}
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		a := s.do(t, method, s.middle("grid", 9)+year, h, nil)
		require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"))
		require.NotContains(t, a.Header.Values("Vary"), "Origin")
	}
}
