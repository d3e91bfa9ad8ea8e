package matter

import (
	"reli/internal/clickhouse"
	"reli/schemas/links"
)

// ProposeUnnamed gives the proposals for reports of one grid and category as
// if no source named a matter.
func ProposeUnnamed(rules *links.Rules, reports []clickhouse.GridReport) []Proposal {
	group := make([]candidate, len(reports))
	for i, r := range reports {
		group[i] = candidate{Report: r.Report, Scale: r.Scale, Day: r.Day}
	}
	return propose(rules, group, func(clickhouse.Pair) bool { return false })
}
