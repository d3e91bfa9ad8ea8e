package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"reli/analytics/cube"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// leastKept is the least number of months that records and daily numbers are
// kept: indicators and forecasts look back two years.
const leastKept = 24

type retentionCmd struct {
	DryRun bool `help:"Say what would be removed, and remove nothing."`
}

// retentionForm is what the command asks, retentionAnswer what came of it.
type retentionForm struct {
	DryRun bool `json:"dry_run"`
}

type retentionAnswer struct {
	Removed []clickhouse.Removal `json:"removed"` // or to be removed, in a dry run
	Held    []heldMonth          `json:"held"`
}

type heldMonth struct {
	Rule  string `json:"rule"`
	Month uint32 `json:"month"`
	Why   string `json:"why"`
}

// Run removes what is older than the rules keep.
func (c retentionCmd) Run(p *process) error {
	if p.config.RetainRecords == 0 && p.config.RetainCube == 0 {
		fmt.Fprintln(p.stdout, "没有设置保存期限，不删除任何数据 / no limit of keeping is set (--retain-records, --retain-cube): nothing is removed")
		return nil
	}
	if _, err := p.config.kept(); err != nil {
		return err
	}
	var answer retentionAnswer
	if err := perform(p, retentionTask(), retentionForm(c), &answer); err != nil {
		return err
	}
	verb := "已删除 / removed"
	if c.DryRun {
		verb = "将删除 / would be removed"
	}
	for _, r := range answer.Removed {
		fmt.Fprintf(p.stdout, "%s: %d %s, %d rows, rule %s keeps %d months\n", verb, r.Month, r.Table, r.Rows, r.Rule, r.Keep)
	}
	for _, h := range answer.Held {
		fmt.Fprintf(p.stdout, "保留 / held: %d, rule %s: %s\n", h.Month, h.Rule, h.Why)
	}
	if len(answer.Removed)+len(answer.Held) == 0 {
		fmt.Fprintln(p.stdout, "没有超过期限的数据 / nothing is older than the rules keep")
	}
	return nil
}

// limits are the months that are kept, by rule; 0 for ever.
type limits struct{ records, cube uint32 }

// kept checks the limits of keeping.
func (c Config) kept() (limits, error) {
	for name, months := range map[string]int{"retain-records": c.RetainRecords, "retain-cube": c.RetainCube} {
		if months != 0 && months < leastKept {
			return limits{}, schemas.BadParameter(name, "at least %d months are kept, or 0 for ever", leastKept)
		}
	}
	if c.RetainCube != 0 && (c.RetainRecords == 0 || c.RetainRecords > c.RetainCube) {
		return limits{}, schemas.BadParameter("retain-cube", "daily numbers are kept at least as long as their records")
	}
	return limits{uint32(c.RetainRecords), uint32(c.RetainCube)}, nil
}

// before gives the first month (yyyymm) that is kept by a rule.
func before(today time.Time, keep uint32) uint32 {
	first := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -int(keep), 0)
	return uint32(first.Year()*100 + int(first.Month()))
}

// retentionTask removes by the rules of the process that owns the data.
func retentionTask() task {
	return task{path: "/local/retention", run: func(ctx context.Context, a *app, form json.RawMessage, report func(step)) (any, error) {
		var f retentionForm
		if err := json.Unmarshal(form, &f); err != nil {
			return nil, err
		}
		keep, err := a.config.kept()
		if err != nil {
			return nil, err
		}
		return a.retain(ctx, keep, f.DryRun, report)
	}}
}

func (a *app) retain(ctx context.Context, keep limits, dry bool, report func(step)) (answer retentionAnswer, err error) {
	err = a.store.Freeze(ctx, "retention", func(ctx context.Context, _ *cube.Snapshot) error {
		if a.condition != nil && !dry {
			if err := a.condition.forget(); err != nil {
				return err
			}
		}
		if keep.records != 0 {
			if err := a.retainRecords(ctx, keep.records, dry, &answer, report); err != nil || keep.cube == 0 {
				return err
			}
		}
		return a.retainCube(ctx, keep, dry, &answer)
	})
	if err != nil || dry || len(answer.Removed) == 0 {
		return answer, err
	}
	if _, err := a.store.Reload(ctx, "retention"); err != nil {
		return answer, err
	}
	for _, r := range answer.Removed {
		a.logger.Info("removed by retention", "rule", r.Rule, "month", r.Month, "table", r.Table, "rows", r.Rows)
	}
	if a.condition == nil {
		return answer, nil
	}
	return answer, a.condition.write(ctx, a.db, a.store.Current().Version)
}

// retainRecords removes the records of old months whole. A month with an open
// incident is held: its closing has yet to be counted.
func (a *app) retainRecords(ctx context.Context, keep uint32, dry bool, answer *retentionAnswer, report func(step)) error {
	months, err := a.db.MonthsBefore(ctx, a.zone.String(), before(a.now().In(a.zone), keep))
	if err != nil {
		return err
	}
	sealed, err := a.db.SealedMonths(ctx)
	if err != nil {
		return err
	}
	for i, m := range months {
		report(step{"按规定删除 / removing by rule", "months", int64(i), int64(len(months))})
		again := slices.Contains(sealed, m.Month) // left by a kill, or come late
		switch {
		case m.Records == 0:
		case !again && m.Open > 0:
			answer.hold(clickhouse.RuleRecords, m.Month, "%d incidents are still open", m.Open)
		case !again && m.Courses != m.Records:
			answer.hold(clickhouse.RuleRecords, m.Month, "the indicators have %d of %d incidents so far", m.Courses, m.Records)
		case dry:
			answer.Removed = append(answer.Removed, clickhouse.Removal{Rule: clickhouse.RuleRecords, Month: m.Month, Table: "incidents", Keep: keep, Rows: m.Records})
		default:
			removed, err := a.db.RemoveRecords(ctx, a.zone.String(), m.Month, keep, a.now)
			answer.Removed = append(answer.Removed, removed...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// retainCube removes the daily numbers of older months, whose records are gone.
func (a *app) retainCube(ctx context.Context, keep limits, dry bool, answer *retentionAnswer) error {
	months, err := a.db.MonthsBefore(ctx, a.zone.String(), before(a.now().In(a.zone), keep.cube))
	if err != nil {
		return err
	}
	sealed, err := a.db.SealedMonths(ctx)
	if err != nil {
		return err
	}
	for _, m := range months {
		switch {
		case m.CubeRows == 0:
		case dry:
			answer.Removed = append(answer.Removed, clickhouse.Removal{Rule: clickhouse.RuleCube, Month: m.Month, Table: "cube", Keep: keep.cube, Rows: m.CubeRows})
		case !slices.Contains(sealed, m.Month):
			answer.hold(clickhouse.RuleCube, m.Month, "its records are still kept")
		default:
			removed, err := a.db.RemoveCube(ctx, m.Month, keep.cube, a.now)
			answer.Removed = append(answer.Removed, removed...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *retentionAnswer) hold(rule string, month uint32, why string, args ...any) {
	r.Held = append(r.Held, heldMonth{rule, month, fmt.Sprintf(why, args...)})
}
