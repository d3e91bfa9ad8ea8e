package clickhouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"reli/schemas"
)

// Limits of the ordinary connection, the same for both modes.
const (
	// maxOpenConns bounds concurrent statements: a 2-core machine gains
	// nothing from more, and each costs the engine memory.
	maxOpenConns = 16
	// queryTimeout ends a statement that nobody waits for any more.
	queryTimeout = 300 * time.Second
	// maxInsertBlock keeps one insert one block, so one part, so atomic.
	maxInsertBlock = 1_000_000_000
)

// DefaultDatabase holds every table of Reli.
const DefaultDatabase = "reli"

// Config says where ClickHouse is.
type Config struct {
	// URL is http(s)://user:pass@host:8123/db of a server. Empty when Dial
	// reaches the embedded engine.
	URL string
	// Dial opens a connection to the embedded engine's socket.
	Dial func(ctx context.Context) (net.Conn, error)
	// Database of the embedded engine that holds the tables; empty is
	// DefaultDatabase. A server's is in its URL.
	Database string
}

// DB is the one connection to ClickHouse. It is safe for concurrent use.
type DB struct {
	conn       driver.Conn
	name       string
	server     bool          // a ClickHouse server, not the embedded engine
	statements atomic.Uint64 // numbers the statements that carry a request id
	breaker    *breaker
	marked     atomic.Uint64 // greatest mark of cube_dirty that is known
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// Open connects, makes the database where it is missing, and checks that the
// server answers. It runs no migration.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	opt, err := options(cfg)
	if err != nil {
		return nil, err
	}
	name := opt.Auth.Database
	if err := ensureDatabase(ctx, *opt, name); err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(opt)
	if err != nil {
		return nil, fmt.Errorf("open clickhouse: %w", err)
	}
	if err := conn.Ping(ctx); err != nil {
		_ = conn.Close()
		return nil, unavailable(err)
	}
	return &DB{conn: conn, name: name, server: cfg.URL != "", breaker: newBreaker(maxOpenConns, admissionWait, time.Now)}, nil
}

func ensureDatabase(ctx context.Context, opt clickhouse.Options, name string) error {
	opt.Auth.Database = "default"
	conn, err := clickhouse.Open(&opt)
	if err != nil {
		return fmt.Errorf("open clickhouse: %w", err)
	}
	defer conn.Close()
	// The name was checked against identifier by options.
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+name+" ENGINE = Atomic"); err != nil {
		return unavailable(err)
	}
	return nil
}

func options(cfg Config) (*clickhouse.Options, error) {
	opt := &clickhouse.Options{
		Protocol:        clickhouse.HTTP,
		Auth:            clickhouse.Auth{Database: DefaultDatabase},
		Settings:        settings(),
		MaxOpenConns:    maxOpenConns,
		MaxIdleConns:    maxOpenConns,
		ConnMaxLifetime: time.Hour,
		DialTimeout:     10 * time.Second,
		ReadTimeout:     queryTimeout,
	}
	if cfg.URL == "" {
		if cfg.Dial == nil {
			return nil, errors.New("clickhouse: neither a URL nor an embedded engine")
		}
		if cfg.Database != "" {
			opt.Auth.Database = cfg.Database
		}
		if !identifier.MatchString(opt.Auth.Database) {
			return nil, badDatabase()
		}
		opt.Addr = []string{"embedded"}
		opt.DialContext = func(ctx context.Context, _ string) (net.Conn, error) { return cfg.Dial(ctx) }
		opt.TransportFunc = func(t *http.Transport) (http.RoundTripper, error) {
			t.Proxy = nil // a socket has no proxy
			return t, nil
		}
		return opt, nil
	}
	return externalOptions(cfg.URL, opt)
}

func externalOptions(raw string, opt *clickhouse.Options) (*clickhouse.Options, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, schemas.BadParameter("clickhouse", "want embedded or http(s)://user:pass@host:8123/database")
	}
	parsed, err := clickhouse.ParseDSN(raw)
	if err != nil {
		return nil, schemas.BadParameter("clickhouse", "the address cannot be read")
	}
	opt.Addr, opt.TLS = parsed.Addr, parsed.TLS
	opt.Auth = parsed.Auth
	if opt.Auth.Database == "" {
		opt.Auth.Database = DefaultDatabase
	}
	if !identifier.MatchString(opt.Auth.Database) {
		return nil, badDatabase()
	}
	return opt, nil
}

func badDatabase() error {
	return schemas.BadParameter("clickhouse", "the database name may hold letters, digits and _ only")
}

// settings are sent with every statement.
func settings() clickhouse.Settings {
	return clickhouse.Settings{
		"max_execution_time":          int(queryTimeout.Seconds()),
		"min_insert_block_size_rows":  maxInsertBlock,
		"min_insert_block_size_bytes": maxInsertBlock,
		"max_insert_block_size":       maxInsertBlock,
		"date_time_output_format":     "simple",
	}
}

type requestIDKey struct{}

// WithRequestID makes every statement of ctx findable by id: its query id is
// id, a dot and a number. The embedded engine logs it with a failure, a server
// keeps it in system.query_log. A server gets id as log_comment besides; the
// embedded engine, which has no query log, does not, because it opens a
// connection for every new set of settings.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// statement adds the request id to ctx.
func (db *DB) statement(ctx context.Context) context.Context {
	id, _ := ctx.Value(requestIDKey{}).(string)
	if id == "" {
		return ctx
	}
	// A query id of its own for each statement: a server refuses a second one
	// while the first runs.
	options := []clickhouse.QueryOption{clickhouse.WithQueryID(id + "." + strconv.FormatUint(db.statements.Add(1), 10))}
	if db.server {
		s := settings()
		s["log_comment"] = id
		options = append(options, clickhouse.WithSettings(s))
	}
	return clickhouse.Context(ctx, options...)
}

// Param is a value bound to {name:Type} in a statement. A []uint8 is text, not
// a list of numbers: give lists of small numbers a wider type.
func Param(name string, value any) any { return clickhouse.Named(name, value) }

// Exec runs a statement without a result.
func (db *DB) Exec(ctx context.Context, sql string, params ...any) error {
	return db.breaker.through(ctx, func() error {
		return db.conn.Exec(db.statement(ctx), sql, params...)
	})
}

// Select reads all rows of a statement into dest, a pointer to a slice of
// structs whose `ch` tags name the columns.
func (db *DB) Select(ctx context.Context, dest any, sql string, params ...any) error {
	return db.breaker.through(ctx, func() error {
		return db.conn.Select(db.statement(ctx), dest, sql, params...)
	})
}

// Row reads the single row of a statement.
func (db *DB) Row(ctx context.Context, sql string, dest []any, params ...any) error {
	return db.breaker.through(ctx, func() error {
		return db.conn.QueryRow(db.statement(ctx), sql, params...).Scan(dest...)
	})
}

// Each calls fn for each row of a statement; scan reads the row's columns.
func (db *DB) Each(ctx context.Context, sql string, fn func(scan func(dest ...any) error) error, params ...any) error {
	leave, err := db.breaker.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	rows, err := db.conn.Query(db.statement(ctx), sql, params...)
	if err != nil {
		return db.breaker.note(ctx, classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return db.breaker.note(ctx, classify(rows.Err()))
}

// Stream runs a statement and gives its result in a ClickHouse format, as it
// comes. The caller closes the stream; an error in the middle of the result
// is the error of Read.
func (db *DB) Stream(ctx context.Context, format, sql string, params ...any) (io.ReadCloser, error) {
	leave, err := db.breaker.enter(ctx)
	if err != nil {
		return nil, err
	}
	r, err := db.conn.QueryFormat(db.statement(ctx), format, sql, params...)
	if err = db.breaker.note(ctx, classify(err)); err != nil {
		leave()
		return nil, err
	}
	return stream{r, sync.OnceFunc(leave)}, nil
}

// stream classifies the errors of a result's middle, and gives its slot back
// when it is closed.
type stream struct {
	io.ReadCloser
	leave func()
}

func (s stream) Close() error {
	defer s.leave()
	return s.ReadCloser.Close()
}

func (s stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = classify(err)
	}
	return n, err
}

// insert sends rows in RowBinary as one part; no rows are no part. A token
// that was used before for the same table makes the insert a success without
// effect. The token is part of the statement: as a setting of the request it
// would cost the embedded engine a connection.
func (db *DB) insert(ctx context.Context, sql, token string, rows []byte) error {
	if len(rows) == 0 {
		return nil
	}
	return db.insertFrom(ctx, sql, token, bytes.NewReader(rows))
}

// insertEach is insert for many rows, which are encoded as they are sent.
func (db *DB) insertEach(ctx context.Context, sql, token string, rows int, encode func(w *rowBinary, row int)) error {
	if rows == 0 {
		return nil
	}
	return db.insertFrom(ctx, sql, token, &rowReader{rows: rows, encode: encode})
}

func (db *DB) insertFrom(ctx context.Context, sql, token string, rows io.Reader) error {
	if token != "" {
		sql += " SETTINGS insert_deduplication_token = " + quote(token)
	}
	return db.breaker.through(ctx, func() error {
		return db.conn.InsertFormat(db.statement(ctx), "RowBinary", sql, rows)
	})
}

// quote writes a string literal.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// Name is the database that holds the tables.
func (db *DB) Name() string { return db.name }

// Ping asks whether the server answers, also where the breaker is open.
func (db *DB) Ping(ctx context.Context) error {
	return db.breaker.note(ctx, classify(db.conn.Ping(ctx)))
}

// Close gives the connections back.
func (db *DB) Close() error { return db.conn.Close() }

// classify turns transport failures into a Problem that says the store is
// away; errors of a statement stay as they are.
func classify(err error) error {
	var exception *clickhouse.Exception
	var network net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &exception) && exception.Code == notEnoughSpace:
		return DiskFull(err)
	case errors.As(err, &exception):
		return err
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, clickhouse.ErrAcquireConnTimeout):
		return unavailable(err)
	}
	return err
}

// notEnoughSpace is ClickHouse's code for a disk that is full.
const notEnoughSpace = 243

// DiskFull says that nothing can be taken in for want of space. What was
// acknowledged is not touched by it.
func DiskFull(cause error) error {
	return &schemas.Problem{Code: schemas.CodeDiskFull, Status: http.StatusInsufficientStorage,
		Detail: "磁盘空间不足 / there is too little space on the disk; nothing was lost, send again once there is", Err: cause}
}

func unavailable(err error) error {
	return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusServiceUnavailable,
		Detail: "the store does not answer", Err: err}
}

// ExceptionCode gives ClickHouse's error code of err, 0 when it has none.
func ExceptionCode(err error) int {
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		return int(e.Code)
	}
	return 0
}
