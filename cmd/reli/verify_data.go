package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// damaged says that a command of `reli verify` found something; its exit status
// is exitDamaged.
type damaged struct{ what string }

func (e *damaged) Error() string { return e.what }

type verifyDataCmd struct {
	AcceptLoss bool `help:"Take the data as they are from now on: what is missing is not asked for any more."`
	Rebuild    bool `help:"Compute the months of the cube anew that differ from the records."`
}

// verifyForm is what the command asks; verifyAnswer what was found.
type verifyForm struct {
	AcceptLoss bool `json:"accept_loss"`
	Rebuild    bool `json:"rebuild"`
}

type verifyAnswer struct {
	DataVersion uint64   `json:"data_version"`
	Incidents   uint64   `json:"incidents"`
	Tables      int      `json:"tables"`
	Findings    []string `json:"findings"`
	Accepted    []string `json:"accepted"`
	Rebuilt     []uint32 `json:"rebuilt"`
}

// Run reads all data and names what is wrong; with findings its exit status is
// exitDamaged.
func (c verifyDataCmd) Run(p *process) error {
	var answer verifyAnswer
	if err := perform(p, verifyTask(), verifyForm(c), &answer); err != nil {
		return err
	}
	for _, f := range answer.Findings {
		fmt.Fprintln(p.stdout, f)
	}
	for _, f := range answer.Accepted {
		fmt.Fprintln(p.stdout, "已接受损失 / loss accepted:", f)
	}
	if len(answer.Rebuilt) > 0 {
		fmt.Fprintln(p.stdout, "已重算月份 / months computed anew:", answer.Rebuilt)
	}
	if n := len(answer.Findings); n > 0 {
		return &damaged{fmt.Sprintf("数据有损 / the data are damaged: %d findings", n)}
	}
	fmt.Fprintf(p.stdout, "数据完好 / the data are sound: data version %d, %d incidents, %d tables read, the cube equals a computation from nothing\n",
		answer.DataVersion, answer.Incidents, answer.Tables)
	return nil
}

func verifyTask() task {
	return task{path: "/local/verify", run: func(ctx context.Context, a *app, form json.RawMessage, report func(step)) (any, error) {
		var f verifyForm
		if err := json.Unmarshal(form, &f); err != nil {
			return nil, err
		}
		return a.verify(ctx, f, report)
	}}
}

// verify looks at what was found at the start and since, lets the engine read
// every part, and computes the cube from nothing.
func (a *app) verify(ctx context.Context, form verifyForm, report func(step)) (v verifyAnswer, err error) {
	snap := a.store.Current()
	v = verifyAnswer{DataVersion: snap.Version, Incidents: snap.DataVersion.Incidents, Findings: []string{}}
	_ = a.unsound(ctx) // asks the engine what it set aside
	if form.AcceptLoss && a.condition != nil {
		v.Accepted = a.condition.faults()
		if err := a.condition.accept(ctx, a.db); err != nil {
			return v, err
		}
		for _, f := range v.Accepted {
			a.logger.Warn("loss accepted", "fault", f)
		}
	}
	v.Findings = append(v.Findings, a.condition.faults()...)
	failed, err := a.db.CheckTables(ctx, func(done, of int) {
		v.Tables = of
		report(step{"读取所有部分 / reading all parts", "tables", int64(done), int64(of)})
	})
	if err != nil {
		return v, err
	}
	for _, f := range failed {
		v.Findings = append(v.Findings, fmt.Sprintf("%s %s: fails its checksums: %s", f.Table, f.Name, f.Reason))
	}
	differ, err := a.store.Audit(ctx, func(done, of int) {
		report(step{"从头重算 / computing from nothing", "months", int64(done), int64(of)})
	})
	if err != nil {
		return v, err
	}
	if form.Rebuild && len(differ) > 0 {
		if err := a.store.Rebuild(ctx, differ); err != nil {
			return v, err
		}
		v.Rebuilt, differ = differ, nil
	}
	for _, month := range differ {
		v.Findings = append(v.Findings, fmt.Sprintf("cube %d: differs from what the records give; mend with `reli verify data --rebuild`", month))
	}
	if a.condition != nil {
		return v, a.condition.write(ctx, a.db, a.store.Current().Version)
	}
	return v, nil
}
