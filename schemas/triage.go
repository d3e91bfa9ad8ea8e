package schemas

import _ "embed" // the dictionary of triage

//go:embed triage/default.yaml
var triageDictionary []byte

// TriageDictionary returns the words from which the category, urgency and tone
// of a text are derived, as YAML. Package ingest/triage reads them.
func TriageDictionary() []byte { return append([]byte(nil), triageDictionary...) }
