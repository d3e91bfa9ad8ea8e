package outlook

import (
	"context"
	"errors"
	"math"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/forecast"
	"reli/schemas"
)

// ForecastRequest asks for the forecasts of a layer's places.
type ForecastRequest struct {
	Layer      Layer
	Area       string   // only places inside it, "" for all
	Categories []string // together as one; nil for all
	Horizon    string   // only this one, "" for all
	Limit      int      // most places, those with the most expected events
	// Scope of who asks: places outside it are modelled with the others, as
	// far as they are areas, and not listed.
	Scope cube.Scope
}

// Forecast is what is expected of the places of a layer. Expected counts add
// up exactly, in millionths of an event: the places (all of them, whatever the
// limit) and Rest give Total, the four weeks give the four-week total. Whole
// events add up over places and levels too, but each horizon is divided on its
// own: four weeks of whole events need not give those of the four-week total.
type Forecast struct {
	Made
	State        State            `json:"state"`
	Level        string           `json:"level"`
	Resolution   int              `json:"resolution,omitempty"`
	Area         string           `json:"area,omitempty"`
	Categories   []string         `json:"categories"`
	HistoryFrom  cube.Day         `json:"history_from"`
	HistoryTo    cube.Day         `json:"history_to"`    // the first forecast day
	ClosedFile   bool             `json:"closed_file"`   // the data ended long ago; history_to is their end
	HistoryWeeks []cube.Day       `json:"history_weeks"` // Mondays of the history of each place
	Windows      []HorizonWindow  `json:"horizons"`
	Choice       *forecast.Choice `json:"choice,omitempty"`
	Signs        *Signs           `json:"signs,omitempty"`
	Verdict      *Verdict         `json:"verdict,omitempty"`  // of all places together
	Baseline     string           `json:"baseline,omitempty"` // method of the baselines
	HowGood      *Skill           `json:"how_good,omitempty"` // of the layer and categories, in the last backtest
	Total        []Expected       `json:"total,omitempty"`
	Rest         []Expected       `json:"rest,omitempty"` // in the total, but in none of the layer's places
	PlaceCount   int              `json:"place_count"`
	Places       []PlaceForecast  `json:"places"` // most expected events first
}

// HorizonWindow says which days [from, to) a horizon covers.
type HorizonWindow struct {
	Horizon string   `json:"horizon"`
	From    cube.Day `json:"from"`
	To      cube.Day `json:"to"`
}

// Signs are what is out of the ordinary at the end of the history.
type Signs struct {
	SilentSince *cube.Day `json:"silent_since"` // the source seems to have stopped then
	Jump        float64   `json:"jump"`         // ratio of the last weeks to what was expected; 0 for none
}

// Expected is a mean over one horizon, in events.
type Expected struct {
	Horizon string  `json:"horizon"`
	Mean    float64 `json:"mean"`
	Whole   int     `json:"whole"` // the same in whole events
}

// PlaceForecast is the forecast of one place.
type PlaceForecast struct {
	ID      string            `json:"id"`
	Name    string            `json:"name,omitempty"`
	Parent  string            `json:"parent,omitempty"`
	Basis   forecast.Basis    `json:"basis"`
	Verdict Verdict           `json:"verdict"`
	Use     string            `json:"use"` // model, or baseline where the model is not better
	History []int64           `json:"history"`
	Horizon []HorizonForecast `json:"forecasts"` // all of them in their order, or the one asked for
}

// divided is what a place got of the whole.
func (p PlaceForecast) divided() (d divided) {
	for h, f := range p.Horizon {
		d.Micro[h], d.Whole[h] = int(math.Round(f.Mean*micros)), f.Whole
	}
	return d
}

// HorizonForecast is what is expected of a place over one horizon.
type HorizonForecast struct {
	Horizon    string              `json:"horizon"`
	Mean       float64             `json:"mean"`
	Whole      int                 `json:"whole"`
	AtLeastOne float64             `json:"at_least_one"`
	Intervals  []forecast.Interval `json:"intervals"`
	Baseline   float64             `json:"baseline"`
}

// horizonCount is the number of horizons.
const horizonCount = 6

// shownIntervals are the central probabilities that answers give.
func shownInterval(level float64) bool { return level == .5 || level == .8 || level == .95 }

// historyWeeks of each place in an answer: half a year is what a small chart
// shows.
const historyWeeks = 26

// Forecast answers a request on the newest settled state.
func (s *Service) Forecast(ctx context.Context, r ForecastRequest) (*Forecast, error) {
	snap := s.store.Current()
	if err := checkHorizon(r.Horizon); err != nil {
		return nil, err
	}
	if err := checkArea(snap, r.Layer, r.Area); err != nil {
		return nil, err
	}
	r.Categories = sortedCodes(r.Categories)
	q := question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today()), categories: r.Categories, scope: counted(r.Layer, r.Scope)}
	answer := &Forecast{Level: r.Layer.Name, Resolution: r.Layer.Resolution, Area: r.Area, Categories: r.Categories,
		Made: s.madeNow(snap), HistoryWeeks: []cube.Day{}, Windows: []HorizonWindow{}, Places: []PlaceForecast{}}
	answer.reads(q.span)
	if answer.State = stateOf(snap, q.span, r.Layer, forecast.MinWeeks); !answer.State.Ready() {
		return answer, nil
	}
	made, m, err := s.layerForecast(ctx, q, r.Layer)
	if errors.Is(err, errNoEvents) {
		answer.State = noEvents()
		return answer, nil
	}
	if err != nil {
		return nil, err
	}
	answer.Made = m
	answer.reads(made.span())
	made.render(answer, snap, r)
	return answer, nil
}

// reads notes the history of an answer, and what follows it.
func (f *Forecast) reads(sp span) {
	f.HistoryFrom, f.HistoryTo, f.ClosedFile = sp.first, sp.end, sp.closed
}

// layerForecast gives the stored forecast of a layer, or makes one.
func (s *Service) layerForecast(ctx context.Context, q question, l Layer) (*layerForecast, Made, error) {
	if q.scope.Empty() {
		f, m, ok, err := stored(ctx, s, s.forecasts, q.snap, kindForecast, nameOf(l, q.categories), q.span.end, false)
		if ok || err != nil {
			return f, m, err
		}
	}
	f, err := s.forecastNow(ctx, q, l)
	if err != nil {
		return nil, Made{}, err
	}
	m := s.madeNow(q.snap)
	m.MadeAt = f.MadeAt
	return f, m, nil
}

// forecastNow makes the forecast of a layer, once for all who ask as long as
// its backtest is the same.
func (s *Service) forecastNow(ctx context.Context, q question, l Layer) (*layerForecast, error) {
	judge, _ := s.archive.find(kindBacktest, nameOf(l, q.categories))
	return s.forecasts.get(ctx, key(q.snap, l, q.span, q.categories, q.scope.Canonical(), judge.Run, q.oldBacktest), func(ctx context.Context) (*layerForecast, error) {
		return s.makeForecast(ctx, q, l)
	})
}

func checkHorizon(name string) error {
	if name == "" || slices.ContainsFunc(forecast.Horizons(), func(h forecast.Horizon) bool { return h.String() == name }) {
		return nil
	}
	return schemas.BadParameter("horizon", "want week_1 to week_4, four_weeks or three_months")
}

// checkArea refuses an area that is smaller than the places asked for.
func checkArea(snap *cube.Snapshot, l Layer, code string) error {
	if code == "" {
		return nil
	}
	if a, _ := snap.Catalogue.Tree.Get(code); l.Name != LayerHex && a.Level > l.level() {
		return schemas.BadParameter("area", "the area is a %s, smaller than the %s asked for", a.Level, l.Name)
	}
	return nil
}

// stateOf says what is missing for an answer that needs so many whole weeks.
func stateOf(snap *cube.Snapshot, sp span, l Layer, need int) State {
	switch {
	case snap.Catalogue.Incidents == 0:
		return noIncidents()
	case l.Name != LayerHex && snap.Catalogue.Tree == nil:
		return noAreas()
	case sp.weeks() < need:
		return tooFewWeeks(sp.weeks(), need)
	}
	return ready()
}
