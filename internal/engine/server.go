package engine

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/google/uuid"
)

// pidHeader tells in the answer to a ping which process it is, landlockHeader
// how it is confined.
const (
	pidHeader      = "X-Reli-Engine-Pid"
	landlockHeader = "X-Reli-Engine-Landlock"
)

// server answers ClickHouse's HTTP interface.
type server struct {
	pool     *pool
	logger   *slog.Logger
	timezone string
	landlock int            // version that confines the process, 0 for none
	active   sync.WaitGroup // handlers at work
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(pidHeader, strconv.Itoa(os.Getpid()))
		w.Header().Set(landlockHeader, strconv.Itoa(s.landlock))
		_, _ = io.WriteString(w, "Ok.\n")
	})
	mux.HandleFunc("/{$}", s.serveQuery)
	return mux
}

func (s *server) serveQuery(w http.ResponseWriter, r *http.Request) {
	s.active.Add(1)
	defer s.active.Done()
	req, err := parseRequest(r)
	if err != nil {
		writeException(w, err)
		return
	}
	if req.queryID == "" {
		req.queryID = uuid.NewString()
	}
	header := w.Header()
	header.Set("X-ClickHouse-Query-Id", req.queryID)
	header.Set("X-ClickHouse-Timezone", s.timezone)
	header.Set("X-ClickHouse-Server-Display-Name", "reli")
	if req.statement.insert {
		err = s.insert(w, r.Context(), req)
	} else {
		err = s.query(w, r.Context(), req)
	}
	if errors.Is(err, errBrokenOff) || errors.Is(err, errClientGone) {
		panic(http.ErrAbortHandler) // net/http's way to break a connection off
	}
	if err != nil {
		s.logger.InfoContext(r.Context(), "statement failed", "query_id", req.queryID, "code", asException(err).Code)
		writeException(w, err)
	}
}

// Part of a result was sent already when these come up.
var (
	errClientGone = errors.New("the client has gone away")
	errBrokenOff  = errors.New("the statement failed in mid-result")
)

// asException gives any error the shape clients of ClickHouse expect.
func asException(err error) *Exception {
	var exception *Exception
	switch {
	case errors.As(err, &exception):
		return exception
	case errors.Is(err, errBody):
		return newException(codeCannotReadAll, "CANNOT_READ_ALL_DATA", err.Error())
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return newException(codeQueryCancelled, "QUERY_WAS_CANCELLED", "the client has gone away")
	default:
		return newException(codeUnknown, "UNKNOWN_EXCEPTION", err.Error())
	}
}

// writeException answers with an error before any part of a result was sent.
func writeException(w http.ResponseWriter, err error) {
	exception := asException(err)
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=UTF-8")
	header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(exception.Code))
	header.Set("Content-Length", strconv.Itoa(len(exception.Message)+1))
	w.WriteHeader(statusOf(exception.Code))
	_, _ = io.WriteString(w, exception.Message+"\n")
}

// statusOf follows ClickHouse's own table of codes and HTTP statuses.
func statusOf(code int) int {
	switch code {
	case codeBadArguments, codeSyntaxError, codeUnknownSetting, codeCannotReadAll,
		6, 26, 27, 38, 41, 42, 43, 44, 46, 47, 53, 72, 117, 131, 349, 386, 456, 457:
		return http.StatusBadRequest
	case 60, 81, 218:
		return http.StatusNotFound
	case 164, 392, 497:
		return http.StatusForbidden
	case 159, 209:
		return http.StatusRequestTimeout
	case codeTooBigQuery:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	default:
		return http.StatusInternalServerError
	}
}

// summary is the text of X-ClickHouse-Summary.
func (u usage) summary() string {
	number := func(n uint64) string { return `"` + strconv.FormatUint(n, 10) + `"` }
	return `{"read_rows":` + number(u.readRows) + `,"read_bytes":` + number(u.readBytes) +
		`,"written_rows":` + number(u.writtenRows) + `,"written_bytes":` + number(u.writtenBytes) +
		`,"result_rows":` + number(u.resultRows) + `,"result_bytes":` + number(u.resultBytes) + `}`
}
