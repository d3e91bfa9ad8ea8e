package schemas

import (
	_ "embed" // the document below
	"slices"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the description of the HTTP interface as YAML.
func OpenAPI() []byte { return slices.Clone(openAPI) }
