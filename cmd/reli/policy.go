package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/schemas"
)

// defaultPolicyName stands for the policy that ships with Reli where a file is
// asked for.
const defaultPolicyName = "default"

// policyCmd works with the rules of the four-level response.
type policyCmd struct {
	Check    policyCheckCmd    `cmd:"" help:"Say what is wrong with a policy, with line and column."`
	Diff     policyDiffCmd     `cmd:"" help:"List what differs between two policies."`
	Simulate policySimulateCmd `cmd:"" help:"Replay a policy over the loaded days and say what it would have changed."`
}

type policyCheckCmd struct {
	File string `arg:"" help:"Policy file, or default." default:"default"`
}

// Run prints every fault on a line of its own.
func (c policyCheckCmd) Run(p *process) error {
	policy, err := readPolicy(c.File)
	var faults level.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			fmt.Fprintf(p.stdout, "%s:%s\n", c.File, f)
		}
		return schemas.BadParameter("policy", "%d faults in %s", len(faults), c.File)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s: policy %s holds together: %d rules, %d floors, 4 levels\n", c.File, policy.Version, len(policy.Rules), len(policy.Floors))
	return err
}

type policyDiffCmd struct {
	Old  string `arg:"" help:"Policy file, or default."`
	New  string `arg:"" help:"Policy file, or default."`
	JSON bool   `help:"Print as JSON." name:"json"`
}

// Run prints one line a value that differs.
func (c policyDiffCmd) Run(p *process) error {
	before, err := readPolicy(c.Old)
	if err != nil {
		return err
	}
	after, err := readPolicy(c.New)
	if err != nil {
		return err
	}
	edits, err := level.Diff(before, after)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, append([]level.Edit{}, edits...))
	}
	for _, e := range edits {
		if _, err := fmt.Fprintf(p.stdout, "%s: %q → %q\n", e.Path, e.Old, e.New); err != nil {
			return err
		}
	}
	return nil
}

type policySimulateCmd struct {
	File string `arg:"" help:"Policy file, or default."`
	From string `help:"First day, YYYY-MM-DD; 91 days before the last when empty." placeholder:"DAY"`
	To   string `help:"Last day, YYYY-MM-DD; the last with data when empty." placeholder:"DAY"`
	JSON bool   `help:"Print as JSON." name:"json"`
}

// simulatedDays are replayed where no first day is given.
const simulatedDays = 92

// Run compares the policy with the one in force. Where a server runs on the
// data directory, it does the work.
func (c policySimulateCmd) Run(p *process) error {
	text, err := policyText(c.File)
	if err != nil {
		return err
	}
	would, err := level.Parse(text)
	if err != nil {
		return err
	}
	sim := &level.Simulation{}
	if o := findOwner(p.ctx, p.config.Data); o != nil {
		err = o.post(p.ctx, "/v1/policy/simulate?"+c.query().Encode(), http.Header{"Content-Type": {"application/yaml"}}, bytes.NewReader(text), sim)
	} else {
		sim, err = c.local(p, would)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, sim)
	}
	_, err = io.WriteString(p.stdout, sim.Text())
	return err
}

func (c policySimulateCmd) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"from": c.From, "to": c.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (c policySimulateCmd) local(p *process, would *level.Policy) (*level.Simulation, error) {
	was, err := p.config.policy()
	if err != nil {
		return nil, err
	}
	a, err := openApp(p, newLogger(p))
	if err != nil {
		return nil, err
	}
	defer a.close()
	if err := a.record(p.ctx, "policy.simulate", would.Version, nil, nil); err != nil {
		return nil, err
	}
	to := a.store.Today()
	if last := a.store.Current().Catalogue.Last; last > 0 {
		to = min(to, last)
	}
	if c.To != "" {
		if to, err = cube.ParseDay(c.To); err != nil {
			return nil, schemas.BadParameter("to", "%v", err)
		}
	}
	from := to - simulatedDays + 1
	if c.From != "" {
		if from, err = cube.ParseDay(c.From); err != nil {
			return nil, schemas.BadParameter("from", "%v", err)
		}
	}
	return level.Simulate(p.ctx, a.db, a.store, was, would, from, to)
}

// policy reads the rules in force.
func (c Config) policy() (*level.Policy, error) {
	if c.Policy == "" {
		return level.Default()
	}
	return readPolicy(c.Policy)
}

func readPolicy(name string) (*level.Policy, error) {
	text, err := policyText(name)
	if err != nil {
		return nil, err
	}
	return level.Parse(text)
}

func policyText(name string) ([]byte, error) {
	if name == defaultPolicyName {
		return schemas.DefaultPolicy(), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return text, nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
