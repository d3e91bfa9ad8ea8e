// Package schemas holds the contracts of Reli: the record types that travel
// between rooms (Incident, Transition, Area), the SQL migrations that make
// the tables, the JSON Schemas, the dictionaries of the field and the source
// profiles. Everything is embedded in the binary.
//
// It is not a place for behaviour: nothing here reads a file, a socket or a
// clock. Every room may import it; it imports no other room.
package schemas
