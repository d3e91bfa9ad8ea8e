package ingest

import "fmt"

// Codes of refused rows. They are part of the contract: reports and the
// quarantine carry them.
const (
	FaultRagged       = "ragged_row"             // more or fewer fields than the header
	FaultRowTooLong   = "row_too_long"           // longer than MaxRecordBytes
	FaultTooLong      = "value_too_long"         // longer than the field allows
	FaultBadQuote     = "bad_quote"              // text after a closing quote
	FaultOpenQuote    = "unclosed_quote"         // a quote that is never closed
	FaultBadJSON      = "bad_json"               // not a JSON object on one line
	FaultNotScalar    = "not_a_scalar"           // an object or array where a value belongs
	FaultMissing      = "missing_value"          // a required field is empty
	FaultEncoding     = "bad_encoding"           // not UTF-8
	FaultControl      = "control_character"      // a control character inside a value
	FaultBadCode      = "bad_code"               // not the form of a code
	FaultBadDate      = "bad_date"               // no date in any layout of the profile
	FaultTooEarly     = "date_too_early"         // before the first year accepted
	FaultInFuture     = "date_in_future"         // more than a day ahead
	FaultClosedBefore = "closed_before_occurred" // closed before it happened
	FaultBadNumber    = "bad_number"             // not a number, or beyond its range
	FaultHalfPoint    = "incomplete_point"       // one of the two coordinates is missing
	FaultNotFinite    = "not_finite"             // NaN or an infinity as a coordinate
	FaultOutOfRange   = "out_of_range"           // beyond the Earth, or beyond the projection
	FaultNoCRS        = "undeclared_crs"         // a point without a reference system
	FaultUnknownCRS   = "unknown_crs"            // a reference system not known here
	FaultRefused      = "refused_value"          // a value that the profile says to refuse
	FaultNoYear       = "no_year"                // a date without a year, and none in the row or the name of the input
	FaultUnknown      = "unknown_value"          // a value that neither profile nor dictionary knows
)

// RowError is one fault of one refused row. A row with several faults has
// several, all with its number. Message never holds the value itself: a value
// in the wrong column may be a name, a telephone number or a place.
type RowError struct {
	Row     int64  `json:"row"`   // 1-based number of the record, the header and blank lines not counted
	Field   string `json:"field"` // target field, "" when the row as a whole is meant
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error gives the fault as one line.
func (e *RowError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("row %d: %s (%s)", e.Row, e.Message, e.Code)
	}
	return fmt.Sprintf("row %d, %s: %s (%s)", e.Row, e.Field, e.Message, e.Code)
}
