package engine

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxStatementBytes bounds a statement that has to be whole in memory: more
	// than any generated SQL needs. Data of an INSERT … FORMAT is not counted.
	maxStatementBytes = 16 << 20
	// headBytes is how much of a body is read at first to look for FORMAT.
	headBytes = 64 << 10
)

// request is a query as it came over HTTP.
type request struct {
	statement statement
	data      io.Reader // of an INSERT … FORMAT
	format    string    // of the answer, where the statement names none
	params    map[string]string
	session   session
	queryID   string
	revision  uint64 // client_protocol_version
	gzip      bool   // the answer is to be compressed
	whole     bool   // wait_end_of_query: nothing is sent before the end
}

// session is the state of a connection a request needs.
type session struct {
	database string
	settings []setting // sorted by name; readonly last
}

type setting struct{ name, value string }

// key tells sessions apart; equal keys mean equal connections.
func (s session) key() string {
	var b strings.Builder
	b.WriteString(strconv.Quote(s.database))
	for _, each := range s.settings {
		b.WriteString("\n" + each.name + "=" + strconv.Quote(each.value))
	}
	return b.String()
}

// locked says that the session restricts itself; such a connection is used for
// one statement only.
func (s session) locked() bool {
	return slices.ContainsFunc(s.settings, func(each setting) bool { return each.name == "readonly" })
}

// with adds a setting unless the request has it.
func (s session) with(name, value string) session {
	if slices.ContainsFunc(s.settings, func(each setting) bool { return each.name == name }) {
		return s
	}
	s.settings = append(slices.Clone(s.settings), setting{name, value})
	slices.SortFunc(s.settings, compareSettings)
	return s
}

// compareSettings puts readonly at the end: after it nothing can be set.
func compareSettings(a, b setting) int {
	if (a.name == "readonly") != (b.name == "readonly") {
		if a.name == "readonly" {
			return 1
		}
		return -1
	}
	return strings.Compare(a.name, b.name)
}

var settingPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// transportParameters are parameters of ClickHouse's HTTP interface that are
// not settings of a query.
var transportParameters = []string{
	"query", "database", "default_format", "query_id", "quota_key", "user", "password", "role",
	"session_timeout", "session_check", "buffer_size", "wait_end_of_query", "stacktrace", "close_session",
	"client_protocol_version", "enable_http_compression", "http_zlib_compression_level",
}

// parseRequest reads URL, headers and as much of the body as the statement takes.
func parseRequest(r *http.Request) (*request, error) {
	query := r.URL.Query()
	if err := refuseUnsupported(r, query); err != nil {
		return nil, err
	}
	body, err := decodedBody(r)
	if err != nil {
		return nil, err
	}
	req := &request{
		queryID: query.Get("query_id"),
		format:  firstOf(r.Header.Get("X-ClickHouse-Format"), query.Get("default_format"), "TabSeparated"),
		params:  map[string]string{},
		whole:   query.Get("wait_end_of_query") == "1" || query.Get("wait_end_of_query") == "true",
		gzip: query.Get("enable_http_compression") == "1" &&
			strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"),
	}
	req.revision, _ = strconv.ParseUint(query.Get("client_protocol_version"), 10, 32)
	if err := req.readSession(r, query); err != nil {
		return nil, err
	}
	if err := req.readStatement(query.Get("query"), body); err != nil {
		return nil, err
	}
	return req, nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// refuseUnsupported names what a ClickHouse server has and this one has not.
func refuseUnsupported(r *http.Request, query url.Values) error {
	refuse := func(what string) error {
		return newException(codeNotImplemented, "NOT_IMPLEMENTED", "the embedded engine does not support "+what)
	}
	switch {
	case query.Get("compress") == "1", query.Get("decompress") == "1":
		return refuse("block compression (compress=1, decompress=1): use no compression or gzip")
	case query.Get("session_id") != "":
		return refuse("sessions over HTTP (session_id)")
	case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data"):
		return refuse("external tables (multipart/form-data)")
	}
	return nil
}

func decodedBody(r *http.Request) (io.Reader, error) {
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		reader, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, newException(codeBadArguments, "BAD_ARGUMENTS", "the body is not gzip: "+err.Error())
		}
		return reader, nil
	default:
		return nil, newException(codeNotImplemented, "NOT_IMPLEMENTED",
			"the embedded engine does not support Content-Encoding "+strconv.Quote(encoding)+": use gzip or none")
	}
}

// readSession takes database, settings and parameters from the URL. A GET may
// only read, as with a ClickHouse server.
func (req *request) readSession(r *http.Request, query url.Values) error {
	req.session.database = firstOf(query.Get("database"), r.Header.Get("X-ClickHouse-Database"))
	for name, values := range query {
		value := values[len(values)-1]
		if parameter, ok := strings.CutPrefix(name, "param_"); ok {
			req.params[parameter] = value
			continue
		}
		if slices.Contains(transportParameters, name) {
			continue
		}
		if !settingPattern.MatchString(name) || name == tagSetting {
			return newException(codeUnknownSetting, "UNKNOWN_SETTING", "Unknown setting "+strconv.Quote(name))
		}
		req.session.settings = append(req.session.settings, setting{name, value})
	}
	slices.SortFunc(req.session.settings, compareSettings)
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		req.session = req.session.with("readonly", "2")
	}
	return nil
}

// readStatement puts the statement together from the URL and the body: the
// text in the URL goes first, and the data of an INSERT may stand in either.
func (req *request) readStatement(text string, body io.Reader) error {
	if req.statement = parseStatement(text); req.statement.insert {
		req.data = io.MultiReader(strings.NewReader(text[req.statement.data:]), body)
		return nil
	}
	if text != "" {
		text += "\n"
	}
	head := []byte(text)
	for limit := len(text) + headBytes; ; limit = len(text) + maxStatementBytes {
		more, err := io.ReadAll(io.LimitReader(body, int64(limit-len(head))))
		if err != nil {
			return bodyError(err)
		}
		head = append(head, more...)
		ended := len(head) < limit
		req.statement = parseStatement(string(head))
		if req.statement.insert && (!req.statement.cut || ended) {
			req.data = io.MultiReader(bytes.NewReader(head[req.statement.data:]), body)
			return nil
		}
		if ended {
			return nil
		}
		if limit == len(text)+maxStatementBytes {
			return newException(codeTooBigQuery, "QUERY_IS_TOO_LARGE",
				"the statement is longer than "+strconv.Itoa(maxStatementBytes)+" bytes: send data as INSERT … FORMAT")
		}
	}
}

// errBody marks a body that did not come whole: the client has gone away or
// sent something broken.
var errBody = errors.New("the request body did not come whole")

func bodyError(err error) error { return errors.Join(errBody, err) }
