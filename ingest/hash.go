package ingest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"reli/schemas"
)

// contentHash is XXH64 over every business field of an incident: all but its
// identity, version, batch and time of arrival. Texts are written with their
// length, so no two contents have the same bytes. The place is part of it as
// it was located: the same row sent again after the map has changed is an
// update that moves the record.
func contentHash(buf []byte, r *schemas.Incident) (uint64, []byte) {
	buf = buf[:0]
	for _, t := range []time.Time{r.OccurredAt, r.ReportedAt, r.DueAt, r.ClosedAt} {
		buf = binary.LittleEndian.AppendUint64(buf, unixOrZero(t))
	}
	for _, s := range []string{r.Category, r.CategoryLabel, r.Channel, r.FirstUnit, r.HandlingUnit, r.MatterID, r.Grid, r.Area} {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	buf = binary.LittleEndian.AppendUint64(buf, r.Cell)
	buf = binary.LittleEndian.AppendUint32(buf, r.People)
	buf = append(buf, byte(r.Scale), byte(r.Urgency), byte(r.ResolverLevel), byte(r.State), byte(r.LocationQuality))
	if r.LinkID != "" { // only then: a record without a link keeps its hash
		for _, s := range []string{r.LinkSource, r.LinkID} {
			buf = binary.AppendUvarint(buf, uint64(len(s)))
			buf = append(buf, s...)
		}
	}
	return xxhash.Sum64(buf), buf
}

func unixOrZero(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

// transitionKey and transitionContent are the hashes that
// clickhouse.DB.TransitionIdentities gives for stored transitions. Unit and
// level are part of the key: a step that is told in two ways is two rows, so
// that no order of arrival decides between them.
func transitionKey(buf []byte, t *schemas.Transition) (uint64, []byte) {
	buf = append(buf[:0], t.SourceID...)
	buf = append(buf, 0)
	buf = strconv.AppendInt(buf, t.At.Unix(), 10)
	buf = append(buf, 0)
	buf = append(buf, t.Kind...)
	buf = append(buf, 0)
	buf = append(buf, t.Unit...)
	buf = append(buf, 0)
	buf = strconv.AppendUint(buf, uint64(t.Level), 10)
	return xxhash.Sum64(buf), buf
}

func transitionContent(buf []byte, t *schemas.Transition) (uint64, []byte) {
	buf = append(buf[:0], t.Unit...)
	buf = append(buf, 0)
	buf = strconv.AppendUint(buf, uint64(t.Level), 10)
	return xxhash.Sum64(buf), buf
}

// token makes the deduplication token of a batch: SHA-256 over what the batch
// is of and over identity, content and version of each of its rows. The store
// swallows a token it has seen as a success, so no two different batches may
// share one; the version is part of it because a record may return to content
// it had before.
type token struct {
	hash hash.Hash
	buf  []byte
}

func newToken(of string) *token {
	t := &token{hash: sha256.New()}
	t.addText(of)
	return t
}

// tokenBuffer is how much is gathered before it is hashed.
const tokenBuffer = 4096

func (t *token) add(numbers ...uint64) {
	for _, n := range numbers {
		t.buf = binary.LittleEndian.AppendUint64(t.buf, n)
	}
	if len(t.buf) >= tokenBuffer {
		t.hash.Write(t.buf)
		t.buf = t.buf[:0]
	}
}

func (t *token) addText(s string) { t.add(uint64(len(s)), xxhash.Sum64String(s)) }

// String ends the token; nothing can be added after it.
func (t *token) String() string {
	t.hash.Write(t.buf)
	t.buf = nil
	return hex.EncodeToString(t.hash.Sum(nil))
}
