package triage

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"reli/schemas"
)

// Limits of a file: the embedded one has some thousand words.
const (
	maxBytes  = 4 << 20
	maxWords  = 100_000
	maxWord   = 24 // characters of a word
	maxWeight = 100
	maxReach  = 20
)

func wrong(at, format string, args ...any) error {
	return schemas.BadFile("triage", at, format, args...)
}

// file is the YAML as it is written; default.yaml explains the keys.
type file struct {
	Version  string `yaml:"version"`
	Category struct {
		Least  int                       `yaml:"least"`
		Ahead  int                       `yaml:"ahead"`
		Words  map[string]map[int]string `yaml:"words"`
		Events []string                  `yaml:"events"`
	} `yaml:"category"`
	Urgency struct {
		Least int                       `yaml:"least"`
		Words map[string]map[int]string `yaml:"words"`
	} `yaml:"urgency"`
	Tone struct {
		Steps       []int                     `yaml:"steps"`
		Exclamation int                       `yaml:"exclamation"`
		Words       map[string]map[int]string `yaml:"words"`
	} `yaml:"tone"`
	Negations   []string `yaml:"negations"`
	Reach       int      `yaml:"reach"`
	Traditional string   `yaml:"traditional"`
}

// Dictionary is immutable and safe for concurrent use.
type Dictionary struct {
	version    string
	categories []string // by number, ascending
	least      int      // sum of a category
	ahead      int
	leastUrge  int
	steps      [3]int // sums from which a tone is 2, 3 and 4
	mark       int    // weight of an exclamation mark
	reach      int
	fold       map[rune]rune
	words      *node
	negations  *node
}

// Version is what the file calls itself.
func (d *Dictionary) Version() string { return d.version }

// Default gives the embedded dictionary.
func Default() *Dictionary {
	d, err := Parse(schemas.TriageDictionary())
	if err != nil {
		panic(err) // the file is embedded; TestTheEmbeddedDictionary reads it
	}
	return d
}

var code = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,47}$`) // as in profiles

// Parse reads a dictionary. Unknown keys and values that cannot be are errors
// (*schemas.FileError).
func Parse(text []byte) (*Dictionary, error) {
	var f file
	if err := schemas.DecodeFile("triage", text, maxBytes, &f); err != nil {
		return nil, err
	}
	d := &Dictionary{version: f.Version, least: f.Category.Least, ahead: f.Category.Ahead, leastUrge: f.Urgency.Least,
		mark: f.Tone.Exclamation, reach: f.Reach, words: &node{}, negations: &node{}}
	for _, step := range []func(file) error{d.readLimits, d.readFold, d.readCategories, d.readUrgency, d.readTone, d.readNegations} {
		if err := step(f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Dictionary) readLimits(f file) error {
	switch {
	case !code.MatchString(f.Version):
		return wrong("version", "want lower-case letters, digits, _ . and -")
	case d.least < 1 || d.ahead < 0 || d.leastUrge < 1:
		return wrong("category", "want least of 1 or more in category and urgency, and ahead of 0 or more")
	case d.reach < 0 || d.reach > maxReach:
		return wrong("reach", "want 0 to %d characters", maxReach)
	case len(f.Tone.Steps) != len(d.steps) || !slices.IsSorted(f.Tone.Steps) || f.Tone.Steps[0] < 1:
		return wrong("tone.steps", "want 3 ascending sums")
	case d.mark < 0 || d.mark > maxWeight:
		return wrong("tone.exclamation", "want 0 to %d", maxWeight)
	}
	copy(d.steps[:], f.Tone.Steps)
	return nil
}

// readFold reads pairs of a traditional and a simplified character.
func (d *Dictionary) readFold(f file) error {
	d.fold = map[rune]rune{}
	for _, pair := range strings.Fields(f.Traditional) {
		r := []rune(pair)
		if len(r) != 2 || r[0] == r[1] || d.fold[r[0]] != 0 || r[0] < 0x4e00 || r[0] > 0x9fff {
			return wrong("traditional", "%q is no new pair of Chinese characters", pair)
		}
		d.fold[r[0]] = r[1]
	}
	return nil
}

func (d *Dictionary) readCategories(f file) error {
	d.categories = slices.Sorted(maps.Keys(f.Category.Words))
	if len(d.categories) > maxWords {
		return wrong("category.words", "too many")
	}
	for n, name := range d.categories {
		at := "category.words." + name
		if !code.MatchString(name) {
			return wrong(at, "want a code of lower-case letters, digits, _ . and -")
		}
		if err := d.readWords(at, f.Category.Words[name], func(w *word, weight int) *int { return w.category(n) }); err != nil {
			return err
		}
	}
	for _, event := range f.Category.Events {
		w, _ := d.words.find(d.normal(event))
		if w == nil || len(w.categories) == 0 {
			return wrong("category.events", "%q is no word of a category", event)
		}
		w.event = true
	}
	return nil
}

func (d *Dictionary) readUrgency(f file) error {
	for _, name := range slices.Sorted(maps.Keys(f.Urgency.Words)) {
		at := "urgency.words." + name
		if name != "urgent" && name != "critical" {
			return wrong(at, "want urgent or critical")
		}
		err := d.readWords(at, f.Urgency.Words[name], func(w *word, _ int) *int {
			if name == "urgent" {
				return &w.urgent
			}
			return &w.critical
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Dictionary) readTone(f file) error {
	for _, name := range slices.Sorted(maps.Keys(f.Tone.Words)) {
		if err := d.readWords("tone.words."+name, f.Tone.Words[name], func(w *word, _ int) *int { return &w.tone }); err != nil {
			return err
		}
	}
	return nil
}

// readWords adds words with their weights; place gives where a weight goes.
func (d *Dictionary) readWords(at string, byWeight map[int]string, place func(w *word, weight int) *int) error {
	for _, weight := range slices.Sorted(maps.Keys(byWeight)) {
		if weight < 1 || weight > maxWeight {
			return wrong(at, "want weights from 1 to %d", maxWeight)
		}
		for _, text := range strings.Fields(byWeight[weight]) {
			w, err := d.word(at, text)
			if err != nil {
				return err
			}
			p := place(w, weight)
			if *p != 0 {
				return wrong(at, "%q is there twice", text)
			}
			*p = weight
		}
	}
	return nil
}

func (d *Dictionary) word(at, text string) (*word, error) {
	n := d.normal(text)
	if len(n) == 0 || utf8.RuneCountInString(text) > maxWord {
		return nil, wrong(at, "%q is no word of 1 to %d characters", text, maxWord)
	}
	return d.words.add(n), nil
}

func (d *Dictionary) readNegations(f file) error {
	for _, text := range f.Negations {
		n := d.normal(text)
		if len(n) == 0 || len(n) > maxWord {
			return wrong("negations", "%q is no word of 1 to %d characters", text, maxWord)
		}
		d.negations.add(n)
	}
	return nil
}
