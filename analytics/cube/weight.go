package cube

import (
	"fmt"
	"strings"
)

// weightTable scores an incident for MeasureWeighted: category × scale ×
// urgency, in whole numbers so that sums are exact. An ordinary incident
// (10 × 2 × 2) counts WeightUnit. The factors are ours: no standard gives
// any. They are published in docs/definitions.md.
type weightTable struct {
	category []categoryWeight // tenths; 10 where absent
	scale    [4]int64         // halves, by schemas.Scale
	urgency  [4]int64         // halves, by schemas.Urgency
}

type categoryWeight struct {
	code   string
	tenths int64
}

const ordinaryTenths = 10

func defaultWeights() weightTable {
	return weightTable{
		category: []categoryWeight{{"expropriation", 15}, {"wage", 15}, {"land", 12}, {"family", 12}, {"medical", 12}},
		scale:    [4]int64{2, 2, 6, 20},
		urgency:  [4]int64{2, 2, 3, 4},
	}
}

// of gives the weight of one incident.
func (w weightTable) of(category string, scale, urgency uint8) int64 {
	tenths := int64(ordinaryTenths)
	for _, c := range w.category {
		if c.code == category {
			tenths = c.tenths
		}
	}
	return tenths * w.scale[min(scale, 3)] * w.urgency[min(urgency, 3)]
}

// sql writes the same weight as an expression. The codes are constants of
// this file, not input.
func (w weightTable) sql() string {
	var b strings.Builder
	b.WriteString("multiIf(")
	for _, c := range w.category {
		fmt.Fprintf(&b, "category = '%s', %d, ", c.code, c.tenths)
	}
	fmt.Fprintf(&b, "%d) * transform(scale, [0, 1, 2, 3], %s, %d) * transform(urgency, [0, 1, 2, 3], %s, %d)", ordinaryTenths,
		intList(w.scale), w.scale[3], intList(w.urgency), w.urgency[3])
	return b.String()
}

func intList(v [4]int64) string { return fmt.Sprintf("[%d, %d, %d, %d]", v[0], v[1], v[2], v[3]) }
