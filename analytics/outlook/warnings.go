package outlook

import (
	"context"
	"fmt"
	"slices"

	"reli/analytics/cube"
)

// WarningsRequest asks what is more than its past leads to expect.
type WarningsRequest struct {
	Layer      Layer    // areas or hexagons
	Categories []string // each apart; nil for every one that occurs
	// Budget is the number of false alarms a year that is accepted for all
	// tests together; 0 keeps the false-discovery rate at WarningFDR instead.
	Budget float64
	// Scope of who asks. Areas outside it are tested, so that the false alarms
	// are bounded over all, and not listed.
	Scope cube.Scope
}

// WarningFDR is the share of false alarms among the alarms of one look that is
// accepted where no budget is given.
const WarningFDR = 0.05

// Warnings are the alarms of one look, and what they were chosen from.
type Warnings struct {
	Made
	State      State    `json:"state"`
	Level      string   `json:"level"`
	Resolution int      `json:"resolution,omitempty"`
	Categories []string `json:"categories"`
	Day        cube.Day `json:"day"`    // first day that is not read
	Series     int      `json:"series"` // place × category with any incident in the history
	Quiet      int      `json:"quiet"`  // of these, with fewer than 5 cases in 4 weeks: not tested
	Unanswered int      `json:"unanswered"`
	Tests      int      `json:"tests"`
	Scan       ScanLook `json:"scan"`
	Rule       Rule     `json:"rule"`
	Alarms     []Alarm  `json:"alarms"` // strongest first
}

// Rule says how false alarms are bounded.
type Rule struct {
	Name    string  `json:"name"` // fdr or budget
	Rate    float64 `json:"rate,omitempty"`
	PerYear float64 `json:"per_year,omitempty"`
	Zh      string  `json:"zh"`
	En      string  `json:"en"`
}

// Methods of an alarm.
const (
	MethodFarrington = "farrington_flexible"
	MethodEARS       = "ears_c2"
)

// Alarm is one place and category with more incidents than expected.
type Alarm struct {
	ID         string   `json:"id"`
	Name       string   `json:"name,omitempty"`
	Category   string   `json:"category"`
	CategoryZh string   `json:"category_zh"`
	CategoryEn string   `json:"category_en"`
	Method     string   `json:"method"`
	From       cube.Day `json:"from"`
	To         cube.Day `json:"to"`
	Observed   int64    `json:"observed"`
	Expected   float64  `json:"expected"`
	Upper      *float64 `json:"upper"` // null for a scan, which has none
	P          float64  `json:"p"`
	PAdjusted  float64  `json:"p_adjusted"`
	// Recurrence is the mean number of years between two chance alarms this
	// strong among as many tests; null for p = 0.
	Recurrence *float64 `json:"recurrence_years"`
	Members    []string `json:"members,omitempty"`  // places of a scan's circle, nearest first
	Strength   float64  `json:"strength,omitempty"` // log likelihood ratio of a scan
	ReasonZh   string   `json:"reason_zh"`
	ReasonEn   string   `json:"reason_en"`
	Chart      Chart    `json:"chart"`
}

// Chart is the history of an alarm: counts a step, and for the last steps what
// was expected and the bound, null where there was none.
type Chart struct {
	Step     cube.Step  `json:"step"`
	From     cube.Day   `json:"from"`
	Counts   []int64    `json:"counts"`
	Expected []*float64 `json:"expected"`
	Upper    []*float64 `json:"upper"`
}

// Warnings answers a request on the newest settled state.
func (s *Service) Warnings(ctx context.Context, r WarningsRequest) (*Warnings, error) {
	snap := s.store.Current()
	r.Categories = sortedCodes(r.Categories)
	all, err := s.allWarnings(ctx, snap, r)
	if err != nil || r.Layer.Name == LayerHex || len(r.Scope.Areas) == 0 {
		return all, err
	}
	own := *all
	own.Alarms = slices.DeleteFunc(slices.Clone(all.Alarms), func(a Alarm) bool { return !a.inScope(snap.Catalogue, r.Scope) })
	return &own, nil
}

// allWarnings gives the stored warnings of a layer, or makes them.
func (s *Service) allWarnings(ctx context.Context, snap *cube.Snapshot, r WarningsRequest) (*Warnings, error) {
	end, _ := lastDay(snap.Catalogue, s.store.Today())
	scope := counted(r.Layer, r.Scope)
	if scope.Empty() && r.Budget == 0 {
		w, m, ok, err := stored(ctx, s, s.warnings, snap, kindWarnings, nameOf(r.Layer, r.Categories), end, false)
		if err != nil {
			return nil, err
		}
		if ok {
			shown := *w
			shown.Made = m
			return &shown, nil
		}
	}
	return s.warningsNow(ctx, question{snap: snap, span: wholeWeeks(snap.Catalogue, s.store.Today()), scope: scope}, r, end)
}

// warningsNow makes the warnings of a layer, once for all who ask.
func (s *Service) warningsNow(ctx context.Context, q question, r WarningsRequest, end cube.Day) (*Warnings, error) {
	return s.warnings.get(ctx, key(q.snap, r.Layer, r.Categories, r.Budget, end, q.scope.Canonical()), func(ctx context.Context) (*Warnings, error) {
		return s.makeWarnings(ctx, q, r, end)
	})
}

func (s *Service) makeWarnings(ctx context.Context, q question, r WarningsRequest, end cube.Day) (*Warnings, error) {
	w := &Warnings{Made: s.madeNow(q.snap), Level: r.Layer.Name, Resolution: r.Layer.Resolution, Categories: r.Categories,
		Day: end, Rule: ruleOf(r.Budget), Alarms: []Alarm{}}
	if w.State = stateOf(q.snap, q.span, r.Layer, earsWeeks); !w.State.Ready() {
		w.Scan.State = w.State
		return w, nil
	}
	return w, s.look(ctx, q, r, w)
}

func ruleOf(budget float64) Rule {
	if budget > 0 {
		return Rule{Name: "budget", PerYear: budget, Zh: fmt.Sprintf("全部检验合计每年误报不超过 %g 次", budget),
			En: fmt.Sprintf("at most %g false alarms a year over all tests", budget)}
	}
	return Rule{Name: "fdr", Rate: WarningFDR, Zh: fmt.Sprintf("错误发现率不超过 %g%%", 100*WarningFDR),
		En: fmt.Sprintf("false-discovery rate at most %g %%", 100*WarningFDR)}
}
