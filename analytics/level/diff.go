package level

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Edit is one value that differs between two policies. Old or New is "" where
// only the other has it.
type Edit struct {
	Path string `json:"path"` // rules.overdue.points
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Diff lists what differs, by path. Rules and floors are told apart by their
// ids, levels by their names, so that a change of order is none.
func Diff(before, after *Policy) ([]Edit, error) {
	a, err := flatten(before)
	if err != nil {
		return nil, err
	}
	b, err := flatten(after)
	if err != nil {
		return nil, err
	}
	paths := maps.Clone(a)
	maps.Copy(paths, b)
	var out []Edit
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if a[path] != b[path] {
			out = append(out, Edit{path, a[path], b[path]})
		}
	}
	return out, nil
}

// flatten gives every value of a policy by its path.
func flatten(p *Policy) (map[string]string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	out := map[string]string{}
	walk("", tree, out)
	return out, nil
}

func walk(path string, node any, out map[string]string) {
	under := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			walk(under(key), value, out)
		}
	case []any:
		for i, value := range n {
			walk(under(keyOf(value, i)), value, out)
		}
	case nil:
	case string:
		out[path] = n
	case float64:
		out[path] = strconv.FormatFloat(n, 'g', -1, 64)
	default:
		out[path] = fmt.Sprint(n)
	}
}

// keyOf names an element of a list.
func keyOf(value any, i int) string {
	if m, ok := value.(map[string]any); ok {
		for _, name := range []string{"id", "level"} {
			if text, ok := m[name].(string); ok {
				return text
			}
		}
	}
	return strconv.Itoa(i)
}
