// Package privacy finds what points at a person in a short text, so that it can
// be masked before anything is stored: identity card numbers (with their
// checksum), mobile and fixed telephone numbers, licence plates, bank card
// numbers, e-mail addresses, and names that a label or a form of address gives
// away.
//
// It is a net for slips in fields that should hold ids, units and codes. It is
// no licence to store free text, which ingest never does, and it does not find
// a name that stands alone: "王芳" and "王芳调解室" are not told apart. Package
// ingest calls it for every text that is kept; web for what it logs.
package privacy
