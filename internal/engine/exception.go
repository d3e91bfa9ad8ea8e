package engine

import (
	"regexp"
	"strconv"
	"strings"
)

// Codes of ClickHouse that this package raises itself or looks at.
const (
	codeBadArguments    = 36
	codeNotImplemented  = 48
	codeSyntaxError     = 62
	codeUnknownFormat   = 73
	codeUnknownSetting  = 115
	codeTooBigQuery     = 191
	codeCannotReadAll   = 33
	codeQueryCancelled  = 394
	codeTooManyRequests = 202
	codeUnknown         = 1002
)

// Exception is an error of the engine with ClickHouse's code for it.
type Exception struct {
	Code    int
	Message string // whole text, "Code: 60. DB::Exception: …"
}

func (e *Exception) Error() string { return e.Message }

// newException words an error of this package the way ClickHouse does, so
// clients can parse it.
func newException(code int, name, text string) *Exception {
	return &Exception{Code: code, Message: "Code: " + strconv.Itoa(code) + ". DB::Exception: " + text + " (" + name + ")"}
}

var exceptionPattern = regexp.MustCompile(`Code:\s*(\d+)\.\s`)

// parseException reads an error text of the library.
func parseException(text string) *Exception {
	text = strings.TrimSpace(text)
	match := exceptionPattern.FindStringSubmatchIndex(text)
	if match == nil {
		return newException(codeUnknown, "UNKNOWN_EXCEPTION", text)
	}
	code, err := strconv.Atoi(text[match[2]:match[3]])
	if err != nil {
		code = codeUnknown
	}
	return &Exception{Code: code, Message: text[match[0]:]}
}
