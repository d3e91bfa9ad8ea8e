//go:build !race

package ingest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"reli/schemas"
)

// hostile are small inputs that claim, or unpack to, much.
func hostile(t testing.TB) map[string][]byte {
	columns := parquetOf(t, matters)
	lying := bytes.Clone(columns)
	binary.LittleEndian.PutUint32(lying[len(lying)-8:], 1<<31)
	stream := arrowOf(t, matters, false)
	long := bytes.Clone(stream)
	binary.LittleEndian.PutUint32(long[4:], 1<<30)
	return map[string][]byte{
		"sheet.xlsx":     zipOf(t, "xl/worksheets/sheet1.xml", "x", 1<<20, 2<<30),
		"styles.xlsx":    zipOf(t, "xl/styles.xml", "x", 17<<20, 1<<10),
		"parts.xlsx":     manyParts(t),
		"wide.csv":       []byte(strings.Repeat("x,", 10_000) + "\n"),
		"lying.parquet":  lying,
		"half.parquet":   columns[:len(columns)/2],
		"long.arrow":     long,
		"half.arrow":     stream[:len(stream)/3],
		"window.csv.zst": zstdBomb(t),
	}
}

// zipOf makes a part of size bytes that claims to have another size.
func zipOf(t testing.TB, name, text string, size int64, claimed uint64) []byte {
	var packed, b bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	require.NoError(t, err)
	_, err = io.Copy(deflate, io.LimitReader(endless{strings.NewReader(strings.Repeat(text, 1<<20))}, size))
	require.NoError(t, err)
	require.NoError(t, deflate.Close())
	z := zip.NewWriter(&b)
	part, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: claimed})
	require.NoError(t, err)
	_, err = part.Write(packed.Bytes())
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func manyParts(t testing.TB) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 70_000 {
		_, err := z.Create(fmt.Sprint("xl/", i))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func zstdBomb(t testing.TB) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(32<<20), zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	_, err = io.Copy(w, io.LimitReader(endless{strings.NewReader(strings.Repeat("x", 1<<20))}, 40<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestHostileFilesAreRefusedWithinTheirMemory(t *testing.T) {
	for name, file := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			in := newIngester(t, newMemory(), nil, 0)
			done := make(chan error)
			most := peak(func(sample func()) {
				go func() {
					_, err := in.Run(context.Background(), Input{Name: name, Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
					done <- err
				}()
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case err := <-done:
						requireProblem(t, err, schemas.CodeBadInput)
						return
					case <-tick.C:
						sample()
					}
				}
			})
			require.Less(t, most, uint64(memoryBound), "%d MB", most>>20)
		})
	}
}

// A byte turned over anywhere never brings the process down.
func TestFlippedBytesAreAnswered(t *testing.T) {
	files := everyFormat(t, matters)
	rng := rand.New(rand.NewSource(1))
	for _, name := range []string{"one.xlsx", "stream.arrows", "file.arrow", "columns.pq", "array.json", "columns.pq.zst"} {
		for range 300 {
			file := bytes.Clone(files[name])
			for range 1 + rng.Intn(3) {
				file[rng.Intn(len(file))] ^= byte(1 << rng.Intn(8))
			}
			rep, err := newIngester(t, newMemory(), nil, 0).Run(context.Background(), Input{Name: name, Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
			if err != nil {
				_, ok := schemas.AsProblem(err)
				require.True(t, ok, "%s: %v", name, err)
			}
			require.Equal(t, rep.Rows, rep.Accepted+rep.Updated+rep.Duplicates+rep.Quarantined)
		}
	}
}

func fuzzFormat(f *testing.F, name string) {
	f.Add(everyFormat(f, matters)[name])
	f.Fuzz(func(t *testing.T, file []byte) {
		rep, err := newIngester(t, newMemory(), nil, 0).Run(context.Background(), Input{Name: name, Reader: bytes.NewReader(file), Profile: builtin(t, "generic")})
		if _, ok := schemas.AsProblem(err); err != nil && !ok {
			t.Fatal(err)
		}
		if rep.Rows != rep.Accepted+rep.Updated+rep.Duplicates+rep.Quarantined {
			t.Fatalf("%+v", rep)
		}
	})
}

func FuzzXLSX(f *testing.F)    { fuzzFormat(f, "one.xlsx") }
func FuzzArrow(f *testing.F)   { fuzzFormat(f, "stream.arrows") }
func FuzzParquet(f *testing.F) { fuzzFormat(f, "columns.pq") }
func FuzzJSON(f *testing.F)    { fuzzFormat(f, "array.json") }
func FuzzCharset(f *testing.F) { fuzzFormat(f, "gb18030.csv") }
