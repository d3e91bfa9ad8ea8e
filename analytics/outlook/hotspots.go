package outlook

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/hotspot"
	"reli/schemas"
)

// Methods of hot spots.
const (
	MethodGiStar     = "gistar"
	MethodMoran      = "moran"
	MethodScan       = "scan"
	MethodEmerging   = "emerging"
	MethodNearRepeat = "nearrepeat"
)

// HotspotsRequest asks where there is more than elsewhere.
type HotspotsRequest struct {
	Layer     Layer
	Selection cube.Selection
	Method    string
}

// maxSpots bounds a list; what is left out is counted.
const maxSpots = 500

// seed of every permutation: equal data give equal answers.
const seed = 1

// Hotspots is the list of one method.
type Hotspots struct {
	State       State       `json:"state"`
	Method      string      `json:"method"`
	Layer       string      `json:"layer"`
	Resolution  int         `json:"resolution,omitempty"`
	From        cube.Day    `json:"from"`
	To          cube.Day    `json:"to"`
	DataVersion uint64      `json:"data_version"`
	Basis       string      `json:"basis"` // count, or rate where every place has a population
	Places      int         `json:"places"`
	Incidents   int64       `json:"incidents"`
	Alpha       float64     `json:"alpha"` // of the adjusted p-values
	Exact       bool        `json:"exact"` // p-values exact, not sampled
	Hot         int         `json:"hot"`
	Cold        int         `json:"cold"`
	Global      *Global     `json:"global,omitempty"`      // Moran's I of the whole map
	Steps       []cube.Day  `json:"steps,omitempty"`       // of emerging hot spots
	NearRepeat  *NearRepeat `json:"near_repeat,omitempty"` // table of that method
	Spots       []Spot      `json:"spots"`                 // strongest first
	LeftOut     int         `json:"left_out"`              // spots beyond the list's end
}

// Global is the autocorrelation of the whole map.
type Global struct {
	I        float64 `json:"i"`
	Expected float64 `json:"expected"`
	Z        float64 `json:"z"`
}

// Spot is one place, or a circle of places, that differs from the rest.
type Spot struct {
	ID     string     `json:"id"`
	Name   string     `json:"name,omitempty"`
	Center [2]float64 `json:"center"`
	From   cube.Day   `json:"from"`
	To     cube.Day   `json:"to"`
	Class  string     `json:"class"`
	Count  int64      `json:"count"` // incidents of the place itself
	// Observed and Expected are those that the test compares: of the place
	// with its neighbours, or of the circle and window of a scan.
	Observed int64   `json:"observed"`
	Expected float64 `json:"expected"`
	Strength float64 `json:"strength"` // z of Gi* and Moran, log likelihood ratio of a scan
	// PAdjusted is the p-value after the control for all places tested; for a
	// scan that of the maximum over all circles; null for emerging hot spots,
	// where every step has its own and Alpha holds within each.
	PAdjusted  *float64 `json:"p_adjusted"`
	Members    []string `json:"members,omitempty"`
	Recurrence *float64 `json:"recurrence_weeks,omitempty"`
	HotSteps   *int     `json:"hot_steps,omitempty"`
}

// Hotspots answers a request on the newest settled state.
func (s *Service) Hotspots(ctx context.Context, r HotspotsRequest) (*Hotspots, error) {
	run, ok := methods()[r.Method]
	if !ok {
		return nil, schemas.BadParameter("method", "want gistar, moran, scan, emerging or nearrepeat")
	}
	snap := s.store.Current()
	r.Selection.Measure = cube.MeasureCount
	return s.hotspots.get(ctx, key(snap, "hotspots", r.Layer, r.Method, r.Selection.Canonical()), func(ctx context.Context) (*Hotspots, error) {
		h := &Hotspots{Method: r.Method, Layer: r.Layer.Name, Resolution: r.Layer.Resolution, From: r.Selection.From, To: r.Selection.To,
			DataVersion: snap.Version, Basis: basisCount, Spots: []Spot{}}
		if h.State = stateOf(snap, span{}, r.Layer, 0); !h.State.Ready() {
			return h, nil
		}
		if err := checkArea(snap, r.Layer, r.Selection.Area); err != nil {
			return nil, err
		}
		m := &look{service: s, snap: snap, request: r, answer: h}
		err := run(m, ctx)
		if state, stated := stateOfInput(err); stated {
			h.State, err = state, nil
		}
		h.trim()
		return h, err
	})
}

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
		MethodEmerging: (*look).emerging, MethodNearRepeat: (*look).nearRepeat,
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
		return State{StateConstant, "各处数值相同,没有热点可言", "all places have the same value; nothing stands out"}, true
	case hotspot.TooFew:
		return State{StateTooFew, "数据太少,无法检验", "too little data for a test: " + input.Why}, true
	}
	return State{}, false
}

// trim orders the spots and cuts the list.
func (h *Hotspots) trim() {
	slices.SortStableFunc(h.Spots, func(a, b Spot) int {
		return cmp.Or(cmp.Compare(pOf(a), pOf(b)), cmp.Compare(math.Abs(b.Strength), math.Abs(a.Strength)), cmp.Compare(a.ID, b.ID))
	})
	h.LeftOut = max(0, len(h.Spots)-maxSpots)
	h.Spots = h.Spots[:len(h.Spots)-h.LeftOut]
}

// pOf orders spots without a p-value by their strength alone.
func pOf(s Spot) float64 {
	if s.PAdjusted == nil {
		return 1
	}
	return *s.PAdjusted
}
