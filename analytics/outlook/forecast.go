package outlook

import (
	"cmp"
	"context"
	"errors"
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
}

// Forecast is what is expected of the places of a layer. Expected counts add
// up exactly, in millionths of an event: the places (all of them, whatever the
// limit) and Rest give Total, the four weeks give the four-week total.
type Forecast struct {
	State        State            `json:"state"`
	Level        string           `json:"level"`
	Resolution   int              `json:"resolution,omitempty"`
	Area         string           `json:"area,omitempty"`
	Categories   []string         `json:"categories"`
	DataVersion  uint64           `json:"data_version"`
	ModelVersion string           `json:"model_version"`
	HistoryFrom  cube.Day         `json:"history_from"`
	HistoryTo    cube.Day         `json:"history_to"`    // the first forecast day
	ClosedFile   bool             `json:"closed_file"`   // the data ended long ago; history_to is their end
	HistoryWeeks []cube.Day       `json:"history_weeks"` // Mondays of the history of each place
	Windows      []HorizonWindow  `json:"horizons"`
	Choice       *forecast.Choice `json:"choice,omitempty"`
	Signs        *Signs           `json:"signs,omitempty"`
	Verdict      *Verdict         `json:"verdict,omitempty"`  // of all places together
	Baseline     string           `json:"baseline,omitempty"` // method of the baselines
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
	Horizon []HorizonForecast `json:"forecasts"`

	micro [horizonCount]int
}

// HorizonForecast is what is expected of a place over one horizon.
type HorizonForecast struct {
	Horizon    string              `json:"horizon"`
	Mean       float64             `json:"mean"`
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
	q := question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today()), categories: r.Categories}
	answer := &Forecast{Level: r.Layer.Name, Resolution: r.Layer.Resolution, Area: r.Area, Categories: r.Categories,
		DataVersion: snap.Version, ModelVersion: ModelVersion, HistoryFrom: q.span.first, HistoryTo: q.span.end,
		ClosedFile: q.span.closed, HistoryWeeks: []cube.Day{}, Windows: []HorizonWindow{}, Places: []PlaceForecast{}}
	if answer.State = stateOf(snap, q.span, r.Layer, forecast.MinWeeks); !answer.State.Ready() {
		return answer, nil
	}
	answer.HistoryWeeks, answer.Windows = q.span.mondays(historyWeeks), windows(q.span)
	made, err := s.forecasts.get(ctx, key(snap, "forecast", r.Layer, q.span, r.Categories), func(ctx context.Context) (*layerForecast, error) {
		return s.makeForecast(ctx, q, r.Layer)
	})
	if errors.Is(err, errNoEvents) {
		answer.State = noEvents()
		return answer, nil
	}
	if err != nil {
		return nil, err
	}
	return answer, made.render(answer, snap, r)
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

func windows(sp span) []HorizonWindow {
	var out []HorizonWindow
	for _, h := range forecast.Horizons() {
		from, to := h.Span()
		out = append(out, HorizonWindow{h.String(), sp.week(sp.weeks() + from), sp.week(sp.weeks() + to)})
	}
	return out
}

// render puts the places that were asked for into an answer.
func (f *layerForecast) render(answer *Forecast, snap *cube.Snapshot, r ForecastRequest) error {
	answer.Choice, answer.Signs, answer.Verdict, answer.Baseline = &f.choice, &f.signs, &f.verdict, f.baseline
	inside := areaFilter(snap, r.Layer, r.Area)
	var shown [horizonCount]int
	for _, p := range f.places {
		if !inside(p.ID) {
			continue
		}
		for h, n := range p.micro {
			shown[h] += n
		}
		answer.PlaceCount++
		if answer.PlaceCount <= r.Limit {
			p.Horizon = onlyHorizon(p.Horizon, r.Horizon)
			answer.Places = append(answer.Places, p)
		}
	}
	total, isNode := f.totals[r.Area]
	if !isNode {
		total = shown
	}
	for _, h := range forecast.Horizons() {
		if r.Horizon == "" || r.Horizon == h.String() {
			answer.Total = append(answer.Total, Expected{h.String(), events(total[h])})
			answer.Rest = append(answer.Rest, Expected{h.String(), events(total[h] - shown[h])})
		}
	}
	if r.Horizon != "" {
		answer.Windows = slices.DeleteFunc(answer.Windows, func(w HorizonWindow) bool { return w.Horizon != r.Horizon })
	}
	return nil
}

func onlyHorizon(all []HorizonForecast, name string) []HorizonForecast {
	i := slices.IndexFunc(all, func(h HorizonForecast) bool { return h.Horizon == name })
	if i < 0 {
		return all
	}
	return all[i : i+1]
}

// areaFilter tells which places lie in an area.
func areaFilter(snap *cube.Snapshot, l Layer, within string) func(id string) bool {
	switch {
	case within == "":
		return func(string) bool { return true }
	case l.Name == LayerHex:
		return cellsInside(snap.Catalogue.Tree, within)
	}
	tree := snap.Catalogue.Tree
	return func(id string) bool { return slices.Contains(tree.Path(id), within) }
}

// byExpected orders places by the four weeks, the most first.
func byExpected(a, b PlaceForecast) int {
	return cmp.Or(cmp.Compare(b.micro[forecast.FourWeeks], a.micro[forecast.FourWeeks]), cmp.Compare(a.ID, b.ID))
}
