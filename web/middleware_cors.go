package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"reli/schemas"
)

// varyOrigin tells caches that an answer depends on who shows it.
const varyOrigin = "Origin"

// What another site's page may do where its origin is configured: read. It
// signs in with a token; cookies never go along.
const (
	corsMethods = "GET, HEAD"
	corsHeaders = "Accept, Authorization, If-None-Match"
	corsExposed = "ETag, Retry-After, Server-Timing, X-Request-Id"
	corsMaxAge  = "600" // seconds that a browser keeps the answer to its question
)

// ParseOrigins reads a comma list of the origins whose pages may read the API.
// A wildcard is no origin: whoever may read is named.
func ParseOrigins(text string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		u, err := url.Parse(part)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Contains(u.Host, "*") || u.Scheme+"://"+u.Host != part {
			return nil, schemas.BadParameter("cors-origins", "want origins like https://map.example.cn joined by commas, not %q", part)
		}
		out = append(out, strings.ToLower(part))
	}
	return out, nil
}

// crossOrigin lets pages of the configured origins read the API (the CORS
// protocol of https://fetch.spec.whatwg.org/), and answers the question that a
// browser asks before. Without origins it does nothing.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	if len(s.opt.Origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", varyOrigin)
		origin := r.Header.Get("Origin")
		if !slices.Contains(s.opt.Origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", corsMethods)
			h.Set("Access-Control-Allow-Headers", corsHeaders)
			h.Set("Access-Control-Max-Age", corsMaxAge)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.Set("Access-Control-Expose-Headers", corsExposed)
		h.Set("Timing-Allow-Origin", origin)
		next.ServeHTTP(w, r)
	})
}
