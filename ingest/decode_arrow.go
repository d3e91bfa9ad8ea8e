package ingest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	arrowmemory "github.com/apache/arrow/go/v17/arrow/memory"
)

// maxArrowHeader bounds the description of one Arrow message: that of the
// widest table is a tenth of it.
const maxArrowHeader = 4 << 20

// newArrow reads an Arrow IPC stream. A file is a stream between two marks,
// with a table of contents behind it that is not needed, and not believed.
func newArrow(r *bufio.Reader, b binding) (*records, error) {
	head, err := sample(r)
	if err != nil {
		return nil, err
	}
	file := bytes.HasPrefix(head, magicArrow)
	if file {
		const mark = 8 // the magic and its padding
		if _, err := r.Discard(min(mark, len(head))); err != nil {
			return nil, inputError(err)
		}
	}
	memory := newBoundedMemory()
	return newRecords(memory, func() error { return nil }, func() (batches, *arrow.Schema, error) {
		s, err := ipc.NewReaderFromMessageReader(&messages{r: r, file: file, memory: memory}, ipc.WithAllocator(memory))
		if err != nil {
			return nil, nil, err
		}
		return s, s.Schema(), nil
	})
}

// messages reads the messages of a stream and believes no length that it
// cannot hold.
type messages struct {
	r       io.Reader
	file    bool // a table of contents follows the messages, and a mark ends it
	memory  arrowmemory.Allocator
	marked  bool // the continuation mark of the next message has been read
	current *ipc.Message
}

// Message gives the next message; it is valid until the next call.
func (m *messages) Message() (*ipc.Message, error) {
	length, err := m.length()
	if err != nil {
		return nil, err
	}
	if length == 0 {
		return nil, io.EOF
	}
	if length < 0 || length > maxArrowHeader {
		return nil, errors.New("a message describes itself with more than it may")
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(m.r, header); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if err := checkMessage(header); err != nil {
		return nil, err
	}
	size := bodyLength(header)
	if size < 0 || size > maxBatchMemory {
		return nil, errTooMuch
	}
	body := arrowmemory.NewResizableBuffer(m.memory)
	defer body.Release()
	body.Resize(int(size))
	if _, err := io.ReadFull(m.r, body.Bytes()); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	m.Release()
	m.current = ipc.NewMessage(arrowmemory.NewBufferBytes(header), body)
	return m.current, nil
}

// bodyLength reads how long the body of a message is, out of its header.
func bodyLength(header []byte) int64 {
	m := ipc.NewMessage(arrowmemory.NewBufferBytes(header), arrowmemory.NewBufferBytes(nil))
	defer m.Release()
	return m.BodyLen()
}

// length reads the length of a message. Writers before Arrow 0.15 had no
// continuation mark before it. A stream may end without a word, a file not.
func (m *messages) length() (int32, error) {
	var word [4]byte
	for range 2 {
		if _, err := io.ReadFull(m.r, word[:]); err != nil && (m.file || err != io.EOF) {
			return 0, io.ErrUnexpectedEOF
		} else if err != nil {
			return 0, io.EOF
		}
		if bytes.Equal(word[:], magicStream) {
			m.marked = true
			continue
		}
		length := int32(binary.LittleEndian.Uint32(word[:]))
		if m.file && (length == 0 || !m.marked) {
			return 0, m.contents()
		}
		m.marked = false
		return length, nil
	}
	return 0, errors.New("a message has no length")
}

// contents reads the table of contents, which must be whole.
func (m *messages) contents() error {
	var tail []byte
	buf := make([]byte, 4096)
	for {
		n, err := m.r.Read(buf)
		tail = append(tail, buf[:n]...)
		tail = tail[max(0, len(tail)-len(magicArrow)):]
		switch {
		case err == io.EOF && bytes.Equal(tail, magicArrow):
			return io.EOF
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
}

// Release gives the current message back.
func (m *messages) Release() {
	if m.current != nil {
		m.current.Release()
		m.current = nil
	}
}

// Retain is for readers that share messages; this one has one.
func (m *messages) Retain() {}

var errTooMuch = errors.New("a batch needs more memory than it may")

// boundedMemory refuses to give more than maxBatchMemory at a time, with a
// panic: that is how an allocator of Arrow says no.
type boundedMemory struct {
	arrowmemory.Allocator
	used atomic.Int64
}

func newBoundedMemory() *boundedMemory {
	return &boundedMemory{Allocator: arrowmemory.NewGoAllocator()}
}

// Allocate gives size bytes.
func (m *boundedMemory) Allocate(size int) []byte {
	m.take(size)
	return m.Allocator.Allocate(size)
}

// Reallocate gives size bytes that begin with b.
func (m *boundedMemory) Reallocate(size int, b []byte) []byte {
	m.take(size - len(b))
	return m.Allocator.Reallocate(size, b)
}

// Free takes b back.
func (m *boundedMemory) Free(b []byte) {
	m.used.Add(-int64(len(b)))
	m.Allocator.Free(b)
}

func (m *boundedMemory) take(size int) {
	if m.used.Add(int64(size)) > maxBatchMemory {
		panic(errTooMuch)
	}
}
