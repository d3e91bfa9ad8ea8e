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
	Line   int    // place in a text, from 1; 0 when it is about no place
	Column int    // in characters, from 1
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
	CodeBadPolicy       = "bad_policy"
	CodeBusy            = "busy" // the queue is full; Retry-After
	CodeNotAcceptable   = "not_acceptable"
	CodeSQLSyntax       = "sql_syntax"    // the text cannot be read
	CodeSQLStatement    = "sql_statement" // not one SELECT
	CodeSQLClause       = "sql_clause"
	CodeSQLConstruct    = "sql_construct"
	CodeSQLTable        = "sql_table"
	CodeSQLFunction     = "sql_function"
	CodeSQLParameter    = "sql_parameter"
	CodeSQLLimit        = "sql_limit"  // stopped, or would have to be
	CodeSQLFailed       = "sql_failed" // allowed, but it does not work
	CodeInternal        = "internal"
	CodeSwitchedOff     = "switched_off"            // the administrator has it off
	CodeSignIn          = "sign_in_required"        // nobody is signed in
	CodeDenied          = "sign_in_denied"          // whatever was wrong with it
	CodeForbidden       = "forbidden"               // the role may not do this
	CodeTooMany         = "too_many_requests"       // Retry-After says when again
	CodeConflict        = "conflict"                // with what is there
	CodeKeyMismatch     = "idempotency_mismatch"    // the key was used for another body
	CodeInProgress      = "idempotency_in_progress" // Retry-After says when again
	CodeCrossOrigin     = "cross_origin"            // another site's page asks
	CodeInsecure        = "insecure_transport"      // only over TLS or on this machine
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
