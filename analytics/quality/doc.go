// Package quality says what the data of each source lack: places, dates that
// go together, timely reports, rows that were refused and why, steps that
// contradict each other, and ids that an upstream list has and that never came
// (应录尽录).
//
// It counts and names; it corrects nothing and gives no text of a row. It reads
// the records, the quarantine and the ledger of ingest. The handlers of web
// call it, for principals that may see raw counts.
package quality
