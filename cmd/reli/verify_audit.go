package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"reli/schemas"
	"reli/web/audit"
)

// verifyAuditCmd reads the files itself, also beside a running server: who is
// suspected is not asked.
type verifyAuditCmd struct {
	Anchor string `help:"What was written down earlier, as this command prints it (SEQ:HASH) or as /metrics does (SEQ:HIGH:LOW)." placeholder:"SEQ:HASH"`
}

// Run verifies the audit trail and prints its head. The first break is named
// with its file, line and entry; then the exit status is exitDamaged.
func (c verifyAuditCmd) Run(p *process) error {
	anchor, err := parseAnchor(c.Anchor)
	if err != nil {
		return err
	}
	dir := filepath.Join(p.config.Data, auditFolder)
	if begun, err := audit.Begun(dir); err != nil {
		return err
	} else if !begun {
		return fmt.Errorf("there is no audit trail in %s", dir)
	}
	key, err := oldSecret(p.config.auditKeyPath(), audit.KeyBytes)
	if err != nil {
		return fmt.Errorf("key of the audit trail: %w", err)
	}
	bar := newProgress(p.stderr, p.now, "审计链 / audit trail", "bytes", 0)
	found, err := audit.Verify(p.ctx, audit.Verification{Dir: dir, Key: key, Anchor: anchor, Progress: bar.set})
	bar.finish()
	if err != nil {
		return err
	}
	for _, note := range found.Notes {
		fmt.Fprintln(p.stdout, "注意 / note:", note)
	}
	for i, b := range found.Breaks {
		if i == 0 {
			fmt.Fprintln(p.stdout, "第一处断裂 / first break:", b)
			continue
		}
		fmt.Fprintln(p.stdout, "又 / further:", b)
	}
	fmt.Fprintf(p.stdout, "%d entries from %d on in %d files; head %d:%s\n", found.Entries, found.First, found.Files, found.Head.Seq, found.Head.Hash)
	if found.Broken > 0 {
		return &damaged{fmt.Sprintf("审计链断裂 / the audit trail is broken in %d places", found.Broken)}
	}
	if anchor.Hash != "" {
		fmt.Fprintf(p.stdout, "锚点相符 / the anchor holds: nothing up to entry %d was changed since\n", anchor.Seq)
	}
	_, err = fmt.Fprintln(p.stdout, "审计链完整 / the audit trail is whole")
	return err
}

// leastAnchor is how many digits of a hash are enough to name it.
const leastAnchor = 24

// parseAnchor reads SEQ:HASH, or the three numbers of /metrics.
func parseAnchor(text string) (audit.Anchor, error) {
	if text == "" {
		return audit.Anchor{}, nil
	}
	parts := strings.Split(text, ":")
	wrong := schemas.BadParameter("anchor", "want SEQ:HASH with %d digits of the hash or more, or SEQ:HIGH:LOW", leastAnchor)
	seq, err := strconv.ParseFloat(parts[0], 64)
	if err != nil || seq < 1 || seq != math.Trunc(seq) {
		return audit.Anchor{}, wrong
	}
	switch {
	case len(parts) == 2 && len(parts[1]) >= leastAnchor:
		return audit.Anchor{Seq: uint64(seq), Hash: strings.ToLower(parts[1])}, nil
	case len(parts) == 3:
		high, err1 := strconv.ParseFloat(parts[1], 64)
		low, err2 := strconv.ParseFloat(parts[2], 64)
		if err1 == nil && err2 == nil && min(high, low) >= 0 && max(high, low) < 1<<48 {
			return audit.Anchor{Seq: uint64(seq), Hash: fmt.Sprintf("%012x%012x", uint64(high), uint64(low))}, nil
		}
	}
	return audit.Anchor{}, wrong
}
