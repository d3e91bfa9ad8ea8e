package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// printCounts prints what a report counts by name, on one line; nothing where
// there is nothing.
func printCounts(w io.Writer, of string, counts map[string]int64) {
	if len(counts) == 0 {
		return
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	fmt.Fprintf(w, "  %s: %s\n", of, strings.Join(parts, ", "))
}
