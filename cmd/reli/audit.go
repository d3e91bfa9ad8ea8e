package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"

	"reli/analytics/level"
	"reli/schemas"
	"reli/web/audit"
)

// auditKeyFile seals the audit trail; --audit-key puts it elsewhere.
const auditKeyFile = "audit.key"

// auditKeyPath is where the key of the audit trail is.
func (c Config) auditKeyPath() string {
	if c.AuditKey != "" {
		return c.AuditKey
	}
	return filepath.Join(c.Data, auditKeyFile)
}

// openTrail opens the audit trail of a data directory, and makes its key the
// first time.
func openTrail(p *process, a *app) (*audit.Log, error) {
	if p.config.AuditDays < audit.LeastDays {
		return nil, schemas.BadParameter("audit-days", "the audit trail is kept %d days or more", audit.LeastDays)
	}
	dir := filepath.Join(p.config.Data, auditFolder)
	read := keptSecret
	if begun, err := audit.Begun(dir); err != nil {
		return nil, err
	} else if begun {
		read = oldSecret // another key would break the chain
	}
	key, err := read(p.config.auditKeyPath(), audit.KeyBytes)
	if err != nil {
		return nil, fmt.Errorf("key of the audit trail: %w", err)
	}
	return audit.Open(audit.Options{Dir: dir, Key: key, KeepDays: p.config.AuditDays, Now: p.now, Logger: a.logger})
}

// record writes what a command did that no server did for it. Where that cannot
// be written, the command has failed.
func (a *app) record(ctx context.Context, action audit.Action, object string, detail any, failed error) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	e := audit.Event{Principal: "local", Name: "local", Role: "administrator", Action: action, Object: object, Detail: string(text),
		Outcome: audit.OutcomeOK, From: "command"}
	if failed != nil {
		e.Outcome = audit.OutcomeFailed
	}
	return a.trail.Append(context.WithoutCancel(ctx), e)
}

// work does a task and writes that it was done.
func (a *app) work(ctx context.Context, t task, form json.RawMessage, report func(step)) (any, error) {
	result, err := t.run(ctx, a, form, report)
	if trail := a.record(ctx, audit.Action("task."+filepath.Base(t.path)), t.path, form, err); err == nil && trail != nil {
		return nil, trail
	}
	return result, err
}

// recordStart writes with which rules the server begins: a change of them is
// seen between two starts.
func (a *app) recordStart(ctx context.Context, c Config, open bool) error {
	text, err := policyText(cmp.Or(c.Policy, defaultPolicyName))
	if err != nil {
		return err
	}
	policy, err := level.Parse(text)
	if err != nil {
		return err
	}
	return a.record(ctx, "server.start", version(), map[string]any{"listen": c.Listen, "open": open, "policy": policy.Version,
		"policy_sha256":  fmt.Sprintf("%x", sha256.Sum256(text)),
		"visitors_least": c.VisitorsLeast, "audit_days": c.AuditDays}, nil)
}
