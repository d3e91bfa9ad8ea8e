package guard

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"reli/schemas"
)

// maxArray bounds the values of one Array parameter.
const maxArray = 10_000

// Bind gives each parameter its value in the Go type that clickhouse-go writes
// for it. values are as encoding/json decodes them, numbers as json.Number.
// A missing, an unused and an unfit value are refused.
func (s *Statement) Bind(values map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for _, p := range s.Parameters {
		v, ok := values[p.Name]
		if !ok {
			return nil, s.refuse(schemas.CodeSQLParameter, p.start, "the parameter %s has no value", p.Name)
		}
		bound, err := p.value(v)
		if err != nil {
			return nil, s.refuse(schemas.CodeSQLParameter, p.start, "the parameter %s: %s", p.Name, err)
		}
		out[p.Name] = bound
	}
	for name := range values {
		if _, ok := out[name]; !ok {
			return nil, s.refuse(schemas.CodeSQLParameter, -1, "the query has no parameter %s", strconv.Quote(name))
		}
	}
	return out, nil
}

func (p Parameter) value(v any) (any, error) {
	if !p.Array {
		return p.scalar(v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v} // one value, as it comes in a URL
	}
	if len(list) > maxArray {
		return nil, fmt.Errorf("more than %d values", maxArray)
	}
	switch {
	case strings.HasPrefix(p.Type, "UInt"):
		return listOf[uint64](p, list)
	case strings.HasPrefix(p.Type, "Int"):
		return listOf[int64](p, list)
	case strings.HasPrefix(p.Type, "Float"):
		return listOf[float64](p, list)
	case p.Type == "Bool":
		return listOf[bool](p, list)
	default:
		return listOf[string](p, list)
	}
}

func listOf[T any](p Parameter, list []any) ([]T, error) {
	out := make([]T, 0, len(list))
	for _, v := range list {
		one, err := p.scalar(v)
		if err != nil {
			return nil, err
		}
		out = append(out, one.(T)) // scalar gives one Go type for each type
	}
	return out, nil
}

func (p Parameter) scalar(v any) (any, error) {
	wrong := fmt.Errorf("want a value of type %s", p.Type)
	written := fmt.Sprint(v)
	number, isNumber := v.(json.Number)
	if isNumber {
		written = number.String()
	} else if _, isText := v.(string); !isText {
		if b, ok := v.(bool); ok && p.Type == "Bool" {
			return b, nil
		}
		return nil, wrong
	}
	bits := 64
	if i := strings.IndexAny(p.Type, "0123456789"); i >= 0 {
		bits, _ = strconv.Atoi(p.Type[i:])
	}
	switch {
	case p.Type == "String":
		return written, nil
	case p.Type == "Date":
		_, err := time.Parse(time.DateOnly, written)
		return fit(written, err, wrong)
	case p.Type == "DateTime":
		_, err := time.Parse(time.DateTime, written)
		return fit(written, err, wrong)
	case strings.HasPrefix(p.Type, "UInt"):
		n, err := strconv.ParseUint(written, 10, bits)
		return fit(n, err, wrong)
	case strings.HasPrefix(p.Type, "Int"):
		n, err := strconv.ParseInt(written, 10, bits)
		return fit(n, err, wrong)
	case strings.HasPrefix(p.Type, "Float"):
		n, err := strconv.ParseFloat(written, bits)
		if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
			err = wrong
		}
		return fit(n, err, wrong)
	}
	return nil, wrong
}

func fit[T any](v T, err, wrong error) (any, error) {
	if err != nil {
		return nil, wrong
	}
	return v, nil
}
