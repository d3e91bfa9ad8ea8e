package cube

import (
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// Paths gives every area of a tree with its ancestors: what the cube's
// roll-up columns are made from.
func Paths(tree *area.Tree) []clickhouse.AreaPath {
	areas := tree.All()
	out := make([]clickhouse.AreaPath, len(areas))
	for i, a := range areas {
		out[i] = clickhouse.AreaPath{
			Code:   a.Code,
			County: tree.Ancestor(a.Code, area.County), Township: tree.Ancestor(a.Code, area.Township),
			Village: tree.Ancestor(a.Code, area.Village), Grid: tree.Ancestor(a.Code, area.Grid),
		}
	}
	return out
}
