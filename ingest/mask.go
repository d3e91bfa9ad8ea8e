package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"reli/ingest/privacy"
)

// maxCleaned bounds the memory of texts that a worker has looked through: units
// and labels repeat from row to row; a county of 14,216 grids has 7,600 units.
const maxCleaned = 1 << 14

// pseudonymBytes of a hash tell all ids of a province apart.
const pseudonymBytes = 12

// clean gives a text as it may be stored: with masks in place of what points
// at a person.
func (r *row) clean(field int) string { return r.cleanText(r.text(field)) }

func (r *row) cleanText(s string) string {
	if s == "" {
		return s
	}
	if c, ok := r.cleaned[s]; ok {
		return c
	}
	found := privacy.Scan(s)
	r.count(found)
	c := privacy.Replace(s, found)
	if len(found) == 0 && len(r.cleaned) < maxCleaned {
		r.cleaned[strings.Clone(s)] = c // a piece of a chunk's text would keep all of it
	}
	return c
}

// id gives an id as it may be stored. One that points at a person is replaced
// by a pseudonym, the same each time, so that the record is still known when
// it comes again. Without the secret it cannot be turned back by trying.
func (r *row) id(field int) string {
	s := r.text(field)
	found := privacy.Scan(s)
	if len(found) == 0 {
		return s
	}
	r.count(found)
	return pseudonym(r.secret, s)
}

func pseudonym(secret []byte, id string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id)) // never fails
	return "masked-" + hex.EncodeToString(mac.Sum(nil)[:pseudonymBytes])
}

// StoredReport gives a source and an id as records have them that came with
// them: an id that points at a person by its pseudonym. ok is false for what no
// record can have.
func (in *Ingester) StoredReport(source, id string) (storedSource, storedID string, ok bool) {
	if !code.MatchString(source) || id == "" || len(id) > maxReportID {
		return "", "", false
	}
	if len(privacy.Scan(id)) > 0 {
		id = pseudonym(in.opt.Secret, id)
	}
	return source, id, true
}

// maxReportID bounds an id that is named outside a record.
const maxReportID = 1024

// needID gives an id that must be there.
func (r *row) needID(field int) string {
	if r.need(field) == "" {
		return ""
	}
	return r.id(field)
}

func (r *row) count(found []privacy.Finding) {
	for _, f := range found {
		r.masked[f.Kind]++
	}
}
