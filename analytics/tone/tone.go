// Package tone tells how the texts of complaints sound, by township and month,
// where the administrator has tones derived at all (docs/triage.md).
//
// It answers that one fixed table and nothing else: no other area, no shorter
// time, no category, no sum over townships, no month that is not over. So no
// two of its answers differ by few reports. A township with fewer reports than
// the least number in a month is not in it. It knows no text and no person; the
// handlers of web call it.
package tone

import (
	"context"
	_ "embed" // the statement below
	"fmt"
	"math"
	"net/http"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/schemas"
)

//go:embed tone.sql
var toneSQL string

// LeastAllowed is the smallest least number that may be configured: what is
// shown outside (DOMAIN 2.9).
const LeastAllowed = 10

// Options of a Service.
type Options struct {
	DB    *clickhouse.DB
	Store *cube.Store
	// Least reports that a township must have in a month.
	Least uint64
}

// Service answers. It is safe for concurrent use.
type Service struct{ opt Options }

// New makes a Service.
func New(opt Options) (*Service, error) {
	if opt.Least < LeastAllowed {
		return nil, fmt.Errorf("tone: want at least %d reports", LeastAllowed)
	}
	return &Service{opt: opt}, nil
}

// Least is the least number of reports.
func (s *Service) Least() uint64 { return s.opt.Least }

// Row is the tone of a township in a month.
type Row struct {
	Month    string  `json:"month"` // YYYY-MM
	Area     string  `json:"area"`
	Incident uint64  `json:"incidents"`
	Tone     float64 `json:"tone"` // mean of 1 calm to 4 agitated, to a tenth
}

// Of gives the townships of a scope in the months [from, to], ascending. A
// scope of categories or sources is refused: two scopes' tables would differ by
// few reports; so is one within a township.
func (s *Service) Of(ctx context.Context, scope cube.Scope, from, to time.Time) ([]Row, error) {
	snap := s.opt.Store.Current()
	if scope.Protected || len(scope.Categories)+len(scope.Sources) > 0 {
		return nil, &schemas.Problem{Code: schemas.CodeForbidden, Status: http.StatusForbidden, Detail: "the tone of complaints is told of all reports of a township or not at all"}
	}
	y, m, _ := s.opt.Store.Today().Time().Date()
	current := uint32(y*100 + int(m))
	rows := []Row{}
	err := s.opt.DB.Each(ctx, toneSQL, func(scan func(...any) error) error {
		var month uint32
		var r Row
		if err := scan(&month, &r.Area, &r.Incident, &r.Tone); err != nil {
			return err
		}
		if scope.Holds(snap.Catalogue.Tree, r.Area) {
			r.Month = fmt.Sprintf("%04d-%02d", month/100, month%100)
			r.Tone = math.Round(10*r.Tone) / 10
			rows = append(rows, r)
		}
		return nil
	}, clickhouse.Param("tz", s.opt.Store.Zone().String()), clickhouse.Param("from", yearMonth(from)), clickhouse.Param("to", min(yearMonth(to), current-1)),
		clickhouse.Param("least", s.opt.Least))
	if err != nil {
		return nil, fmt.Errorf("read tones: %w", err)
	}
	return rows, nil
}

func yearMonth(t time.Time) uint32 { return uint32(t.Year()*100 + int(t.Month())) }
