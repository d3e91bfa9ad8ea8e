package tiles

import (
	"slices"
	"sync"

	"reli/geo/area"
	"reli/tiles/shape"
)

// areaSet is the areas of one tree, prepared for drawing. Immutable but for
// the zooms that shape fills in when first asked for.
type areaSet struct {
	areas  map[area.Level][]area.Area
	shapes map[area.Level]*shape.Layer
	// ambiguous: some area's name is the code of one, so that codes cannot be
	// written without looking for an equal name.
	ambiguous bool
}

// areaLayers keeps the prepared areas of the newest tree.
type areaLayers struct {
	mu   sync.Mutex
	tree *area.Tree
	set  *areaSet
}

func (a *areaLayers) at(tree *area.Tree) (*areaSet, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tree == tree {
		return a.set, nil
	}
	set, err := prepareAreas(tree)
	if err != nil {
		return nil, err
	}
	a.tree, a.set = tree, set
	return set, nil
}

func prepareAreas(tree *area.Tree) (*areaSet, error) {
	set := &areaSet{areas: map[area.Level][]area.Area{}, shapes: map[area.Level]*shape.Layer{}}
	levels := []area.Level{area.County, area.Township, area.Village, area.Grid}
	input := make([][]shape.Area, len(levels))
	for i, level := range levels {
		set.areas[level] = tree.AtLevel(level)
		for _, a := range set.areas[level] {
			input[i] = append(input[i], shape.Area{Code: a.Code, Geometry: a.Geometry})
		}
	}
	set.ambiguous = slices.ContainsFunc(tree.All(), func(a area.Area) bool {
		_, isCode := tree.Get(a.Name)
		return isCode
	})
	layers, err := shape.Build(shape.Defaults(), input...)
	if err != nil {
		return nil, err
	}
	for i, level := range levels {
		set.shapes[level] = layers[i]
	}
	return set, nil
}
