package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/test/county"
	"reli/tiles"
	"reli/web"
	"reli/web/audit"
)

// discarded is an answer that nobody reads.
type discarded struct {
	header http.Header
	status int
	bytes  int
}

func (d *discarded) Header() http.Header { return d.header }

func (d *discarded) WriteHeader(status int) { d.status = status }

func (d *discarded) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

// BenchmarkWarmTileThroughTheHandler is the handler alone, without a
// connection, without and with an audit trail.
func BenchmarkWarmTileThroughTheHandler(b *testing.B) {
	c := county.Shared(b)
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	trail, err := audit.Open(audit.Options{Dir: b.TempDir(), Key: trailKey(), KeepDays: audit.LeastDays, Now: c.Now, Logger: logger})
	require.NoError(b, err)
	defer trail.Close()
	for name, kept := range map[string]*audit.Log{"bare": nil, "audited": trail} {
		w := web.New(web.Options{DB: c.DB, Store: c.Store, Ingest: c.Ingest, Now: c.Now, Pages: pages(), Audit: kept,
			Tiles: tiles.NewServer(tiles.Options{Store: c.Store, CacheBytes: 64 << 20}), Logger: logger})
		defer w.Close()
		handler := w.Handler()
		s := &site{County: c}
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+s.middle("grid", 11)+year, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out := &discarded{header: http.Header{}, status: http.StatusOK}
				handler.ServeHTTP(out, r)
				if out.status != http.StatusOK || out.bytes == 0 {
					b.Fatal(out.status)
				}
			}
		})
	}
}

// BenchmarkWarmTileOverHTTP is the same over a connection, beside a handler
// that writes the same bytes and does nothing else.
func BenchmarkWarmTileOverHTTP(b *testing.B) {
	s := newSite(b, county.Shared(b))
	path := s.middle("grid", 11) + year
	first := s.get(b, path, "Accept-Encoding", "gzip")
	require.Equal(b, http.StatusOK, first.Status)
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(first.Body) }))
	defer bare.Close()
	for name, address := range map[string]string{"tile": s.URL + path, "bare": bare.URL} {
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r, err := http.NewRequest(http.MethodGet, address, nil)
					if err != nil {
						b.Error(err)
						return
					}
					r.Header.Set("Accept-Encoding", "gzip")
					resp, err := s.client.Do(r)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			})
		})
	}
}
