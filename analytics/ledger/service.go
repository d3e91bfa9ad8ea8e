package ledger

import (
	"cmp"
	"context"
	"slices"

	"reli/analytics/cube"
	"reli/analytics/indicator/course"
	"reli/geo/area"
	"reli/internal/clickhouse"
)

// Service makes ledgers. It is safe for concurrent use.
type Service struct{ courses *course.Keeper }

// New makes a Service on the courses of a keeper.
func New(courses *course.Keeper) *Service { return &Service{courses} }

// Request asks for the ledgers of a window, whose first day is the base day.
type Request struct {
	Selection cube.Selection
	Level     area.Level // area.Unknown for everything in one
	Long      Long
}

// Answer is the ledgers by area, and the long and repeated matters.
type Answer struct {
	From        cube.Day `json:"from"` // the base day
	To          cube.Day `json:"to"`
	Level       string   `json:"level"`
	Ledgers     []Info   `json:"ledgers"`
	Areas       []Area   `json:"areas"`
	Long        Long     `json:"long"`
	Matters     []Matter `json:"matters"`
	DataVersion uint64   `json:"data_version"`
}

// Area is the three ledgers of one area, in the order of Infos.
type Area struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Ledgers []Ledger `json:"ledgers"`
}

// Ledgers computes.
func (s *Service) Ledgers(ctx context.Context, r Request) (*Answer, error) {
	out := &Answer{From: r.Selection.From, To: r.Selection.To, Level: "total", Ledgers: Infos(), Long: r.Long.orDefault()}
	if r.Level != area.Unknown {
		out.Level = r.Level.String()
	}
	err := s.courses.Read(ctx, func(db *clickhouse.DB, snap *cube.Snapshot) error {
		out.DataVersion = snap.Version
		flows, err := readFlows(ctx, db, snap.Catalogue, r)
		if err != nil {
			return err
		}
		out.Areas = areas(snap.Catalogue.Tree, r, flows)
		out.Matters, err = readMatters(ctx, db, snap.Catalogue, r.Selection, out.Long)
		return err
	})
	return out, err
}

// flowsBy are flows by area and ledger.
type flowsBy map[string]map[Kind][]Flow

func areas(tree *area.Tree, r Request, flows flowsBy) []Area {
	places := []Area{{Name: "合计"}}
	if r.Level != area.Unknown {
		places = []Area{}
		if tree != nil {
			for _, a := range tree.AtLevel(r.Level) {
				inside := r.Selection.Area == "" || slices.Contains(tree.Path(a.Code), r.Selection.Area)
				if inside && r.Selection.Scope.Shows(tree, a.Code) {
					places = append(places, Area{Code: a.Code, Name: a.Name})
				}
			}
		}
	}
	slices.SortFunc(places, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
	for i := range places {
		for _, info := range Infos() {
			rounds := Fill(Edges(r.Selection.From, r.Selection.To), flows[places[i].Code][info.Kind])
			places[i].Ledgers = append(places[i].Ledgers, newLedger(info.Kind, rounds))
		}
	}
	return places
}
