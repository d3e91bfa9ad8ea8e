package report

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"reli/analytics/cube"
	"reli/analytics/indicator"
	"reli/analytics/indicator/course"
	"reli/analytics/ledger"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Options of a Service.
type Options struct {
	DB         *clickhouse.DB
	Store      *cube.Store
	Now        func() time.Time
	Thresholds []Threshold // of the notice on petition rates; the default where nil
	Logger     *slog.Logger
}

// Service makes reports and keeps them. It is safe for concurrent use.
type Service struct {
	// Indicators and Ledgers are what the reports are made from; they answer
	// questions of their own too.
	Indicators *indicator.Service
	Ledgers    *ledger.Service

	courses    *course.Keeper
	db         *clickhouse.DB
	now        func() time.Time
	thresholds []Threshold
	logger     *slog.Logger
}

// New makes a Service. It starts nothing; see Follow.
func New(opt Options) *Service {
	courses := course.New(opt.DB, opt.Store, opt.Logger)
	s := &Service{Indicators: indicator.New(courses), Ledgers: ledger.New(courses), courses: courses, db: opt.DB, now: opt.Now,
		thresholds: opt.Thresholds, logger: opt.Logger}
	if s.thresholds == nil {
		s.thresholds = DefaultThresholds()
	}
	return s
}

func (s *Service) store() *cube.Store { return s.courses.Store() }

// today is the local day of the service's clock.
func (s *Service) today() cube.Day { return cube.Today(s.now(), s.store().Zone()) }

// Lookup finds a report that can be made.
func Lookup(name string) (Info, bool) {
	all := Infos()
	i := slices.IndexFunc(all, func(r Info) bool { return r.Name == name })
	if i < 0 {
		return Info{}, false
	}
	return all[i], true
}

// Find reads a report's name and period. Without a period it is the last whole
// one of the report's first cadence that is a month or longer.
func (s *Service) Find(name, period string) (Info, Period, error) {
	info, ok := Lookup(name)
	if !ok {
		return info, Period{}, &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Detail: "no such report"}
	}
	if period == "" {
		c := info.Cadences[0]
		if slices.Contains(info.Cadences, CadenceMonth) {
			c = CadenceMonth
		}
		return info, PeriodOf(c, s.today()).Before(), nil
	}
	p, err := ParsePeriod(period)
	if err != nil {
		return info, p, err
	}
	if !slices.Contains(info.Cadences, p.Cadence) {
		return info, p, schemas.BadParameter("period", "%s is made by %v", name, info.Cadences)
	}
	return info, p, nil
}

// Get gives a report: as it was kept, where that is the whole county's and
// whoever asks may see all of it; else made now.
func (s *Service) Get(ctx context.Context, info Info, p Period, place string, scope cube.Scope) (*Document, error) {
	if place == "" && scope.Empty() {
		d, ok, err := s.kept(ctx, info.Name, p)
		if err != nil || ok {
			return d, err
		}
	}
	return s.make(ctx, info, job{period: p, area: place, scope: scope})
}

func (s *Service) kept(ctx context.Context, name string, p Period) (*Document, bool, error) {
	row, ok, err := s.db.Report(ctx, name, string(p.Cadence), p.Name)
	if err != nil || !ok {
		return nil, false, err
	}
	d := &Document{}
	if err := json.Unmarshal([]byte(row.Document), d); err != nil {
		return nil, false, fmt.Errorf("kept report %s %s: %w", name, p.Name, err)
	}
	return d, true, nil
}

func (s *Service) make(ctx context.Context, info Info, j job) (*Document, error) {
	d := &Document{Name: info.Name, Zh: info.Zh, En: info.En, Period: j.period, Area: j.area, State: StateCurrent,
		MadeAt: s.now().In(s.store().Zone()).Truncate(time.Second), PlaceZh: s.place(j)}
	if s.today() < j.period.RunDay() {
		d.State = StateProvisional
	}
	if err := info.make(s, ctx, j, d); err != nil {
		return nil, err
	}
	return d, nil
}

// place names what a report is about: the area, the scope's areas, or the
// county.
func (s *Service) place(j job) string {
	tree := s.store().Current().Catalogue.Tree
	if tree == nil {
		return "全部"
	}
	codes := j.scope.Within(tree, j.area)
	if len(codes) == 1 && codes[0] == "" {
		codes = tree.Children("")
	}
	name := ""
	for i, code := range codes {
		if i == 3 {
			return name + "等"
		}
		if a, ok := tree.Get(code); ok {
			name += map[bool]string{true: "、"}[i > 0] + a.Name
		}
	}
	return name
}

func categoryName(list []schemas.Entry, code string) string {
	if i := slices.IndexFunc(list, func(e schemas.Entry) bool { return e.Code == code }); i >= 0 {
		return list[i].Zh
	}
	return code
}

func placeName(tree *area.Tree, township, village string) string {
	name := ""
	if tree != nil {
		for _, code := range []string{township, village} {
			a, _ := tree.Get(code)
			name += a.Name
		}
	}
	if name == "" {
		return "未定位"
	}
	return name
}
