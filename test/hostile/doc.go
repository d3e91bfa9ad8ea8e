// Package hostile runs a corpus of hostile SQL texts against the analysts'
// connection on the real engine: each has to be refused with its code or be
// stopped at a limit, the canary files have to stay unread and untouched, and
// the next good query has to be right.
//
// corpus/*.txt holds the texts, a line each: the code, blanks, the text, which
// may be a quoted Go string after q. @CANARY@, @OUTSIDE@ and @DATABASE@ stand
// for a file that must not be read, one that must not be made, and the
// database. It is a test only; nothing imports it.
package hostile
