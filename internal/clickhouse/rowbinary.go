package clickhouse

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// rowBinary appends values in ClickHouse's RowBinary format: columns in the
// order of the INSERT, no separators. It is an order of magnitude cheaper
// than building columns value by value.
type rowBinary struct{ buf []byte }

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

// uuid writes a UUID: two little-endian halves, the high one first. A text
// that is no UUID becomes the nil UUID.
func (w *rowBinary) uuid(text string) {
	id, err := uuid.Parse(text)
	if err != nil {
		id = uuid.Nil
	}
	w.u64(binary.BigEndian.Uint64(id[:8]))
	w.u64(binary.BigEndian.Uint64(id[8:]))
}

func (w *rowBinary) stringMap(m map[string]string, keys []string) {
	w.buf = binary.AppendUvarint(w.buf, uint64(len(keys)))
	for _, k := range keys {
		w.string(k)
		w.string(m[k])
	}
}
