// Package triage derives the category, the urgency and the tone of a text from
// a dictionary of the field's words, or says that it is unsure: what a record
// brings that has a text and nothing else, before the text is dropped
// (docs/triage.md).
//
// It is no language model and learns nothing; equal text and dictionary give
// equal answers, and the words that decided can be told. It keeps nothing of a
// text and knows no person. Package ingest calls it at the door, cmd/reli reads
// the dictionary. Schemas/triage/default.yaml explains the file.
package triage
