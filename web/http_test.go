package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"reli/geo/tile"
	"reli/test/county"
	"reli/tiles/mvt"
)

// middle is the address of a tile in the middle of the county, without a
// query.
func (s *site) middle(layers string, zoom int) string {
	return fmt.Sprintf("/v1/tiles/%s/%s.mvt", layers, tile.At(s.Store.Current().Catalogue.Bounds.Center(), zoom))
}

func decompress(t *testing.T, a answer) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(a.Body)
	switch coding := a.Header.Get("Content-Encoding"); coding {
	case "":
	case "gzip":
		z, err := gzip.NewReader(r)
		require.NoError(t, err)
		r = z
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		z, err := zstd.NewReader(r)
		require.NoError(t, err)
		defer z.Close()
		r = z
	default:
		require.Fail(t, "unknown coding", coding)
	}
	out, err := io.ReadAll(r)
	require.NoError(t, err)
	return out
}

const year = "?from=2025-01-01&to=2026-01-01"

func TestEveryCodingHoldsTheSameTile(t *testing.T) {
	s := newSite(t, county.Shared(t))
	path := s.middle("grid,hex", 9) + year
	plain := s.get(t, path)
	require.Empty(t, plain.Header.Get("Content-Encoding"))
	_, err := mvt.Decode(plain.Body)
	require.NoError(t, err)
	tags := map[string]string{}
	for accept, coding := range map[string]string{
		"gzip": "gzip", "br": "br", "zstd": "zstd", "GZIP": "gzip", "gzip, deflate, br, zstd": "zstd", "gzip, br": "br",
		"identity": "", "deflate": "", "": "", "gzip;q=0": "", "gzip; q=0.000": "", "gzip;Q=0": "", "zstd;q=0, br;q=0,gzip": "gzip",
		"br;q=0.5, zstd;q=0": "br", "*": "zstd", "*;q=0": "", "*, zstd;q=0": "br", "gzip;q=nonsense": "", "x-gzip": "",
	} {
		a := s.get(t, path, "Accept-Encoding", accept)
		require.Equal(t, coding, a.Header.Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", a.Header.Get("Vary"), accept)
		require.Equal(t, "application/vnd.mapbox-vector-tile", a.Header.Get("Content-Type"))
		require.Equal(t, fmt.Sprint(len(a.Body)), a.Header.Get("Content-Length"))
		require.True(t, bytes.Equal(plain.Body, decompress(t, a)), accept)
		require.NotContains(t, a.Header.Get("ETag"), "W/", "equal bytes have equal tags")
		if tag, ok := tags[coding]; ok {
			require.Equal(t, tag, a.Header.Get("ETag"))
		}
		tags[coding] = a.Header.Get("ETag")
	}
	require.Len(t, map[string]bool{tags[""]: true, tags["gzip"]: true, tags["br"]: true, tags["zstd"]: true}, 4,
		"other bytes have other tags")
}

func TestJSONAndPagesAreCompressedForThoseWhoTakeIt(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{"/v1/areas?level=grid", "/v1/dictionaries", "/assets/app-abc123.js"} {
		plain := s.get(t, path)
		require.Empty(t, plain.Header.Get("Content-Encoding"))
		for accept, coding := range map[string]string{"gzip, br": "gzip", "gzip;q=0": "", "*": "gzip", "br": ""} {
			a := s.get(t, path, "Accept-Encoding", accept)
			require.Equal(t, coding, a.Header.Get("Content-Encoding"), "%s with %q", path, accept)
			require.True(t, bytes.Equal(plain.Body, decompress(t, a)), path)
			require.Equal(t, plain.Header.Get("ETag"), a.Header.Get("ETag"))
			if coding != "" {
				require.Equal(t, "Accept-Encoding", a.Header.Get("Vary"))
			}
		}
	}
}

func TestWhatTheClientHasIsNotSentAgain(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{s.middle("grid", 9) + year, "/v1/legend" + year + "&layer=grid", "/v1/series" + year, "/v1/areas?level=township",
		"/v1/dictionaries", "/v1/breakdown" + year + "&by=category", "/v1/tiles/grid.json" + year, "/v1/styles/hex.json" + year} {
		first := s.get(t, path, "Accept-Encoding", "gzip")
		require.Equal(t, http.StatusOK, first.Status, path)
		tag := first.Header.Get("ETag")
		require.NotEmpty(t, tag, path)
		for _, given := range []string{tag, "W/" + strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			again := s.get(t, path, "Accept-Encoding", "gzip", "If-None-Match", given)
			require.Equal(t, http.StatusNotModified, again.Status, "%s with %s", path, given)
			require.Empty(t, again.Body)
			require.Equal(t, tag, again.Header.Get("ETag"))
			require.Equal(t, first.Header.Get("Cache-Control"), again.Header.Get("Cache-Control"))
		}
		other := s.get(t, path, "Accept-Encoding", "gzip", "If-None-Match", `"other"`)
		require.Equal(t, http.StatusOK, other.Status)
		require.Equal(t, first.Body, other.Body, "equal questions have equal answers")
	}
}

func TestHEADTellsWhatGETWouldSend(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{s.middle("hex", 9) + year, s.middle("hex", 9) + "?from=1990-01-01&to=1990-02-01", "/v1/legend" + year + "&layer=grid",
		"/v1/areas?level=grid", "/", "/healthz", "/readyz", "/openapi.yaml"} {
		get, head := s.get(t, path), s.do(t, http.MethodHead, path, nil, nil)
		require.Equal(t, get.Status, head.Status, path)
		require.Empty(t, head.Body)
		for _, name := range []string{"Content-Type", "ETag", "Cache-Control", "Vary", "Content-Encoding"} {
			require.Equal(t, get.Header.Get(name), head.Header.Get(name), "%s of %s", name, path)
		}
	}
	require.Equal(t, http.StatusOK, s.do(t, http.MethodHead, "/v1/events", nil, nil).Status, "HEAD of a stream ends")
	require.Equal(t, http.StatusMethodNotAllowed, s.do(t, http.MethodHead, "/v1/incidents", nil, nil).Status)
}

func TestHowLongATileMayBeKept(t *testing.T) {
	s := newSite(t, county.Shared(t))
	version := fmt.Sprint(s.Store.Current().Version)
	path := s.middle("grid", 9)
	for query, want := range map[string]string{
		"?from=2025-01-01&to=2025-02-01": "private, max-age=300",
		"?from=2025-12-01&to=2026-01-02": "private, max-age=5",
		"":                               "private, max-age=5",
		"?from=2025-01-01&to=2025-02-01&v=" + version:         "private, max-age=31536000, immutable",
		"?from=2025-12-01&to=2026-01-02&v=" + version:         "private, max-age=31536000, immutable",
		"?from=2025-01-01&to=2025-02-01&v=" + version + "1":   "private, max-age=300",
		"?from=2025-12-01&to=2026-01-02&v=0":                  "private, max-age=5",
		"?from=2025-12-01&to=2026-01-02&v=%20" + version + "": "private, max-age=5",
	} {
		a := s.get(t, path+query)
		require.Equal(t, want, a.Header.Get("Cache-Control"), query)
		require.Contains(t, a.Header.Get("Server-Timing"), `, data;desc="`+version+`"`)
	}
}

func TestServerTimingTellsWhoAnswered(t *testing.T) {
	s := newSite(t, county.Shared(t))
	path := s.middle("grid", 9) + "?from=2025-04-03&to=2025-05-09"
	form := regexp.MustCompile(`^tile;dur=\d+\.\d\d;desc="resident(, cached)?", data;desc="\d+"$`)
	first, again := s.get(t, path).Header.Get("Server-Timing"), s.get(t, path).Header.Get("Server-Timing")
	require.Regexp(t, form, first)
	require.Regexp(t, form, again)
	require.NotContains(t, first, "cached")
	require.Contains(t, again, "cached")
}

func TestATileOfNothingIsEmpty(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{"/v1/tiles/grid/9/0/0.mvt", "/v1/tiles/hex/9/0/0.mvt" + year, s.middle("hex", 9) + "?from=1990-01-01&to=1990-02-01"} {
		for _, coding := range []string{"", "gzip"} {
			a := s.get(t, path, "Accept-Encoding", coding)
			require.Equal(t, http.StatusNoContent, a.Status, path)
			require.Empty(t, a.Body)
			require.NotEmpty(t, a.Header.Get("ETag"))
			require.Empty(t, a.Header.Get("Content-Encoding"))
		}
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, path := range []string{"/", "/assets/app-abc123.js", "/v1/dictionaries", s.middle("grid", 9) + "?from=x", "/v1/nowhere", "/v1/series?from=x", "/healthz"} {
		h := s.get(t, path).Header
		csp := h.Get("Content-Security-Policy")
		require.Contains(t, csp, "default-src 'self'", path)
		require.Contains(t, csp, "frame-ancestors 'none'", path)
		require.NotContains(t, csp, "http", "nothing from elsewhere")
		require.NotContains(t, csp, "unsafe-eval")
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Empty(t, h.Get("Access-Control-Allow-Origin"), "no other site may read answers")
	}
}

// TestATileCarriesTheHeadersThatMeanSomethingForIt holds also that they are few:
// from nine on, a remembered tile costs a third more to write.
func TestATileCarriesTheHeadersThatMeanSomethingForIt(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for range 2 { // new, then remembered
		a := s.get(t, s.middle("grid", 9)+year, "Accept-Encoding", "gzip")
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "gzip", a.Header.Get("Content-Encoding"))
		for _, name := range []string{"Content-Type", "Content-Length", "Etag", "Cache-Control", "Vary", "Server-Timing"} {
			require.NotEmpty(t, a.Header.Get(name), name)
		}
		a.Header.Del("X-Request-Id") // of a new one, which has a line in the log
		a.Header.Del("Date")
		require.Len(t, a.Header, 8)
		require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), "no other site may read answers")
	}
}

func TestEveryRequestHasAnIDOfItsOwnInAnswerAndLog(t *testing.T) {
	s := newSite(t, county.Shared(t))
	seen := map[string]bool{}
	for range 200 {
		id := s.get(t, "/healthz", "X-Request-Id", "chosen-by-the-client").Header.Get("X-Request-Id")
		require.Regexp(t, `^[0-9a-f]{16}$`, id)
		require.False(t, seen[id])
		seen[id] = true
	}
	log := s.Log.String()
	for id := range seen {
		require.Equal(t, 1, strings.Count(log, "request_id="+id))
	}
	require.NotContains(t, log, "chosen-by-the-client")
}

func TestPagesAreKeptByTheirNames(t *testing.T) {
	s := newSite(t, county.Shared(t))
	page, asset := s.get(t, "/"), s.get(t, "/assets/app-abc123.js")
	require.Contains(t, string(page.Body), "热力")
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Equal(t, "no-cache", page.Header.Get("Cache-Control"))
	require.Equal(t, "public, max-age=31536000, immutable", asset.Header.Get("Cache-Control"))
	fonts := s.get(t, "/fonts.css") // its name in assets changes with its content
	require.Equal(t, s.get(t, "/assets/fonts-d4.css").Body, fonts.Body)
	require.Equal(t, "text/css; charset=utf-8", fonts.Header.Get("Content-Type"))
	require.Equal(t, "no-cache", fonts.Header.Get("Cache-Control"))
	requireProblem(t, s.get(t, "/assets/"), http.StatusNotFound, "not_found")
	requireProblem(t, s.get(t, "/assets/gone.js"), http.StatusNotFound, "not_found")
}

func TestAPanicIsAnswered500AndTheServerGoesOn(t *testing.T) {
	s := newSite(t, county.Shared(t))
	broken := serve(t, s.County, s.Web, s.Web.Panicking(func(http.ResponseWriter) {}), s.Log)
	a := broken.get(t, "/panic")
	p := requireProblem(t, a, http.StatusInternalServerError, "internal")
	require.NotContains(t, string(a.Body), "secret", "internal text goes to the log only")
	require.Contains(t, s.Log.String(), "row 17 of the secret table")
	require.Contains(t, s.Log.String(), p.RequestID)
	require.Equal(t, http.StatusInternalServerError, broken.get(t, "/panic").Status, "the server goes on")
	require.Contains(t, s.Log.String(), "status=500")
}
