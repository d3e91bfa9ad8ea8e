package sqlbench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/web/access"
)

// Bounds of what is kept.
const (
	maxSaved  = 500 // listed for one principal
	maxOwn    = 200 // kept of one principal
	maxRuns   = 200 // listed of the history
	maxName   = 120 // characters
	maxNote   = 2000
	maxLabels = 200
)

// Template says how a saved query's result is shown.
type Template struct {
	Title  string            `json:"title,omitempty"`
	Labels map[string]string `json:"labels,omitempty"` // column → heading
	Chart  *Chart            `json:"chart,omitempty"`
}

// Chart draws a result.
type Chart struct {
	Kind string   `json:"kind"` // bar, line or pie
	X    string   `json:"x"`    // column
	Y    []string `json:"y"`    // columns
}

func (t Template) label(column string) string {
	if label := t.Labels[column]; label != "" {
		return label
	}
	return column
}

func (t Template) check() error {
	switch {
	case utf8.RuneCountInString(t.Title) > maxName:
		return schemas.BadParameter("template", "the title is longer than %d characters", maxName)
	case len(t.Labels) > maxLabels:
		return schemas.BadParameter("template", "more than %d labels", maxLabels)
	case t.Chart != nil && !slices.Contains([]string{"bar", "line", "pie"}, t.Chart.Kind):
		return schemas.BadParameter("template", "a chart is bar, line or pie")
	case t.Chart != nil && (t.Chart.X == "" || len(t.Chart.Y) == 0 || len(t.Chart.Y) > 10):
		return schemas.BadParameter("template", "a chart has a column x and 1 to 10 columns y")
	}
	return nil
}

// Saved is a query that was kept.
type Saved struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Note       string         `json:"note"`
	SQL        string         `json:"sql"`
	Parameters map[string]any `json:"parameters"`
	Template   Template       `json:"template"`
	Shared     bool           `json:"shared"`
	Own        bool           `json:"own"`
	MadeAt     time.Time      `json:"made_at"`
}

// Save keeps a query: a new one, or with an id a new version of an own one.
func (b *Bench) Save(ctx context.Context, p access.Principal, q Saved) (Saved, error) {
	if _, ok := b.Limit(p.Role); !ok {
		return Saved{}, forbidden()
	}
	if err := q.check(); err != nil {
		return Saved{}, err
	}
	now := b.opt.Now()
	if q.ID == "" {
		own, err := b.List(ctx, p)
		if err != nil {
			return Saved{}, err
		}
		if len(slices.DeleteFunc(own, func(s Saved) bool { return !s.Own })) >= maxOwn {
			return Saved{}, &schemas.Problem{Code: schemas.CodeTooLarge, Status: http.StatusConflict, Field: "name",
				Detail: fmt.Sprintf("no more than %d queries are kept of one person: remove one first", maxOwn)}
		}
		q.ID = uuid.NewString()
	} else if _, err := b.own(ctx, p, q.ID); err != nil {
		return Saved{}, err
	}
	q.Own, q.MadeAt = true, now
	row, err := q.row(p.ID, now)
	if err != nil {
		return Saved{}, err
	}
	return q, b.opt.DB.SaveQuery(ctx, row)
}

func (q Saved) check() error {
	switch n := utf8.RuneCountInString(q.Name); {
	case n == 0 || n > maxName:
		return schemas.BadParameter("name", "want 1 to %d characters", maxName)
	case utf8.RuneCountInString(q.Note) > maxNote:
		return schemas.BadParameter("note", "longer than %d characters", maxNote)
	case q.SQL == "" || len(q.SQL) > maxKept:
		return schemas.BadParameter("sql", "want 1 to %d bytes", maxKept)
	}
	return q.Template.check()
}

func (q Saved) row(owner string, now time.Time) (clickhouse.SavedQuery, error) {
	parameters, err := json.Marshal(q.Parameters)
	if err != nil {
		return clickhouse.SavedQuery{}, err
	}
	template, err := json.Marshal(q.Template)
	if err != nil {
		return clickhouse.SavedQuery{}, err
	}
	row := clickhouse.SavedQuery{ID: q.ID, Owner: owner, Name: q.Name, Note: q.Note, SQL: q.SQL, Parameters: string(parameters),
		Template: string(template), MadeAt: now, Version: uint64(now.UnixNano())}
	if q.Shared {
		row.Shared = 1
	}
	return row, nil
}

// own gives the row of a query that is the principal's.
func (b *Bench) own(ctx context.Context, p access.Principal, id string) (clickhouse.SavedQuery, error) {
	row, ok, err := b.opt.DB.SavedQuery(ctx, p.ID, id)
	if err == nil && (!ok || row.Owner != p.ID) {
		err = noSuchQuery()
	}
	return row, err
}

func noSuchQuery() error {
	return &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Detail: "there is no such saved query of yours"}
}

// Remove takes an own query away.
func (b *Bench) Remove(ctx context.Context, p access.Principal, id string) error {
	if _, ok := b.Limit(p.Role); !ok {
		return forbidden()
	}
	row, err := b.own(ctx, p, id)
	if err != nil {
		return err
	}
	row.Removed, row.Version = 1, uint64(b.opt.Now().UnixNano())
	return b.opt.DB.SaveQuery(ctx, row)
}

// List gives the principal's queries and the shared ones, by name.
func (b *Bench) List(ctx context.Context, p access.Principal) ([]Saved, error) {
	if _, ok := b.Limit(p.Role); !ok {
		return nil, forbidden()
	}
	rows, err := b.opt.DB.SavedQueries(ctx, p.ID, maxSaved)
	if err != nil {
		return nil, err
	}
	out := make([]Saved, len(rows))
	for i, row := range rows {
		if out[i], err = savedOf(row, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Get gives one query that the principal may use.
func (b *Bench) Get(ctx context.Context, p access.Principal, id string) (Saved, error) {
	if _, ok := b.Limit(p.Role); !ok {
		return Saved{}, forbidden()
	}
	row, ok, err := b.opt.DB.SavedQuery(ctx, p.ID, id)
	if err != nil {
		return Saved{}, err
	}
	if !ok {
		return Saved{}, noSuchQuery()
	}
	return savedOf(row, p)
}

func savedOf(row clickhouse.SavedQuery, p access.Principal) (Saved, error) {
	q := Saved{ID: row.ID, Name: row.Name, Note: row.Note, SQL: row.SQL, Shared: row.Shared == 1, Own: row.Owner == p.ID, MadeAt: row.MadeAt.UTC()}
	if err := decode([]byte(row.Parameters), &q.Parameters); err != nil {
		return q, fmt.Errorf("saved query %s: %w", row.ID, err)
	}
	if err := decode([]byte(row.Template), &q.Template); err != nil {
		return q, fmt.Errorf("saved query %s: %w", row.ID, err)
	}
	return q, nil
}

// Run is a line of the history.
type Run struct {
	At         time.Time      `json:"at"`
	RequestID  string         `json:"request_id"`
	SQL        string         `json:"sql"`
	Parameters map[string]any `json:"parameters"`
	Format     string         `json:"format"`
	TookMillis uint32         `json:"took_ms"`
	Rows       uint64         `json:"rows"`
	Code       string         `json:"code"`
}

// History gives the principal's newest runs.
func (b *Bench) History(ctx context.Context, p access.Principal) ([]Run, error) {
	if _, ok := b.Limit(p.Role); !ok {
		return nil, forbidden()
	}
	rows, err := b.opt.DB.QueryRuns(ctx, p.ID, maxRuns)
	if err != nil {
		return nil, err
	}
	out := make([]Run, len(rows))
	for i, row := range rows {
		out[i] = Run{At: row.At.UTC(), RequestID: row.RequestID, SQL: row.SQL, Format: row.Format, TookMillis: row.TookMillis, Rows: row.Rows, Code: row.Code}
		if err := decode([]byte(row.Parameters), &out[i].Parameters); err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
	}
	return out, nil
}
