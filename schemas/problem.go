package schemas

import (
	"errors"
	"fmt"
)

// Problem is the one error type that may be shown to a caller: a stable code,
// a sentence, and where it is. Everything else is an internal error and is
// answered as such. Rendered as RFC 9457 problem JSON by package web and as
// one line by the commands.
type Problem struct {
	Code   string // snake_case, stable, listed in the constants below
	Status int    // HTTP status that fits
	Detail string // a sentence for the caller
	Field  string // parameter or column it is about, "" when none
	Err    error  // cause, for the log only
}

// Problem codes.
const (
	CodeBadParameter    = "bad_parameter"
	CodeUnknownCategory = "unknown_category"
	CodeUnknownArea     = "unknown_area"
	CodeUnknownLayer    = "unknown_layer"
	CodeBadTile         = "bad_tile"
	CodeNotFound        = "not_found"
	CodeTooLarge        = "too_large"
	CodeBadProfile      = "bad_profile"
	CodeUndeclaredCRS   = "undeclared_crs"
	CodeBadInput        = "bad_input"
	CodeUnavailable     = "unavailable"
	CodeInUse           = "data_directory_in_use"
	CodeMigration       = "migration_refused"
	CodeInternal        = "internal"
)

// Error gives the sentence with its place.
func (p *Problem) Error() string {
	if p.Field != "" {
		return fmt.Sprintf("%s: %s (%s)", p.Field, p.Detail, p.Code)
	}
	return fmt.Sprintf("%s (%s)", p.Detail, p.Code)
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// BadParameter is a 400 about one parameter.
func BadParameter(field, format string, args ...any) *Problem {
	return &Problem{Code: CodeBadParameter, Status: 400, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// AsProblem finds the Problem in an error chain.
func AsProblem(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}
