package outlook

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/hotspot"
)

// look is one computation of hot spots.
type look struct {
	service *Service
	snap    *cube.Snapshot
	request HotspotsRequest
	answer  *Hotspots
}

// methods by name.
func methods() map[string]func(*look, context.Context) error {
	return map[string]func(*look, context.Context) error{
		MethodGiStar: (*look).giStar, MethodMoran: (*look).moran, MethodScan: (*look).scan,
		MethodPermutation: (*look).permutation, MethodEmerging: (*look).emerging, MethodRates: (*look).rates,
		MethodNearRepeat: (*look).nearRepeat,
	}
}

// Bases of a map.
const (
	basisCount = "count"
	basisRate  = "rate"
)

// stateOfInput turns an input that a method cannot use into a stated answer.
func stateOfInput(err error) (State, bool) {
	var input *hotspot.InputError
	if !errors.As(err, &input) {
		return State{}, false
	}
	switch input.Code {
	case hotspot.NoCases:
		return noEvents(), true
	case hotspot.Constant:
		return State{StateConstant, "各处数值相同，没有热点可言", "all places have the same value; nothing stands out"}, true
	case hotspot.NoExposure:
		return noPopulation(), true
	case hotspot.TooMany:
		return State{StateTooMany, "数据太多，请选择更粗的图层或更短的时段", "too much data: choose a coarser layer or a shorter window: " + input.Why}, true
	case hotspot.TooFew:
		return State{StateTooFew, "数据太少，无法检验", "too little data for a test: " + input.Why}, true
	}
	return State{}, false
}

// trim orders the spots and cuts the list.
func (h *Hotspots) trim() {
	slices.SortStableFunc(h.Spots, func(a, b Spot) int {
		return cmp.Or(cmp.Compare(pOf(a), pOf(b)), cmp.Compare(math.Abs(b.Strength), math.Abs(a.Strength)), cmp.Compare(a.ID, b.ID))
	})
	if over := len(h.Spots) - maxSpots; over > 0 {
		h.LeftOut += over
		h.Spots = h.Spots[:maxSpots]
	}
}

// pOf orders spots without a p-value by their strength alone.
func pOf(s Spot) float64 {
	if s.PAdjusted == nil {
		return 1
	}
	return *s.PAdjusted
}
