package cube

import "reli/geo/area"

// places numbers the areas of a tree in preorder: the areas below one area
// are the numbers right after it, so a roll-up is one range. Number 0 stands
// for "no area".
type places struct {
	code   []string          // by number; code[0] is ""
	end    []uint32          // one past the last number below
	number map[string]uint32 // by code
}

func numberPlaces(tree *area.Tree) places {
	p := places{code: []string{""}, end: []uint32{1}, number: map[string]uint32{"": 0}}
	if tree == nil {
		return p
	}
	var walk func(code string)
	walk = func(code string) {
		n := uint32(len(p.code))
		p.code = append(p.code, code)
		p.end = append(p.end, 0)
		p.number[code] = n
		for _, child := range tree.Children(code) {
			walk(child)
		}
		p.end[n] = uint32(len(p.code))
	}
	for _, root := range tree.Children("") {
		walk(root)
	}
	return p
}

// of gives the number of a code, 0 for one that is no area.
func (p places) of(code []byte) uint32 { return p.number[string(code)] }
