package hotspot

import (
	"fmt"
	"math"
)

// Code names a kind of unusable input.
type Code string

// The kinds of unusable input.
const (
	TooFew         Code = "too_few"
	TooMany        Code = "too_many"
	Constant       Code = "constant"
	NotFinite      Code = "not_finite"
	Negative       Code = "negative"
	NotCount       Code = "not_count"
	LengthMismatch Code = "length_mismatch"
	BadNeighbour   Code = "bad_neighbour"
	BadWeights     Code = "bad_weights"
	NoCases        Code = "no_cases"
	NoExposure     Code = "no_exposure"
	BadOption      Code = "bad_option"
)

// InputError says which input cannot be used and why.
type InputError struct {
	Code  Code
	Field string // name of the argument
	Index int    // position in it, or -1
	Why   string
}

// Error implements error.
func (e *InputError) Error() string {
	if e.Index >= 0 {
		return fmt.Sprintf("hotspot: %s[%d]: %s (%s)", e.Field, e.Index, e.Why, e.Code)
	}
	return fmt.Sprintf("hotspot: %s: %s (%s)", e.Field, e.Why, e.Code)
}

// Refuse builds an InputError about a whole argument.
func Refuse(code Code, field, why string) *InputError {
	return &InputError{Code: code, Field: field, Index: -1, Why: why}
}

// RefuseAt builds an InputError about one element of an argument.
func RefuseAt(code Code, field string, index int, why string) *InputError {
	return &InputError{Code: code, Field: field, Index: index, Why: why}
}

// checkFinite refuses NaN and infinities.
func checkFinite(field string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return RefuseAt(NotFinite, field, i, "must be a finite number")
		}
	}
	return nil
}

// checkNonNegative refuses NaN, infinities and negative numbers.
func checkNonNegative(field string, x []float64) error {
	if err := checkFinite(field, x); err != nil {
		return err
	}
	for i, v := range x {
		if v < 0 {
			return RefuseAt(Negative, field, i, "must not be negative")
		}
	}
	return nil
}

// checkLevel refuses a significance level outside (0, 1).
func checkLevel(field string, alpha float64) error {
	if !(alpha > 0 && alpha < 1) {
		return Refuse(BadOption, field, "must lie between 0 and 1, both excluded")
	}
	return nil
}
