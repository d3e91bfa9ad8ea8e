package schemas

import _ "embed" // the policy and its schema

//go:embed policy/default.yaml
var defaultPolicy []byte

//go:embed policy/policy.json
var policySchema []byte

// DefaultPolicy returns the rules of the four-level response that ship with
// Reli, as YAML. Package analytics/level reads them.
func DefaultPolicy() []byte { return append([]byte(nil), defaultPolicy...) }

// PolicySchema returns the JSON Schema (draft 2020-12) of such a file.
func PolicySchema() []byte { return append([]byte(nil), policySchema...) }
