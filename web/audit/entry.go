package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"reli/ingest/privacy"
)

// Action is what was done, as noun.verb.
type Action string

// Actions that the log itself writes. Those of requests are in package web.
const (
	ActionRepair Action = "audit.repair" // an unfinished tail was cut off at a start
	ActionBreak  Action = "audit.break"  // entries that had been there are missing
	ActionRetire Action = "audit.retire" // a month is about to be deleted
	ActionResume Action = "audit.resume" // entries can be written again
)

// Outcome is what became of it.
type Outcome string

// Outcomes.
const (
	OutcomeOK      Outcome = "ok"
	OutcomeRefused Outcome = "refused" // not allowed, or asked wrongly
	OutcomeFailed  Outcome = "failed"
)

// Event is what happened, before it has a place in the chain.
type Event struct {
	Request   string  `json:"request"`   // request id, as in the log and the answer
	Principal string  `json:"principal"` // id; "" for nobody
	Name      string  `json:"name"`
	Role      string  `json:"role"`
	Action    Action  `json:"action"`
	Object    string  `json:"object"` // a Selection's canonical text, an area, a file
	Detail    string  `json:"detail"` // an SQL text, what was changed to what
	Outcome   Outcome `json:"outcome"`
	Status    int     `json:"status"` // of HTTP, 0 for none
	From      string  `json:"from"`   // address (IPv6: the /64), "socket" for commands
}

// Entry is a line of the log.
type Entry struct {
	Seq  uint64    `json:"seq"` // from 1, without gaps
	Time time.Time `json:"time"`
	Event
	Prev string `json:"prev"` // hash of the entry before, 64 zeros for the first
	Hash string `json:"hash"`
	MAC  string `json:"mac"`
}

// Bounds of an entry.
const (
	maxObject = 4 << 10
	maxDetail = 448 << 10 // the longest SQL text (64 KiB) as JSON, and more
	// maxLine bounds a line: each byte may become six ("\u0000").
	maxLine = 6*(maxObject+maxDetail) + 4<<10
)

// origin is what the first entry has as the hash before it.
var origin = strings.Repeat("0", 2*sha256.Size)

// The end of a line, whose length is always the same.
const (
	hashPart = `,"hash":"`
	macPart  = `","mac":"`
	endPart  = `"}`
	tailLen  = len(hashPart) + 2*sha256.Size + len(macPart) + 2*sha256.Size + len(endPart)
)

// seal is the HMAC of a text under the key; purpose keeps lines and heads apart.
func seal(key []byte, purpose, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("reli audit 1 " + purpose + "\n" + text))
	return hex.EncodeToString(m.Sum(nil))
}

// masked writes an event's texts without what points at a person, and bounds
// them.
func (e Event) masked() Event {
	e.Name, e.Object, e.Detail = bounded(privacy.Mask(e.Name), 256), bounded(privacy.Mask(e.Object), maxObject), bounded(privacy.Mask(e.Detail), maxDetail)
	return e
}

func bounded(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// line writes an entry and gives it its hash and mac.
func (e *Entry) line(key []byte) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // SQL stays readable
	err := encoder.Encode(struct {
		Seq  uint64    `json:"seq"`
		Time time.Time `json:"time"`
		Event
		Prev string `json:"prev"`
	}{e.Seq, e.Time, e.Event, e.Prev})
	if err != nil {
		return nil, fmt.Errorf("audit entry: %w", err)
	}
	b.Truncate(b.Len() - len("}\n"))
	sum := sha256.Sum256(b.Bytes())
	e.Hash = hex.EncodeToString(sum[:])
	e.MAC = seal(key, "entry", e.Hash)
	b.WriteString(hashPart + e.Hash + macPart + e.MAC + endPart + "\n")
	return b.Bytes(), nil
}

// Faults of a line.
var (
	errShape = errors.New("it is not an entry")
	errHash  = errors.New("its hash is not that of its text")
	errMAC   = errors.New("it is not sealed with this key")
)

// parseLine reads a line without its newline, and holds it to its own hash and
// mac; not to the chain.
func parseLine(line, key []byte) (Entry, error) {
	var e Entry
	if len(line) <= tailLen {
		return e, errShape
	}
	body, tail := line[:len(line)-tailLen], string(line[len(line)-tailLen:])
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if !strings.HasPrefix(tail, hashPart) || tail[len(hashPart)+len(hash):len(hashPart)+len(hash)+len(macPart)] != macPart || !strings.HasSuffix(tail, endPart) {
		return e, errShape
	}
	if tail[len(hashPart):len(hashPart)+len(hash)] != hash {
		return e, errHash
	}
	want := seal(key, "entry", hash)
	if !hmac.Equal([]byte(tail[len(tail)-len(endPart)-len(want):len(tail)-len(endPart)]), []byte(want)) {
		return e, errMAC
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return e, errShape
	}
	return e, nil
}
