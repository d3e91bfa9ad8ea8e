package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Looks of a workbook.
const (
	sheetFont    = "宋体"
	titleSize    = 16
	paperA4      = 9
	widestColumn = 60
	textWidth    = 14
	wideWidth    = 52
)

// styles of a workbook by what a cell is.
type styles struct {
	book                       *excelize.File
	title, about, head         int
	text, wide, count, percent map[bool]int // by whether the row is a total
	number                     map[bool]map[int]int
}

// writeXLSX writes one sheet a table, each with title, definitions and a page
// set-up for A4, and a last sheet of definitions.
func writeXLSX(w io.Writer, d *Document) (err error) {
	book := excelize.NewFile()
	defer func() {
		if closed := book.Close(); err == nil {
			err = closed
		}
	}()
	s, err := newStyles(book)
	if err != nil {
		return err
	}
	for i := range d.Tables {
		name := sheetName(book, d.Tables[i].Zh)
		if i == 0 {
			err = book.SetSheetName("Sheet1", name)
		} else {
			_, err = book.NewSheet(name)
		}
		if err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
		if err := s.sheet(name, d, &d.Tables[i]); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	if err := s.notes(d); err != nil {
		return fmt.Errorf("sheet of definitions: %w", err)
	}
	if err := book.SetDocProps(&excelize.DocProperties{Title: d.Zh + " " + d.Period.Zh(), Creator: "Reli", Language: "zh-CN",
		Created: d.MadeAt.UTC().Format("2006-01-02T15:04:05Z"), Modified: d.MadeAt.UTC().Format("2006-01-02T15:04:05Z")}); err != nil {
		return err
	}
	book.SetActiveSheet(0)
	return book.Write(w)
}

// sheetName makes a name that Excel takes: 31 letters, some signs not, each
// once.
func sheetName(book *excelize.File, title string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]:\/?*[]`, r) {
			return '·'
		}
		return r
	}, title), "'")
	const longest = 28 // leaves room for a number
	if utf8.RuneCountInString(name) > longest {
		name = string([]rune(name)[:longest])
	}
	base := name
	for n := 2; ; n++ {
		if i, err := book.GetSheetIndex(name); err != nil || i < 0 {
			return name
		}
		name = fmt.Sprintf("%s %d", base, n)
	}
}

func newStyles(book *excelize.File) (*styles, error) {
	s := &styles{book: book, text: map[bool]int{}, wide: map[bool]int{}, count: map[bool]int{}, percent: map[bool]int{}, number: map[bool]map[int]int{}}
	var err error
	make := func(style excelize.Style) int {
		if err != nil {
			return 0
		}
		var id int
		id, err = book.NewStyle(&style)
		return id
	}
	font := func(bold bool, size float64) *excelize.Font {
		return &excelize.Font{Family: sheetFont, Size: size, Bold: bold}
	}
	var border []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	centre := &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}
	s.title = make(excelize.Style{Font: font(true, titleSize), Alignment: centre})
	s.about = make(excelize.Style{Font: font(false, 10), Alignment: &excelize.Alignment{Horizontal: "center"}})
	s.head = make(excelize.Style{Font: font(true, 10), Alignment: centre, Border: border,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}})
	for _, total := range []bool{false, true} {
		body := func(format, horizontal string) excelize.Style {
			st := excelize.Style{Font: font(total, 10), Border: border, Alignment: &excelize.Alignment{Horizontal: horizontal, Vertical: "center", WrapText: true}}
			if format != "" {
				st.CustomNumFmt = &format
			}
			return st
		}
		s.text[total], s.wide[total] = make(body("", "center")), make(body("", "left"))
		s.count[total] = make(body("#,##0", "right"))
		s.number[total] = map[int]int{}
		for decimals := range 4 {
			s.number[total][decimals] = make(body(zeros("0", decimals), "right"))
			s.number[total][-1-decimals] = make(body(zeros("0", decimals)+"%", "right"))
		}
	}
	return s, err
}

func zeros(format string, decimals int) string {
	if decimals == 0 {
		return format
	}
	return format + "." + strings.Repeat("0", decimals)
}

// Rows of a sheet above the table.
const (
	titleRow = 1
	aboutRow = 2
	headRow  = 3
)

func (s *styles) sheet(name string, d *Document, t *Table) error {
	last, err := excelize.ColumnNumberToName(len(t.Columns))
	if err != nil {
		return err
	}
	put := func(column, row int, value any, style int) {
		if err != nil {
			return
		}
		var cell string
		if cell, err = excelize.CoordinatesToCellName(column, row); err != nil {
			return
		}
		if err = s.book.SetCellValue(name, cell, value); err == nil {
			err = s.book.SetCellStyle(name, cell, cell, style)
		}
	}
	title := d.Zh
	if t.Zh != d.Zh {
		title += " · " + t.Zh
	}
	put(1, titleRow, title, s.title)
	put(1, aboutRow, about(d), s.about)
	for i, c := range t.Columns {
		put(i+1, headRow, c.Zh, s.head)
	}
	for r, row := range t.Rows {
		for i, cell := range row.Cells {
			value, style := s.cell(&t.Columns[i], cell, row.Total)
			put(i+1, headRow+1+r, value, style)
		}
	}
	if err != nil {
		return err
	}
	return s.layOut(name, last, t)
}

// layOut sets widths, frozen head and the page.
func (s *styles) layOut(name, last string, t *Table) error {
	for _, row := range []int{titleRow, aboutRow} {
		if last != "A" {
			if err := s.book.MergeCell(name, fmt.Sprintf("A%d", row), fmt.Sprintf("%s%d", last, row)); err != nil {
				return err
			}
		}
	}
	if err := s.book.SetRowHeight(name, titleRow, 30); err != nil {
		return err
	}
	for i, c := range t.Columns {
		column, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := s.book.SetColWidth(name, column, column, width(t, i, c)); err != nil {
			return err
		}
	}
	below := fmt.Sprintf("B%d", headRow+1)
	if err := s.book.SetPanes(name, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: headRow, TopLeftCell: below, ActivePane: "bottomRight"}); err != nil {
		return err
	}
	orientation := "portrait"
	const fitsPortrait = 8
	if len(t.Columns) > fitsPortrait {
		orientation = "landscape"
	}
	size, wide, high := paperA4, 1, 0
	if err := s.book.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &size, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	fit := true
	if err := s.book.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := s.book.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页 共 &N 页&R&D"}); err != nil {
		return err
	}
	return s.book.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: name,
		RefersTo: fmt.Sprintf("'%s'!$%d:$%d", name, titleRow, headRow)})
}

// width of a column in characters; a Chinese one takes two.
func width(t *Table, i int, c Column) float64 {
	if c.Wide {
		return wideWidth
	}
	most := textWidth
	if c.Kind != ColumnText {
		most = 10
	}
	for _, row := range t.Rows {
		if n := 2 + len([]rune(row.Cells[i].Text)) + wideRunes(row.Cells[i].Text); n > most {
			most = n
		}
	}
	return float64(min(most, widestColumn))
}

func wideRunes(text string) int {
	n := 0
	for _, r := range text {
		if r > 0x2e80 {
			n++
		}
	}
	return n
}

// cell gives what is stored: numbers as numbers, shares as fractions with a
// format in per cent, texts as texts (never as formulas).
func (s *styles) cell(c *Column, cell Cell, total bool) (any, int) {
	if cell.Number == nil {
		if c.Wide {
			return cell.Text, s.wide[total]
		}
		return cell.Text, s.text[total]
	}
	decimals := decimalsOf(cell.Text)
	switch {
	case cell.Share:
		return *cell.Number / 100, s.number[total][-1-decimals]
	case decimals == 0:
		return int64(*cell.Number), s.count[total]
	}
	return *cell.Number, s.number[total][decimals]
}

// decimalsOf counts the decimals of a written number, three at most.
func decimalsOf(text string) int {
	_, after, _ := strings.Cut(strings.TrimSuffix(text, "%"), ".")
	return min(len(after), 3)
}

// about is the line below a title.
func about(d *Document) string {
	return fmt.Sprintf("%s  %s  统计期 %s 至 %s  %s于 %s  数据版本 %d", d.PlaceZh, d.Period.Zh(), d.Period.From, d.Period.To-1, d.State.Zh(),
		d.MadeAt.Format("2006-01-02 15:04"), d.DataVersion)
}

func (s *styles) notes(d *Document) error {
	t := Table{Zh: "口径说明", Columns: []Column{{Zh: "术语", Kind: ColumnText}, {Zh: "口径", Kind: ColumnText, Wide: true}, {Zh: "Definition", Kind: ColumnText, Wide: true}}}
	for _, n := range d.Notes {
		t.Rows = append(t.Rows, Row{Cells: []Cell{word(n.Term), word(n.Zh), word(n.En)}})
	}
	name := sheetName(s.book, t.Zh)
	if _, err := s.book.NewSheet(name); err != nil {
		return err
	}
	return s.sheet(name, d, &t)
}
