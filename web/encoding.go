package web

import (
	"net/http"
	"strconv"
	"strings"

	"reli/tiles"
)

// accepts reads an Accept-Encoding header (RFC 9110, 12.5.3): which codings
// the client takes. A coding with a quality of 0 is refused; * stands for all
// that are not named.
func accepts(header string) func(coding tiles.Encoding) bool {
	named := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		named[strings.ToLower(strings.TrimSpace(name))] = quality(params) > 0
	}
	return func(coding tiles.Encoding) bool {
		taken, ok := named[string(coding)]
		return taken || (!ok && named["*"])
	}
}

// quality reads the weight q of a coding; 1 where there is none, 0 where it
// cannot be read.
func quality(params string) float64 {
	name, text, ok := strings.Cut(params, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0
	}
	return q
}

// acceptedEncoding chooses the best encoding of a tile that the client takes.
func acceptedEncoding(header string) tiles.Encoding {
	takes := accepts(header)
	for _, e := range []tiles.Encoding{tiles.EncodingZstd, tiles.EncodingBrotli, tiles.EncodingGzip} {
		if takes(e) {
			return e
		}
	}
	return tiles.EncodingNone
}

// plainSpeech leaves of Accept-Encoding what the client really takes: the
// compression of the router looks for names only.
func plainSpeech(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if accepts(r.Header.Get("Accept-Encoding"))(tiles.EncodingGzip) {
			r.Header.Set("Accept-Encoding", string(tiles.EncodingGzip))
		} else {
			r.Header.Del("Accept-Encoding")
		}
		next.ServeHTTP(w, r)
	})
}
