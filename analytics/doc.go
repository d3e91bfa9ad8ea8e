// Package analytics is the room of everything that is computed from the
// records: the daily cube and the statistics on it. It holds no code itself;
// each sub-package is one kind of answer.
package analytics
