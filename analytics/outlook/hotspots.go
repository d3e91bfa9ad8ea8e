package outlook

import (
	"context"
	"slices"

	"github.com/paulmach/orb/geojson"

	"reli/analytics/cube"
	"reli/schemas"
)

// Methods of hot spots.
const (
	MethodGiStar      = "gistar"
	MethodMoran       = "moran"
	MethodScan        = "scan"        // Poisson, one map
	MethodPermutation = "permutation" // space-time, prospective
	MethodEmerging    = "emerging"
	MethodRates       = "rates"
	MethodNearRepeat  = "nearrepeat"
)

// HotspotsRequest asks where there is more than elsewhere.
type HotspotsRequest struct {
	Layer     Layer
	Selection cube.Selection
	Method    string
	// Basis of the map: count, rate, or "" for rate where every place has a
	// population and count elsewhere.
	Basis    string
	Geometry bool // give the shape of every spot
}

// maxSpots bounds a list; what is left out is counted.
const maxSpots = 500

// seed of every permutation: equal data give equal answers.
const seed = 1

// Hotspots is the list of one method.
type Hotspots struct {
	Made
	State      State       `json:"state"`
	Method     string      `json:"method"`
	Layer      string      `json:"layer"`
	Resolution int         `json:"resolution,omitempty"`
	From       cube.Day    `json:"from"`
	To         cube.Day    `json:"to"`
	Categories []string    `json:"categories"`
	Basis      string      `json:"basis"` // count, or rate
	Places     int         `json:"places"`
	Incidents  int64       `json:"incidents"`
	Alpha      float64     `json:"alpha"` // of the adjusted p-values
	Exact      bool        `json:"exact"` // p-values exact, not sampled
	Hot        int         `json:"hot"`
	Cold       int         `json:"cold"`
	Global     *Global     `json:"global,omitempty"`      // Moran's I of the whole map
	Steps      []cube.Day  `json:"steps,omitempty"`       // of emerging hot spots
	NearRepeat *NearRepeat `json:"near_repeat,omitempty"` // table of that method
	Rates      []Rate      `json:"rates,omitempty"`       // list of that method, highest smoothed rate first
	Prior      *RatePrior  `json:"prior,omitempty"`       // towards which rates are smoothed
	Spots      []Spot      `json:"spots"`                 // strongest first
	LeftOut    int         `json:"left_out"`              // spots beyond the list's end
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
	Center [2]float64 `json:"center"` // lng, lat
	// Geometry is the shape of the place, or of all places of a circle, as
	// GeoJSON; where it was asked for.
	Geometry *geojson.Geometry `json:"geometry,omitempty"`
	From     cube.Day          `json:"from"`
	To       cube.Day          `json:"to"`
	Class    string            `json:"class"`
	Count    int64             `json:"count"` // incidents of the place itself
	// Observed and Expected are those that the test compares: of the place
	// with its neighbours, or of the circle and window of a scan.
	Observed int64   `json:"observed"`
	Expected float64 `json:"expected"`
	Strength float64 `json:"strength"` // z of Gi* and Moran, log likelihood ratio of a scan
	// PAdjusted is the p-value after the control for all places tested; for a
	// scan that of the maximum over all circles; null for emerging hot spots,
	// where every step has its own and Alpha holds within each.
	PAdjusted  *float64 `json:"p_adjusted"`
	Members    []string `json:"members,omitempty"` // places of a circle, nearest first
	RadiusM    float64  `json:"radius_m,omitempty"`
	Recurrence *float64 `json:"recurrence_weeks,omitempty"`
	HotSteps   *int     `json:"hot_steps,omitempty"`
}

// Hotspots answers a request on the newest settled state.
func (s *Service) Hotspots(ctx context.Context, r HotspotsRequest) (*Hotspots, error) {
	if _, ok := methods()[r.Method]; !ok {
		return nil, schemas.BadParameter("method", "want gistar, moran, scan, permutation, emerging, rates or nearrepeat")
	}
	if !slices.Contains([]string{"", basisCount, basisRate}, r.Basis) {
		return nil, schemas.BadParameter("basis", "want count or rate")
	}
	snap := s.store.Current()
	r.Selection.Measure = cube.MeasureCount
	h, err := s.allHotspots(ctx, snap, r)
	if err != nil || !r.Geometry {
		return h, err
	}
	return h.withShapes(snap), nil
}

// allHotspots gives the stored answer to a request, or makes one.
func (s *Service) allHotspots(ctx context.Context, snap *cube.Snapshot, r HotspotsRequest) (*Hotspots, error) {
	if std := s.standardSelection(snap, r.Selection.Categories); r.Basis == "" && r.Selection.Canonical() == std.Canonical() {
		h, m, ok, err := stored(ctx, s, s.hotspots, snap, kindHotspots, nameOf(r.Layer, r.Selection.Categories, r.Method), std.To, false)
		if err != nil {
			return nil, err
		}
		if ok {
			shown := *h
			shown.Made = m
			return &shown, nil
		}
	}
	return s.hotspotsNow(ctx, snap, r)
}

// hotspotsNow looks for hot spots, once for all who ask.
func (s *Service) hotspotsNow(ctx context.Context, snap *cube.Snapshot, r HotspotsRequest) (*Hotspots, error) {
	return s.hotspots.get(ctx, key(snap, r.Layer, r.Method, r.Basis, r.Selection.Canonical()), func(ctx context.Context) (*Hotspots, error) {
		return s.makeHotspots(ctx, snap, r)
	})
}

func (s *Service) makeHotspots(ctx context.Context, snap *cube.Snapshot, r HotspotsRequest) (*Hotspots, error) {
	h := &Hotspots{Made: s.madeNow(snap), Method: r.Method, Layer: r.Layer.Name, Resolution: r.Layer.Resolution, From: r.Selection.From,
		To: r.Selection.To, Categories: sortedCodes(r.Selection.Categories), Basis: basisCount, Spots: []Spot{}}
	if h.State = stateOf(snap, span{}, r.Layer, 0); !h.State.Ready() {
		return h, nil
	}
	if err := checkArea(snap, r.Layer, r.Selection.Area); err != nil {
		return nil, err
	}
	m := &look{service: s, snap: snap, request: r, answer: h}
	err := methods()[r.Method](m, ctx)
	if state, stated := stateOfInput(err); stated {
		h.State, err = state, nil
	}
	h.trim()
	return h, err
}

// standardWeeks is the window of hot spots that are made ahead: a quarter, long
// enough for a county's density and short enough to be about now.
const standardWeeks = 13

// StandardWindow is the window of hot spots where none is asked for: the last
// 13 whole weeks, or what there is of them.
func (s *Service) StandardWindow() (from, to cube.Day) {
	sp := wholeWeeks(s.store.Current().Catalogue, s.store.Today())
	if sp.weeks() == 0 {
		return sp.end - weekDays, sp.end
	}
	return sp.week(max(0, sp.weeks()-standardWeeks)), sp.end
}

func (s *Service) standardSelection(snap *cube.Snapshot, categories []string) cube.Selection {
	from, to := s.StandardWindow()
	return cube.Selection{From: from, To: to, Categories: categories, Measure: cube.MeasureCount}
}
