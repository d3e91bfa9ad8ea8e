package cube

// Scope is what a principal may see at all: every Selection of his is cut to
// it. An empty set means "all"; the sets are joined by "and".
type Scope struct {
	Areas      []string // division areas, each with everything below it
	Categories []string
	Sources    []string
}

// Empty reports whether the scope leaves everything visible.
func (s Scope) Empty() bool {
	return len(s.Areas) == 0 && len(s.Categories) == 0 && len(s.Sources) == 0
}
