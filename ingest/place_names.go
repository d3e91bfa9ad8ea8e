package ingest

import (
	"strings"

	"reli/geo/area"
)

// placeNames finds areas by their names. A name counts inside its parent, or
// anywhere where only one area of the level has it; a name that two areas have
// is no name.
type placeNames struct {
	full map[placeName]string // → code, "" where two have it
	bare map[placeName]string // the same without 街道, 镇, 村委会 …
}

type placeName struct {
	level  area.Level
	parent string // code, "" for anywhere
	name   string
}

// endings are what a name may come with or without. Longer ones first.
func endings(level area.Level) []string {
	switch level {
	case area.Township:
		return []string{"街道办事处", "街道办", "街道", "镇", "乡", "苏木"}
	case area.Village:
		return []string{"村民委员会", "居民委员会", "村委会", "居委会", "社区", "嘎查", "村"}
	}
	return nil
}

// bareName cuts at most two endings: 新兴村村民委员会 is 新兴.
func bareName(level area.Level, name string) string {
	for range 2 {
		for _, end := range endings(level) {
			if rest, ok := strings.CutSuffix(name, end); ok && len(rest) >= len("新兴") {
				name = rest
				break
			}
		}
	}
	return name
}

func newPlaceNames(tree *area.Tree) *placeNames {
	n := &placeNames{full: map[placeName]string{}, bare: map[placeName]string{}}
	if tree == nil {
		return n
	}
	parents := map[string]string{}
	for _, a := range tree.All() {
		parents[a.Code] = a.Parent
	}
	for _, a := range tree.All() {
		name := foldHeader(a.Name)
		if a.Level < area.Township || a.Level > area.Grid || name == "" {
			continue
		}
		scopes := []string{a.Parent}
		switch a.Level {
		case area.Township:
			scopes = []string{""}
		case area.Village:
			scopes = append(scopes, "")
		case area.Grid: // “第一网格” is in every village: never anywhere
			scopes = append(scopes, parents[a.Parent])
		}
		for _, scope := range scopes {
			note(n.full, placeName{a.Level, scope, name}, a.Code)
			note(n.bare, placeName{a.Level, scope, bareName(a.Level, name)}, a.Code)
		}
	}
	return n
}

func note(names map[placeName]string, key placeName, code string) {
	if other, seen := names[key]; seen && other != code {
		code = ""
	}
	names[key] = code
}

// find gives the code of a name, "" where it is not known or not clear.
func (n *placeNames) find(level area.Level, parent, name string) string {
	name = foldHeader(name)
	if code := n.full[placeName{level, parent, name}]; code != "" {
		return code
	}
	return n.bare[placeName{level, parent, bareName(level, name)}]
}

// pathMarks stand between the names of a path: 红旗镇/前进村/第一网格.
const pathMarks = "/＞>→|、\\"

// claimedName is a text in the column of a level that is no code of it: a name
// of that level, or a path that may name the levels around it as well.
type claimedName struct {
	level area.Level
	text  string
}

// named replaces names in a claim by their codes, from the coarse to the fine:
// each is looked for inside the one before it.
func (p *places) named(c claim) claim {
	names := []struct {
		level area.Level
		text  *string
	}{{area.Township, &c.township}, {area.Village, &c.village}, {area.Grid, &c.grid}}
	var open []claimedName
	for _, n := range names {
		if *n.text != "" && !p.known(*n.text, n.level) {
			open = append(open, claimedName{n.level, *n.text})
			*n.text = ""
		}
	}
	if len(open) == 0 {
		return c
	}
	known := p.names()
	for _, n := range names {
		for _, o := range open {
			if *n.text == "" && (o.level == n.level || strings.ContainsAny(o.text, pathMarks)) {
				*n.text = known.inPath(n.level, c, o.text)
			}
		}
	}
	return c
}

// inPath looks for an area of the level among the names of a path.
func (n *placeNames) inPath(level area.Level, c claim, path string) string {
	scope := ""
	switch {
	case level == area.Village:
		scope = c.township
	case level == area.Grid && c.village != "":
		scope = c.village
	case level == area.Grid:
		if scope = c.township; scope == "" {
			return ""
		}
	}
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune(pathMarks, r) }) {
		if code := n.find(level, scope, part); code != "" {
			return code
		}
	}
	return ""
}
