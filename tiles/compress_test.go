package tiles

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func encodings() []Encoding {
	return []Encoding{EncodingGzip, EncodingBrotli, EncodingZstd, EncodingNone}
}

// texts are bodies of all lengths with repetitions, as tiles have them.
func texts(n int) [][]byte {
	random := rand.New(rand.NewPCG(3, 4))
	out := make([][]byte, n)
	for i := range out {
		for len(out[i]) < random.IntN(60_000) {
			word := []byte{byte(random.IntN(9)), byte(random.IntN(200)), 26, 0, byte(i)}
			out[i] = append(out[i], bytes.Repeat(word, 1+random.IntN(6))...)
		}
	}
	return out
}

func plain(t *testing.T, body []byte, e Encoding) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	switch e {
	case EncodingGzip:
		z, err := gzip.NewReader(r)
		require.NoError(t, err)
		r = z
	case EncodingBrotli:
		r = brotli.NewReader(r)
	case EncodingZstd:
		z, err := zstd.NewReader(r)
		require.NoError(t, err)
		defer z.Close()
		r = z
	}
	out, err := io.ReadAll(r)
	require.NoError(t, err)
	return out
}

func TestACompressorThatWasUsedGivesTheSameBytes(t *testing.T) {
	bodies := texts(120)
	for _, e := range encodings() {
		var used compressors
		for i, body := range bodies {
			got := used.compress(body, e)
			require.True(t, bytes.Equal(new(compressors).compress(body, e), got), "%q of body %d", e, i)
			require.True(t, bytes.Equal(body, plain(t, got, e)), "%q of body %d", e, i)
		}
	}
}
