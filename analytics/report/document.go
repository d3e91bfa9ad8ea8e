package report

import (
	"math"
	"strconv"
	"time"

	"reli/analytics/indicator"
)

// Document is a report with everything that is written on it.
type Document struct {
	Name    string `json:"name"`
	Zh      string `json:"zh"`
	En      string `json:"en"`
	Period  Period `json:"period"`
	PlaceZh string `json:"place"` // county, or the area it is about
	Area    string `json:"area"`
	// State is kept for a report that was made on its day, provisional before
	// that day, and current for one made on demand after it.
	State       State     `json:"state"`
	MadeAt      time.Time `json:"made_at"`
	DataVersion uint64    `json:"data_version"`
	Tables      []Table   `json:"tables"`
	Notes       []Note    `json:"notes"`
}

// State of a report.
type State string

// States.
const (
	StateKept        State = "kept"
	StateCurrent     State = "current"
	StateProvisional State = "provisional"
)

// Zh names the state.
func (s State) Zh() string {
	switch s {
	case StateKept:
		return "定稿"
	case StateCurrent:
		return "即时生成"
	}
	return "试算"
}

// Note explains a term or a rule of the report.
type Note struct {
	Term string `json:"term"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

// Table is one table of a report.
type Table struct {
	Code    string   `json:"code"`
	Zh      string   `json:"zh"`
	En      string   `json:"en"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Column is one column of a table.
type Column struct {
	Code     string     `json:"code"`
	Zh       string     `json:"zh"`
	En       string     `json:"en"`
	Kind     ColumnKind `json:"kind"`
	Decimals int        `json:"decimals"`
	// Wide holds running text.
	Wide bool `json:"wide,omitempty"`
}

// ColumnKind says what a column's numbers are.
type ColumnKind string

// Kinds of columns.
const (
	ColumnText   ColumnKind = "text"
	ColumnCount  ColumnKind = "count"
	ColumnShare  ColumnKind = "share" // per cent
	ColumnNumber ColumnKind = "number"
	ColumnMixed  ColumnKind = "mixed" // counts in some rows, per cent in others
)

// Row is one row; Total sets it off from the others.
type Row struct {
	Total bool   `json:"total,omitempty"`
	Cells []Cell `json:"cells"`
}

// Cell is what is written, and the number behind it where there is one.
type Cell struct {
	Text   string   `json:"text"`
	Number *float64 `json:"number,omitempty"`
	Share  bool     `json:"share,omitempty"` // the number is per cent
}

func word(text string) Cell { return Cell{Text: text} }

func whole(n int64) Cell {
	v := float64(n)
	return Cell{Text: strconv.FormatInt(n, 10), Number: &v}
}

func decimal(v float64, decimals int) Cell {
	if math.IsNaN(v) {
		return word("—")
	}
	text := indicator.Number(v, decimals)
	rounded, _ := strconv.ParseFloat(text, 64) // it was a number
	return Cell{Text: text, Number: &rounded}
}

// figure writes an indicator's value as its definition wants it.
func figure(d *indicator.Definition, v indicator.Value) Cell {
	if v.State != indicator.StateOK {
		return word(d.Text(v))
	}
	c := decimal(v.Value, d.Decimals)
	c.Text, c.Share = d.Text(v), d.Kind == indicator.KindShare
	return c
}

// quotient writes a share in per cent with one decimal.
func quotient(k, n int64) Cell {
	if n == 0 {
		return word("—")
	}
	c := decimal(100*float64(k)/float64(n), 1)
	c.Text, c.Share = c.Text+"%", true
	return c
}

func interval(d *indicator.Definition, v indicator.Value) Cell {
	if math.IsNaN(v.Low) {
		return word("—")
	}
	return word(indicator.Number(v.Low, d.Decimals) + "–" + indicator.Number(v.High, d.Decimals))
}

// notesOf gives the definitions of indicators as notes.
func notesOf(list []indicator.Definition) []Note {
	out := make([]Note, len(list))
	for i, d := range list {
		out[i] = Note{Term: d.Zh, Zh: d.DefinitionZh, En: d.En + ": " + d.DefinitionEn}
	}
	return out
}

// smallNote explains the small-number guard.
func smallNote() Note {
	return Note{Term: "样本不足", Zh: "分母不足 " + strconv.Itoa(indicator.Floor) + " 件（人口类指标不足 " + strconv.Itoa(indicator.FloorPeople) +
		" 人）的比率不显示；区间为 95% 置信区间（不足 40 件为 Clopper–Pearson，其余为 Wilson，人口类为 Poisson 精确区间）",
		En: "Shares of fewer than " + strconv.Itoa(indicator.Floor) + " cases (rates: fewer than " + strconv.Itoa(indicator.FloorPeople) +
			" people) are not shown; intervals are 95 %: Clopper–Pearson under 40 cases, Wilson from there on, exact Poisson for rates"}
}
