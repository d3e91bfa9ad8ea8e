package engine

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// analysis is chdb_query_analysis_v1, filled by chdb_classify_query_n.
type analysis struct {
	structSize     uint32
	statementCount uint32
	flags          uint32
	queryClass     uint32
}

// The classes of chdb_query_class that decide what becomes of a connection.
const (
	classReadOnly = 0
	classMutating = 1
)

// handle is an opaque pointer of the library.
type handle = unsafe.Pointer

// statementCall is the shape of the three calls that take a statement, a
// format and bound parameters.
type statementCall func(conn handle, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr,
	names, nameLens, values, valueLens unsafe.Pointer, count uintptr) handle

// library is libchdb.so bound by name.
type library struct {
	connect       func(argc int32, argv unsafe.Pointer) handle
	closeConn     func(conn handle)
	query         statementCall
	streamQuery   statementCall
	fetch         func(conn, result handle) handle
	cancelQuery   func(conn, result handle)
	destroyResult func(result handle)
	buffer        func(result handle) unsafe.Pointer
	length        func(result handle) uintptr
	resultError   func(result handle) unsafe.Pointer
	rowsRead      func(result handle) uint64
	bytesRead     func(result handle) uint64
	rowsWritten   func(result handle) uint64
	bytesWritten  func(result handle) uint64
	storageRows   func(result handle) uint64
	storageBytes  func(result handle) uint64
	insertStream  statementCall
	appendInsert  func(stream handle, data unsafe.Pointer, n uintptr) int32
	doneInsert    func(stream handle) handle
	cancelInsert  func(stream handle)
	destroyInsert func(stream handle)
	insertError   func(stream handle) unsafe.Pointer
	classify      func(conn handle, sql unsafe.Pointer, sqlLen uintptr, target unsafe.Pointer, targetLen uintptr, report unsafe.Pointer) int32
	shutdown      func() int32
	signals       func(enabled int32)
}

// openLibrary loads the shared library at path and binds its calls. The handle
// is never closed: the engine's threads live until the process ends.
func openLibrary(path string) (*library, error) {
	module, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load the engine library %s: %w", path, err)
	}
	lib := &library{}
	symbols := []struct {
		name   string
		target any
	}{
		{"chdb_connect", &lib.connect},
		{"chdb_close_conn", &lib.closeConn},
		{"chdb_query_with_params_n", &lib.query},
		{"chdb_stream_query_with_params_n", &lib.streamQuery},
		{"chdb_stream_fetch_result", &lib.fetch},
		{"chdb_stream_cancel_query", &lib.cancelQuery},
		{"chdb_destroy_query_result", &lib.destroyResult},
		{"chdb_result_buffer", &lib.buffer},
		{"chdb_result_length", &lib.length},
		{"chdb_result_error", &lib.resultError},
		{"chdb_result_rows_read", &lib.rowsRead},
		{"chdb_result_bytes_read", &lib.bytesRead},
		{"chdb_result_rows_written", &lib.rowsWritten},
		{"chdb_result_bytes_written", &lib.bytesWritten},
		{"chdb_result_storage_rows_read", &lib.storageRows},
		{"chdb_result_storage_bytes_read", &lib.storageBytes},
		{"chdb_stream_insert_with_params_n", &lib.insertStream},
		{"chdb_stream_append", &lib.appendInsert},
		{"chdb_stream_done", &lib.doneInsert},
		{"chdb_stream_cancel_insert", &lib.cancelInsert},
		{"chdb_destroy_insert_stream", &lib.destroyInsert},
		{"chdb_stream_insert_error", &lib.insertError},
		{"chdb_classify_query_n", &lib.classify},
		{"chdb_shutdown", &lib.shutdown},
		{"chdb_set_signal_handlers_enabled", &lib.signals},
	}
	for _, s := range symbols {
		address, err := purego.Dlsym(module, s.name)
		if err != nil {
			return nil, fmt.Errorf("the engine library %s lacks %s: is it another version? %w", path, s.name, err)
		}
		purego.RegisterFunc(s.target, address)
	}
	return lib, nil
}

// open makes a connection with command-line arguments of the engine
// (--path=…, --config-file=…, --setting=value).
func (lib *library) open(args []string) (*conn, error) {
	var pins runtime.Pinner
	defer pins.Unpin()
	argv := make([]*byte, 0, len(args)+2)
	for _, arg := range append([]string{"clickhouse"}, args...) {
		text := append([]byte(arg), 0)
		pins.Pin(&text[0])
		argv = append(argv, &text[0])
	}
	argv = append(argv, nil)
	pins.Pin(&argv[0])
	pointer := lib.connect(int32(len(argv)-1), unsafe.Pointer(&argv[0]))
	if pointer == nil {
		return nil, errors.New("the engine refused to open the data path")
	}
	return &conn{lib: lib, pointer: pointer}, nil
}

// params holds query parameters in the shape of the library's calls. It keeps
// the Go memory pinned until its pins are released.
type params struct {
	pins                               runtime.Pinner
	names, nameLens, values, valueLens unsafe.Pointer
	count                              uintptr
}

// bindParams lays out parameters as the parallel arrays the library reads.
func bindParams(values map[string]string) *params {
	p := &params{}
	if len(values) == 0 {
		return p
	}
	names, nameLens := make([]*byte, 0, len(values)), make([]uintptr, 0, len(values))
	texts, textLens := make([]*byte, 0, len(values)), make([]uintptr, 0, len(values))
	for name, value := range values {
		names, nameLens = append(names, p.pin(name)), append(nameLens, uintptr(len(name)))
		texts, textLens = append(texts, p.pin(value)), append(textLens, uintptr(len(value)))
	}
	p.pins.Pin(&names[0])
	p.pins.Pin(&nameLens[0])
	p.pins.Pin(&texts[0])
	p.pins.Pin(&textLens[0])
	p.names, p.nameLens = unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLens[0])
	p.values, p.valueLens = unsafe.Pointer(&texts[0]), unsafe.Pointer(&textLens[0])
	p.count = uintptr(len(values))
	return p
}

// call runs one of the three statement calls.
func (lib *library) call(f statementCall, conn handle, sql, format string, values map[string]string) handle {
	p := bindParams(values)
	defer p.pins.Unpin()
	return f(conn, unsafe.Pointer(unsafe.StringData(sql)), uintptr(len(sql)),
		unsafe.Pointer(unsafe.StringData(format)), uintptr(len(format)),
		p.names, p.nameLens, p.values, p.valueLens, p.count)
}

func (p *params) pin(s string) *byte {
	text := append([]byte(s), 0)
	p.pins.Pin(&text[0])
	return &text[0]
}

// goString copies a NUL-terminated text of the library; nil is empty.
func goString(text unsafe.Pointer) string {
	if text == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(text, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(text), n))
}
