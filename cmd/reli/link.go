package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"reli/analytics/matter"
	"reli/internal/clickhouse"
	"reli/schemas"
	"reli/schemas/links"
)

// linkCmd joins the reports of one matter.
type linkCmd struct {
	List    linkListCmd    `cmd:"" help:"List what was said of pairs of reports."`
	Propose linkProposeCmd `cmd:"" help:"List the pairs that the rules take for one matter, the surest first."`
	Apply   linkApplyCmd   `cmd:"" help:"Join the pairs that the rules are sure enough of, and part those that they no longer are."`
	Join    linkJoinCmd    `cmd:"" help:"Join two reports, whatever the rules say."`
	Undo    linkUndoCmd    `cmd:"" help:"Part two reports, whatever sources and rules say."`
}

type linkListCmd struct{}

type linkProposeCmd struct {
	Limit int `help:"Most pairs." default:"100"`
}

type linkApplyCmd struct{}

type linkJoinCmd struct {
	A string `arg:"" help:"Report as SOURCE:ID." placeholder:"SOURCE:ID"`
	B string `arg:"" help:"Report as SOURCE:ID." placeholder:"SOURCE:ID"`
}

type linkUndoCmd linkJoinCmd

// linkForm is what the commands ask, linkAnswer what came of it.
type linkForm struct {
	Do    string               `json:"do"`
	Pair  [2]clickhouse.Report `json:"pair"`
	Limit int                  `json:"limit"`
}

type linkAnswer struct {
	Pairs     []clickhouse.PairState `json:"pairs"`
	Proposals []matter.Proposal      `json:"proposals"`
	Applied   matter.Applied         `json:"applied"`
	Rules     string                 `json:"rules"`
	Apply     float64                `json:"apply"`
}

// Run lists pairs.
func (linkListCmd) Run(p *process) error {
	answer, err := askLinks(p, linkForm{Do: "list"})
	if err != nil {
		return err
	}
	for _, s := range answer.Pairs {
		what := "已合并 joined"
		if !s.Stands {
			what = "已撤销 parted"
		}
		why := "规则 rule " + s.Rule
		switch s.Origin() {
		case clickhouse.LinkByPerson:
			why = "人工 person " + s.By
		case clickhouse.LinkDeclared:
			why = "来源声明 declared"
		}
		fmt.Fprintf(p.stdout, "%s  %s:%s = %s:%s  %.2f  %s  %s\n", what, s.A.Source, s.A.ID, s.B.Source, s.B.ID, s.Confidence, why, s.At.Format("2006-01-02 15:04"))
	}
	fmt.Fprintf(p.stdout, "共 %d 对 / %d pairs\n", len(answer.Pairs), len(answer.Pairs))
	return nil
}

// Run lists proposals.
func (c linkProposeCmd) Run(p *process) error {
	answer, err := askLinks(p, linkForm{Do: "propose", Limit: c.Limit})
	if err != nil {
		return err
	}
	for _, s := range answer.Proposals {
		fmt.Fprintf(p.stdout, "%.2f  %-14s %s:%s = %s:%s\n", s.Confidence, s.Rule, s.A.Source, s.A.ID, s.B.Source, s.B.ID)
	}
	fmt.Fprintf(p.stdout, "规则 %s：共 %d 对，置信度 %.2f 起自动合并 / rules %s: %d pairs, joined from %.2f on\n",
		answer.Rules, answer.Applied.Proposals, answer.Apply, answer.Rules, answer.Applied.Proposals, answer.Apply)
	return nil
}

// Run lets the rules join.
func (linkApplyCmd) Run(p *process) error {
	answer, err := askLinks(p, linkForm{Do: "apply"})
	if err != nil {
		return err
	}
	a := answer.Applied
	fmt.Fprintf(p.stdout, "规则 %s：建议 %d 对，其中 %d 对可自动合并；本次合并 %d 对，撤销 %d 对 / rules %s: %d proposals, %d sure; %d joined and %d parted now\n",
		answer.Rules, a.Proposals, a.Sure, a.Joined, a.Parted, answer.Rules, a.Proposals, a.Sure, a.Joined, a.Parted)
	return nil
}

// Run joins two reports.
func (c linkJoinCmd) Run(p *process) error { return c.say(p, "join", "已合并 / joined") }

// Run parts two reports.
func (c linkUndoCmd) Run(p *process) error {
	return linkJoinCmd(c).say(p, "undo", "已撤销 / parted")
}

func (c linkJoinCmd) say(p *process, do, done string) error {
	form := linkForm{Do: do}
	for i, text := range []string{c.A, c.B} {
		source, id, ok := strings.Cut(text, ":")
		if !ok || source == "" || id == "" {
			return badUsage("want a report as SOURCE:ID")
		}
		form.Pair[i] = clickhouse.Report{Source: source, ID: id}
	}
	if _, err := askLinks(p, form); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: %s = %s\n", done, c.A, c.B)
	return nil
}

func askLinks(p *process, form linkForm) (answer linkAnswer, err error) {
	return answer, perform(p, linkTask(), form, &answer)
}

// linkTask works on links in the process that owns the data.
func linkTask() task {
	return task{path: "/local/links", run: func(ctx context.Context, a *app, text json.RawMessage, _ func(step)) (any, error) {
		var f linkForm
		if err := json.Unmarshal(text, &f); err != nil {
			return nil, err
		}
		return a.link(ctx, f)
	}}
}

func (a *app) link(ctx context.Context, f linkForm) (answer linkAnswer, err error) {
	answer.Rules, answer.Apply = a.matters.Rules().Version, a.matters.Rules().Apply
	switch f.Do {
	case "list":
		answer.Pairs, err = a.matters.List(ctx)
		return answer, err
	case "propose":
		if answer.Proposals, err = a.matters.Propose(ctx); err == nil {
			answer.Applied.Proposals = len(answer.Proposals)
			answer.Proposals = answer.Proposals[:min(len(answer.Proposals), max(f.Limit, 0))]
		}
		return answer, err
	case "apply":
		answer.Applied, err = a.matters.Apply(ctx)
	default:
		err = a.decide(ctx, f)
	}
	if err = errors.Join(err, a.record(ctx, "link.decide", "links", map[string]any{"do": f.Do, "applied": answer.Applied}, err)); err != nil {
		return answer, err
	}
	_, err = a.store.Settle(ctx, "links")
	return answer, err
}

func (a *app) decide(ctx context.Context, f linkForm) error {
	var pair [2]clickhouse.Report
	for i, r := range f.Pair {
		var ok bool
		if pair[i].Source, pair[i].ID, ok = a.ingest.StoredReport(r.Source, r.ID); !ok {
			return &schemas.Problem{Code: schemas.CodeBadInput, Status: http.StatusBadRequest, Detail: "want the code of a source and an id"}
		}
	}
	pairs := []clickhouse.Pair{clickhouse.PairOf(pair[0], pair[1])}
	if f.Do == "join" {
		return a.matters.Join(ctx, "", pairs)
	}
	return a.matters.Part(ctx, "", pairs)
}

// links reads the rules that propose links.
func (c Config) links() (*links.Rules, error) {
	if c.Links == "" {
		return links.Default(), nil
	}
	text, err := readSetting("links", c.Links)
	if err != nil {
		return nil, err
	}
	return links.Parse(text)
}
