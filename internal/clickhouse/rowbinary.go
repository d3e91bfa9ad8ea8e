package clickhouse

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/google/uuid"
)

// rowBinary appends values in ClickHouse's RowBinary format: columns in the
// order of the INSERT, no separators. It is an order of magnitude cheaper
// than building columns value by value.
type rowBinary struct {
	buf  []byte
	name string    // the last UUID that was written as text, which rows repeat
	id   uuid.UUID // the same
}

func (w *rowBinary) string(s string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *rowBinary) u8(v uint8)   { w.buf = append(w.buf, v) }
func (w *rowBinary) u32(v uint32) { w.buf = binary.LittleEndian.AppendUint32(w.buf, v) }
func (w *rowBinary) u64(v uint64) { w.buf = binary.LittleEndian.AppendUint64(w.buf, v) }

// time writes a DateTime; the zero time and times before 1970 become 0.
func (w *rowBinary) time(t time.Time) {
	w.u32(uint32(max(0, min(t.Unix(), 1<<32-1))))
}

// millis writes a DateTime64(3); the zero time and times before 1970 become 0.
func (w *rowBinary) millis(t time.Time) { w.u64(uint64(max(0, t.UnixMilli()))) }

// date writes a Date, see dateNumber.
func (w *rowBinary) date(t time.Time) {
	w.buf = binary.LittleEndian.AppendUint16(w.buf, dateNumber(t))
}

// dateNumber gives ClickHouse's number of a calendar day; the zero time and
// days before 1970 become 0. The calendar day of t counts, whatever its zone.
func dateNumber(t time.Time) uint16 {
	y, m, d := t.Date()
	days := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	return uint16(max(0, min(days, 1<<16-1)))
}

// dayOf makes a Date that was read the same instant wherever the store is: it
// comes as midnight in the store's own zone.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// uuid writes a UUID: two little-endian halves, the high one first. A text
// that is no UUID becomes the nil UUID.
func (w *rowBinary) uuid(text string) {
	if text != w.name {
		id, err := uuid.Parse(text)
		if err != nil {
			id = uuid.Nil
		}
		w.name, w.id = text, id
	}
	w.u64(binary.BigEndian.Uint64(w.id[:8]))
	w.u64(binary.BigEndian.Uint64(w.id[8:]))
}

func (w *rowBinary) stringMap(m map[string]string, keys []string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(keys)))
	for _, k := range keys {
		w.string(k)
		w.string(m[k])
	}
}

// rowReader encodes rows as they are read, so that an insert of many does not
// stand in memory twice.
type rowReader struct {
	rowBinary
	rows   int // of them next are encoded
	next   int
	encode func(w *rowBinary, row int)
	at     int // what was read of buf
}

// rowReaderBytes is how much is encoded ahead.
const rowReaderBytes = 256 << 10

func (r *rowReader) Read(p []byte) (int, error) {
	if r.at == len(r.buf) {
		r.buf, r.at = r.buf[:0], 0
		for r.next < r.rows && len(r.buf) < rowReaderBytes {
			r.encode(&r.rowBinary, r.next)
			r.next++
		}
		if len(r.buf) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, r.buf[r.at:])
	r.at += n
	return n, nil
}
