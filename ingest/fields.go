package ingest

import "slices"

// Target fields of an incident, in the order of the generic file.
const (
	fSource = iota
	fSourceID
	fOccurredAt
	fReportedAt
	fDueAt
	fClosedAt
	fUpdatedAt
	fLng
	fLat
	fCRS
	fGrid
	fVillage
	fTownship
	fCategory
	fScale
	fPeople
	fUrgency
	fChannel
	fFirstUnit
	fHandlingUnit
	fResolverLevel
	fState
	fMatterID
	fLinkSource // with fLinkID: another report of the same matter
	fLinkID
	fYear // of dates that have none
	fText // never stored: what it says is derived from it
	incidentWidth
)

// incidentFieldNames are the names that profiles and reports use.
var incidentFieldNames = [incidentWidth]string{
	"source", "source_id", "occurred_at", "reported_at", "due_at", "closed_at", "updated_at",
	"lng", "lat", "crs", "grid", "village", "township",
	"category", "scale", "people", "urgency", "channel",
	"first_unit", "handling_unit", "resolver_level", "state", "matter_id", "link_source", "link_id", "year", "text",
}

// Target fields of a transition. The first two are those of an incident.
const (
	tAt = iota + fSourceID + 1
	tKind
	tUnit
	tLevel
	transitionWidth
)

var transitionFieldNames = [transitionWidth]string{"source", "source_id", "at", "kind", "unit", "level"}

// fieldNames lists the fields of a kind of record.
func (k RecordKind) fieldNames() []string {
	if k == RecordTransition {
		return transitionFieldNames[:]
	}
	return incidentFieldNames[:]
}

// field is the index of a field by its name, -1 for none.
func (k RecordKind) field(name string) int { return slices.Index(k.fieldNames(), name) }

// required lists the fields without which no record of the kind can be. The
// source is not among them: it may be a constant of the profile.
func (k RecordKind) required() []int {
	if k == RecordTransition {
		return []int{fSourceID, tAt, tKind}
	}
	return []int{fSourceID}
}

// RecordKind is what the rows of an input are.
type RecordKind string

// Kinds of record.
const (
	RecordIncident   RecordKind = "incident"
	RecordTransition RecordKind = "transition"
)
