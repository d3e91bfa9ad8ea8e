// Package matter tells which reports are of one matter (件) beyond what one
// source says of its own: by links that sources declare, that rules propose
// with a confidence, and that persons make and undo. Links are sayings, only
// ever added to; which reports are of one matter is a function of all of them
// and of the records, so no order of arrival changes it.
//
// It counts nothing: package cube and the courses of package indicator read
// the matters that it keeps. Package cube, web and cmd/reli may call it.
package matter
