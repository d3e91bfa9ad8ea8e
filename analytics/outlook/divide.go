package outlook

import (
	"maps"
	"math"
	"slices"

	"reli/analytics/forecast"
	"reli/geo/area"
)

// micros are the parts of an event in which expected counts are divided over
// the places, so that sums agree to the last digit shown.
const micros = 1e6

// dominant is the weight of the models' own expectations in the division, as a
// count of events: so large that the prior of forecast.Shares, which is for raw
// counts, has no say.
const dominant = 1e15

func events(micro int) float64 { return float64(micro) / micros }

// divided is what a place gets of the whole, by horizon: in millionths of an
// event, where the four weeks add up to their total, and in whole events, where
// each horizon is divided on its own.
type divided struct {
	Micro [horizonCount]int `json:"micro"`
	Whole [horizonCount]int `json:"whole"`
}

func (d divided) plus(e divided) divided {
	for h := range d.Micro {
		d.Micro[h] += e.Micro[h]
		d.Whole[h] += e.Whole[h]
	}
	return d
}

// divide gives every place of the tree its part of the whole. The whole is what
// the models of the finest parts expect together: on the weeks of the backtests
// that was as good as a model of the whole for the places, and better for the
// county. Keys are codes of areas or hexagons, "" the top.
func divide(tree *area.Tree, parts *fitted) (map[string]divided, error) {
	ids, parents := nodes(tree, parts)
	h, err := forecast.NewHierarchy(parents)
	if err != nil {
		return nil, err
	}
	split := make([]divided, len(ids))
	for _, horizon := range forecast.Horizons() {
		leaves, total := make([]float64, len(ids)), 0.
		for i, id := range ids {
			if n, ok := parts.series[id]; ok {
				leaves[i] = expectedOf(parts.model, n, horizon)
				total += leaves[i]
			}
		}
		shares, err := h.Shares(scaled(leaves))
		if err != nil {
			return nil, err
		}
		for i, n := range shares.Split(int(math.Round(total))) {
			split[i].Whole[horizon] = n
		}
		if horizon == forecast.FourWeeks {
			continue // the weeks add up to it
		}
		for i, n := range shares.Split(int(math.Round(total * micros))) {
			split[i].Micro[horizon] = n
			if horizon < forecast.FourWeeks {
				split[i].Micro[forecast.FourWeeks] += n
			}
		}
	}
	out := make(map[string]divided, len(ids))
	for i, id := range ids {
		out[id] = split[i]
	}
	return out, nil
}

// expectedOf is the mean of a series over a horizon, the four weeks as the sum
// of the four.
func expectedOf(m *forecast.Model, series int, h forecast.Horizon) (mean float64) {
	for _, step := range stepsOf(h) {
		mean += m.Count(series, step).Mean
	}
	return mean
}

// scaled gives expectations the dominant weight.
func scaled(leaves []float64) []float64 {
	sum := 0.0
	for _, v := range leaves {
		sum += v
	}
	for i := range leaves {
		leaves[i] *= dominant / math.Max(sum, math.SmallestNonzeroFloat32)
	}
	return leaves
}

// nodes lists the tree of places with the position of each one's parent: the
// top, the areas if the parts are areas, and the parts that are none (hexagons
// and rests).
func nodes(tree *area.Tree, parts *fitted) (ids []string, parents []int) {
	ids, parents = []string{""}, []int{-1}
	at := map[string]int{"": 0}
	add := func(id, parent string) {
		at[id] = len(ids)
		ids, parents = append(ids, id), append(parents, at[parent])
	}
	if parts.name != leavesName {
		for _, id := range slices.Sorted(maps.Keys(parts.series)) {
			add(id, "")
		}
		return ids, parents
	}
	for _, level := range levels() {
		for _, a := range tree.AtLevel(level) {
			add(a.Code, a.Parent)
			if _, ok := parts.series[a.Code+rest]; ok {
				add(a.Code+rest, a.Code)
			}
		}
	}
	return ids, parents
}
