package sqlbench

import (
	"bytes"
	"encoding/json"
)

// decode reads JSON and keeps numbers as they are written: a 64-bit code is
// not a float.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}
