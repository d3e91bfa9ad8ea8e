// Package audit keeps the trail of who did and saw what: an append-only log in
// files of the data directory, whose entries are chained by their hashes and
// sealed with a key.
//
// Every entry is one line of JSON. Its hash is SHA-256 over the line's text up
// to the hash, which holds the hash of the entry before; its mac is HMAC-SHA-256
// of the hash. So every change of a byte, every missing, added or moved line
// breaks the chain, and whoever does not have the key cannot make another one.
// Whoever has the key and may write the files can: against him only the head
// (Head) helps that somebody else wrote down before.
//
// One file a month (UTC), mode 0600. A file called head, written after each
// commit, holds the newest entry's number and hash, so that a tail that is cut
// off is found. Whole months are deleted when they are old enough; an entry
// keeps their last hash, so that the chain can be verified from there on.
//
// It is not the log of operation (slog), it decides nothing about who may do
// what (package access), and it holds no secrets: texts are masked with
// ingest/privacy before they are written. Package web appends what requests do
// and reads for the auditor; cmd/reli appends what commands do without a server
// and verifies.
package audit
