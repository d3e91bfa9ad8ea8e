package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"reli/schemas"
)

// Report is the identity of a report.
type Report struct {
	Source string `json:"source"`
	ID     string `json:"source_id"`
}

// Compare orders reports by source, then id.
func (r Report) Compare(o Report) int {
	return cmp.Or(cmp.Compare(r.Source, o.Source), cmp.Compare(r.ID, o.ID))
}

// Pair is two reports, A before B.
type Pair struct{ A, B Report }

// PairOf gives the pair of two reports in either order.
func PairOf(x, y Report) Pair {
	if x.Compare(y) > 0 {
		x, y = y, x
	}
	return Pair{x, y}
}

// What may be said of a pair of reports, and who says it.
const (
	LinkJoin = "join" // they are of one matter
	LinkPart = "part" // they are not

	LinkDeclared = "declared" // the source of one of them names the other
	LinkByRule   = "rule"
	LinkByPerson = "person"
)

// Link is one saying of a pair of reports.
type Link struct {
	Pair
	Seq         uint64 // grows with every saying
	At          time.Time
	Action      string
	Origin      string
	Rule, Rules string // rule and version of its file, of LinkByRule
	Confidence  float64
	By          string // account of LinkByPerson
}

// InsertLinks adds sayings as one part. The same token again is a success
// without effect.
func (db *DB) InsertLinks(ctx context.Context, token string, rows []Link) error {
	var w rowBinary
	for i := range rows {
		r := &rows[i]
		w.u64(r.Seq)
		w.millis(r.At)
		w.texts(r.A.Source, r.A.ID, r.B.Source, r.B.ID, r.Action, r.Origin, r.Rule, r.Rules)
		w.f64(r.Confidence)
		w.string(r.By)
	}
	return db.insert(ctx, `INSERT INTO links (seq, at, source_a, id_a, source_b, id_b, action, origin, rule, rules, confidence, by)`, token, w.buf)
}

// DeclareLinks adds what incidents say of other reports. The same token again
// is a success without effect.
func (db *DB) DeclareLinks(ctx context.Context, token string, rows []schemas.Incident) error {
	var links []Link
	for i := range rows {
		if r := &rows[i]; r.LinkID != "" {
			links = append(links, Link{Pair: PairOf(Report{r.Source, r.SourceID}, Report{r.LinkSource, r.LinkID}),
				Seq: r.Version, At: r.IngestedAt, Action: LinkJoin, Origin: LinkDeclared, Confidence: 1})
		}
	}
	return db.InsertLinks(ctx, token, links)
}

// PairState is what stands of a pair, with its newest saying.
type PairState struct {
	Pair
	Stands     bool // they are of one matter
	Declared   bool
	Person     string // what a person said last: join, part or ""
	ByRule     string // what a rule said last: join, part or ""
	Rule       string
	Rules      string
	Confidence float64 // of the rule, 1 otherwise
	At         time.Time
	By         string
}

// Origin tells who has the last word on the pair: a person, a source, or a rule
// where neither said anything.
func (p PairState) Origin() string {
	switch {
	case p.Person != "":
		return LinkByPerson
	case p.Declared:
		return LinkDeclared
	}
	return LinkByRule
}

// pairStates: what a person said last decides; without it a declaration, or
// what a rule said last.
const pairStates = `
SELECT source_a, id_a, source_b, id_b,
    argMaxIf(action, seq, origin = 'person') AS person, argMaxIf(action, seq, origin = 'rule') AS by_rule,
    countIf(origin = 'declared') > 0 AS declared,
    person = 'join' OR (person = '' AND (declared OR by_rule = 'join')) AS stands,
    argMaxIf(rule, seq, origin = 'rule') AS rule_name, argMaxIf(rules, seq, origin = 'rule') AS rules_version,
    if(person = '' AND NOT declared, argMaxIf(confidence, seq, origin = 'rule'), 1) AS sure,
    max(at) AS newest, argMaxIf(by, seq, origin = 'person') AS who
FROM links GROUP BY source_a, id_a, source_b, id_b ORDER BY source_a, id_a, source_b, id_b`

// PairStates gives every pair that anything was said of, in order.
func (db *DB) PairStates(ctx context.Context, each func(PairState) error) error {
	err := db.Each(ctx, pairStates, func(scan func(...any) error) error {
		var p PairState
		var declared, stands uint8
		if err := scan(&p.A.Source, &p.A.ID, &p.B.Source, &p.B.ID, &p.Person, &p.ByRule, &declared, &stands, &p.Rule, &p.Rules, &p.Confidence, &p.At, &p.By); err != nil {
			return err
		}
		p.Declared, p.Stands = declared != 0, stands != 0
		return each(p)
	})
	if err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	return nil
}

// AnyLinks reports whether anything was ever said of a pair, or a report still
// has a matter from a link.
func (db *DB) AnyLinks(ctx context.Context) (bool, error) {
	var n uint64
	err := db.Row(ctx, `SELECT (SELECT count() FROM links) + (SELECT count() FROM matter_of)`, []any{&n})
	return n > 0, err
}

// linkedReports: the reports at the ends of links, and those of one source's
// matter with them. FINAL after a part of the key, as in the cube's settle.sql.
const linkedReports = `
WITH
    ends AS (SELECT id_a AS id FROM links UNION DISTINCT SELECT id_b FROM links),
    named AS (SELECT matter_id FROM incidents FINAL PREWHERE source_id IN (SELECT id FROM ends) WHERE matter_id != '')
SELECT source, source_id, matter_id, toYYYYMM(toDate(occurred_at, {tz:String}))
FROM incidents FINAL
PREWHERE source_id IN (SELECT id FROM ends) OR source_id IN (SELECT source_id FROM incidents WHERE matter_id != '' AND matter_id IN (SELECT matter_id FROM named))`

// LinkedReport is a stored report that a link may reach.
type LinkedReport struct {
	Report
	Named string // matter that its source names, "" for none
	Month uint32 // yyyymm, local
}

// LinkedReports gives the stored reports that links may reach, and some more
// of the same ids.
func (db *DB) LinkedReports(ctx context.Context, timeZone string, each func(LinkedReport)) error {
	err := db.Each(ctx, linkedReports, func(scan func(...any) error) error {
		var r LinkedReport
		if err := scan(&r.Source, &r.ID, &r.Named, &r.Month); err != nil {
			return err
		}
		each(r)
		return nil
	}, Param("tz", timeZone))
	if err != nil {
		return fmt.Errorf("read linked reports: %w", err)
	}
	return nil
}

// MatterOf is a report with the matter that follows from links.
type MatterOf struct {
	Report
	Matter string
	Months []uint32 // of all reports of the matter
}

// ReplaceMatters makes rows all that follows from links: readers see the old
// ones or the new.
func (db *DB) ReplaceMatters(ctx context.Context, rows []MatterOf) error {
	if err := db.Exec(ctx, `TRUNCATE TABLE matter_of_next`); err != nil {
		return err
	}
	var w rowBinary
	for i := range rows {
		r := &rows[i]
		w.texts(r.Source, r.ID, r.Matter)
		w.length(len(r.Months))
		for _, m := range r.Months {
			w.u32(m)
		}
	}
	if err := db.insert(ctx, `INSERT INTO matter_of_next (source, source_id, matter, months)`, "", w.buf); err != nil {
		return err
	}
	return db.Exec(ctx, `EXCHANGE TABLES matter_of AND matter_of_next`)
}
