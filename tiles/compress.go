package tiles

import (
	"bytes"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Levels are chosen for tiles made on demand: see docs/performance.md.
const (
	gzipLevel   = 4
	brotliLevel = 3
	// largeBody is from where a tenth fewer bytes are worth half again the
	// time: a county in one tile, not what a map is panned through.
	largeBody      = 256 << 10
	largeGzipLevel = 6
)

// compressors are used again: the tables of a new one cost ten times what
// the compression of a tile does.
type compressors struct{ gzip, largeGzip, brotli, zstd sync.Pool }

// resetter is a compressor that can begin again.
type resetter interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// compress never fails: it writes to memory, with levels that are valid.
func (c *compressors) compress(body []byte, e Encoding) []byte {
	switch e {
	case EncodingGzip:
		pool, level := &c.gzip, gzipLevel
		if len(body) >= largeBody {
			pool, level = &c.largeGzip, largeGzipLevel
		}
		return squeeze(pool, body, func() resetter {
			w, _ := gzip.NewWriterLevel(nil, level)
			return w
		})
	case EncodingBrotli:
		return squeeze(&c.brotli, body, func() resetter { return brotli.NewWriterLevel(nil, brotliLevel) })
	case EncodingZstd:
		w, ok := c.zstd.Get().(*zstd.Encoder)
		if !ok {
			w, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
		}
		defer c.zstd.Put(w)
		return w.EncodeAll(body, make([]byte, 0, len(body)/2))
	default:
		return body
	}
}

func squeeze(pool *sync.Pool, body []byte, create func() resetter) []byte {
	w, ok := pool.Get().(resetter)
	if !ok {
		w = create()
	}
	defer pool.Put(w)
	var out bytes.Buffer
	out.Grow(len(body) / 2)
	w.Reset(&out)
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}
