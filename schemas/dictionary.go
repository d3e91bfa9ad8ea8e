package schemas

import (
	_ "embed" // the dictionary file below
	"encoding/json"
)

//go:embed dict/dictionary.json
var dictionaryFile []byte

// Entry is one code of a dictionary with its names.
type Entry struct {
	Code string `json:"code"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

// Dictionary holds the codes of the field and their names. Codes are what is
// stored and sent; names are for people.
type Dictionary struct {
	Version    int     `json:"version"`
	Categories []Entry `json:"categories"`
	Sources    []Entry `json:"sources"`
	Channels   []Entry `json:"channels"`
	Scales     []Entry `json:"scales"`
	Urgencies  []Entry `json:"urgencies"`
	Statuses   []Entry `json:"statuses"`
	Levels     []Entry `json:"levels"`
	// Crosswalk maps the labels of the four category lists in use to the
	// category codes: list name → label → code. Lists: mediation (人民调解),
	// comprehensive (综治 monthly form), classes17, petition (信访).
	Crosswalk map[string]map[string]string `json:"crosswalk"`
}

// CategoryOther is the category of a record whose label no profile maps.
const CategoryOther = "other"

// LoadDictionary returns a fresh copy of the embedded dictionary.
func LoadDictionary() Dictionary {
	var d Dictionary
	if err := json.Unmarshal(dictionaryFile, &d); err != nil {
		panic("schemas: embedded dictionary: " + err.Error()) // kept valid by TestDictionary
	}
	return d
}
