package outlook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"

	"reli/analytics/cube"
	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
	"reli/internal/clickhouse"
)

// Extent says how much is made ahead and stored.
type Extent string

// The extents.
const (
	ExtentNone Extent = "none"
	ExtentMain Extent = "main" // all categories together
	ExtentAll  Extent = "all"  // each category too
)

// aheadPlaces bounds the layers that are made ahead: on larger ones an answer
// is made when it is asked for.
const aheadPlaces = 20_000

// Work says what a pass makes.
type Work struct {
	Extent Extent
	// Night measures the forecasts again, and the warnings by injected outbreaks;
	// otherwise the stored backtest is used as long as there is one.
	Night bool
	// Progress is told how far the pass is, from the goroutine that does it.
	Progress func(done, total int)
}

// Tally counts what a pass did.
type Tally struct {
	Made      int // new or changed answers
	Confirmed int // answers that the change left as they were
	Current   int // answers that were of the newest state already
}

// task makes one answer.
type task struct {
	kind, name string
	readTo     cube.Day
	make       func(ctx context.Context, before clickhouse.Result, had bool) (outcome, error)
}

// outcome of a task: a new answer, or a word about the one before.
type outcome struct {
	word   word
	digest uint64
	made   Made
	answer any
	rows   clickhouse.ResultRows
}

// word about the answer before.
type word uint8

const (
	wordNew  word = iota // a new answer takes its place, if it differs
	wordSame             // it is still right
	wordStay             // it stays, as it is
	wordNone             // there is none any more
)

// Compute makes and stores the answers that are asked for most, where they are
// not of the newest settled state: forecasts, their backtests, warnings and hot
// spots. One pass at a time. What is done stays when it is cancelled.
func (s *Service) Compute(ctx context.Context, w Work) (Tally, error) {
	s.computing.Lock()
	defer s.computing.Unlock()
	var t Tally
	if s.archive.db == nil {
		return t, errors.New("outlook: there is nowhere to store answers")
	}
	snap := s.store.Current()
	tasks := s.tasks(snap, w)
	var confirmed []clickhouse.Result
	measured := map[string]bool{} // names of the backtests made in this pass
	for i, k := range tasks {
		if w.Progress != nil {
			w.Progress(i, len(tasks))
		}
		before, had := s.archive.find(k.kind, k.name)
		due := k.kind == kindForecast && measured[k.name] || k.kind == kindBacktest && w.Night
		if had && !due && !madeBy(before, snap, k.readTo).Stale {
			t.Current++
			continue
		}
		o, err := k.make(ctx, before, had)
		if err != nil {
			return t, fmt.Errorf("make %s %s: %w", k.kind, k.name, err)
		}
		if o.word == wordStay || o.word == wordNone && !had {
			continue
		}
		r := clickhouse.Result{Kind: k.kind, Name: k.name, DataVersion: snap.Version, ModelVersion: ModelVersion, MadeAt: o.made.MadeAt, ReadTo: k.readTo.Time(), Digest: o.digest}
		if o.word == wordNone {
			r.Run = clickhouse.NoRun
			confirmed = append(confirmed, r)
			continue
		}
		if o.word == wordSame || had && before.Digest == o.digest {
			r.Run, r.MadeAt, r.Digest = before.Run, before.MadeAt, before.Digest
			confirmed = append(confirmed, r)
			t.Confirmed++
			continue
		}
		if err := s.save(ctx, r, o.answer, o.rows); err != nil {
			return t, err
		}
		t.Made++
		measured[k.name] = measured[k.name] || k.kind == kindBacktest
	}
	if w.Progress != nil {
		w.Progress(len(tasks), len(tasks))
	}
	if err := s.stamp(ctx, confirmed); err != nil {
		return t, err
	}
	if t.Made == 0 {
		return t, nil
	}
	return t, s.archive.db.ClearResults(ctx)
}

// tasks lists what is made ahead, what is asked for most first. A backtest
// comes before the forecast that shows it, and the layers of a category follow
// each other because they share the model of the finest places.
func (s *Service) tasks(snap *cube.Snapshot, w Work) []task {
	choices := [][]string{{}}
	if w.Extent == ExtentAll {
		for _, e := range snap.Catalogue.Categories {
			if e.Code != "" {
				choices = append(choices, []string{e.Code})
			}
		}
	}
	layers := s.layersAhead(snap)
	var out []task
	for _, categories := range choices {
		q := question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today()), categories: categories, oldBacktest: true}
		for _, l := range layers {
			out = append(out, s.backtestTask(q, l, w.Night), s.forecastTask(q, l))
		}
		for _, l := range layers {
			if len(categories) == 0 {
				out = append(out, s.warningsTask(q, l))
			}
			for _, method := range methodsAhead(l, len(categories) == 0) {
				out = append(out, s.hotspotsTask(q, l, method))
			}
		}
	}
	return out
}

func (s *Service) layersAhead(snap *cube.Snapshot) []Layer {
	var out []Layer
	for _, level := range levels() {
		if tree := snap.Catalogue.Tree; tree != nil {
			if n := len(tree.AtLevel(level)); n > 0 && n <= aheadPlaces {
				out = append(out, Layer{Name: level.String()})
			}
		}
	}
	if len(snap.Cells(DefaultResolution)) <= aheadPlaces {
		out = append(out, Layer{LayerHex, DefaultResolution})
	}
	return out
}

// methodsAhead of hot spots: for a single category only the two that the map
// and the list open with.
func methodsAhead(l Layer, all bool) []string {
	methods := []string{MethodGiStar}
	if l.Name != LayerHex {
		methods = append(methods, MethodRates)
	}
	if all {
		methods = append(methods, MethodMoran, MethodScan, MethodPermutation, MethodEmerging)
	}
	return methods
}

func (s *Service) forecastTask(q question, l Layer) task {
	return task{kindForecast, nameOf(l, q.categories), q.span.end, func(ctx context.Context, before clickhouse.Result, had bool) (outcome, error) {
		if !stateOf(q.snap, q.span, l, forecast.MinWeeks).Ready() {
			return outcome{word: wordNone}, nil
		}
		leaves, direct, err := s.talliesOf(ctx, q, l)
		if err != nil {
			return outcome{}, err
		}
		judge, _ := s.archive.find(kindBacktest, nameOf(l, q.categories))
		digest := digestOf(q.span, leaves.digest, direct.digest, judge.Run)
		if had && before.Digest == digest {
			return outcome{word: wordSame}, nil
		}
		f, err := s.forecastNow(ctx, q, l)
		if errors.Is(err, errNoEvents) {
			return outcome{word: wordNone}, nil
		}
		if err != nil {
			return outcome{}, err
		}
		return outcome{digest: digest, made: Made{MadeAt: f.MadeAt}, answer: f, rows: f.rows(l, q.categories)}, nil
	}}
}

func (s *Service) backtestTask(q question, l Layer, night bool) task {
	return task{kindBacktest, nameOf(l, q.categories), q.span.end, func(ctx context.Context, before clickhouse.Result, had bool) (outcome, error) {
		holdout := defaultHoldout(q.span.weeks())
		if holdout == 0 || !stateOf(q.snap, q.span, l, forecast.MinWeeks+leastHoldout).Ready() {
			return outcome{word: wordNone}, nil
		}
		leaves, direct, err := s.talliesOf(ctx, q, l)
		if err != nil {
			return outcome{}, err
		}
		plain := digestOf(q.span, leaves.digest, direct.digest, holdout)
		digest, full := plain, digestOf(plain, "with detection")
		detect := night && len(q.categories) == 0
		if detect {
			digest = full
		}
		switch {
		case had && (before.Digest == digest || before.Digest == full):
			return outcome{word: wordSame}, nil
		case had && !night:
			return outcome{word: wordStay}, nil // marked as stale, until the night
		}
		j, err := s.judgedNow(ctx, q, l, backtest.Options{Holdout: holdout})
		if errors.Is(err, errNoEvents) {
			return outcome{word: wordNone}, nil
		}
		if err != nil {
			return outcome{}, err
		}
		if detect {
			b, err := s.withDetection(ctx, q, l, 0, j.Backtest)
			if err != nil {
				return outcome{}, err
			}
			j = &judged{Backtest: *b, Places: j.Places}
		}
		return outcome{digest: digest, made: j.Backtest.Made, answer: j, rows: j.Backtest.rows(l, j.overall().Reason)}, nil
	}}
}

func (s *Service) warningsTask(q question, l Layer) task {
	end, _ := lastDay(q.snap.Catalogue, s.store.Today())
	return task{kindWarnings, nameOf(l, nil), end, func(ctx context.Context, _ clickhouse.Result, _ bool) (outcome, error) {
		w, err := s.warningsNow(ctx, q, WarningsRequest{Layer: l, Categories: []string{}}, end)
		if err != nil || !w.State.Ready() {
			return outcome{word: wordNone}, err
		}
		plain := *w
		plain.Made = Made{}
		digest, err := digestOfAnswer(plain)
		return outcome{digest: digest, made: w.Made, answer: w, rows: w.rows(l)}, err
	}}
}

func (s *Service) hotspotsTask(q question, l Layer, method string) task {
	sel := s.standardSelection(q.snap, q.categories)
	return task{kindHotspots, nameOf(l, q.categories, method), sel.To, func(ctx context.Context, _ clickhouse.Result, _ bool) (outcome, error) {
		h, err := s.hotspotsNow(ctx, q.snap, HotspotsRequest{Layer: l, Selection: sel, Method: method})
		if err != nil || !h.State.Ready() {
			return outcome{word: wordNone}, err
		}
		plain := *h
		plain.Made = Made{}
		digest, err := digestOfAnswer(plain)
		return outcome{digest: digest, made: h.Made, answer: h, rows: h.rows(l)}, err
	}}
}

// digestOf what an answer is made from.
func digestOf(parts ...any) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, parts...) // a hash never fails
	return h.Sum64()
}

// digestOfAnswer is for answers that are cheaper to make than to tell whether
// they changed.
func digestOfAnswer(v any) (uint64, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return 0, fmt.Errorf("encode an answer: %w", err)
	}
	return digestOf(string(text)), nil
}
