package tiles

import (
	"bytes"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Levels are chosen for tiles made on demand: see docs/performance.md.
const (
	gzipLevel   = 4
	brotliLevel = 3
)

// compress never fails: it writes to memory, with levels that are valid.
func compress(body []byte, e Encoding) []byte {
	var out bytes.Buffer
	switch e {
	case EncodingGzip:
		w, _ := gzip.NewWriterLevel(&out, gzipLevel)
		_, _ = w.Write(body)
		_ = w.Close()
	case EncodingBrotli:
		w := brotli.NewWriterLevel(&out, brotliLevel)
		_, _ = w.Write(body)
		_ = w.Close()
	case EncodingZstd:
		w, _ := zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
		_, _ = w.Write(body)
		_ = w.Close()
	default:
		return body
	}
	return out.Bytes()
}
