package ingest

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook reads the visible sheets of an XLSX file that have a header row
// with what is needed; other sheets are covers, notes and code lists. Values
// are as stored: a date is its serial number, for which profiles have the
// layout "excel".
type workbook struct {
	file   *excelize.File
	spool  *spool
	bind   binding
	sheets []string // still to be read
	rows   *excelize.Rows
	header []string
}

func newWorkbook(r io.Reader, b binding) (_ *workbook, err error) {
	s, err := spoolOf(r, MaxWorkbookBytes)
	if err != nil {
		return nil, err
	}
	w := &workbook{spool: s, bind: b}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := checkParts(s); err != nil {
		return nil, err
	}
	w.file, err = excelize.OpenReader(s, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxSheetBytes + maxPartsBytes, UnzipXMLSizeLimit: maxPartsBytes})
	if err != nil {
		return nil, badInput("the workbook cannot be read: it is damaged, or protected by a password")
	}
	if props, err := w.file.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		return nil, badInput("the workbook counts its days from 1904; save it with the usual days from 1900")
	}
	for _, name := range w.file.GetSheetList() {
		if shown, err := w.file.GetSheetVisible(name); err == nil && shown {
			w.sheets = append(w.sheets, name)
		}
	}
	return w, w.first()
}

// checkParts refuses a workbook that unpacks to more than may be held, before
// anything holds it. Sizes are counted, not believed.
func checkParts(s *spool) error {
	z, err := zip.NewReader(s, s.size)
	if err != nil {
		return badInput("the file is no XLSX workbook: its directory cannot be read")
	}
	if len(z.File) > maxParts {
		return badInput("the workbook has %d parts, more than %d", len(z.File), maxParts)
	}
	sheets, others := int64(maxSheetBytes), int64(maxPartsBytes)
	for _, part := range z.File {
		room := &others
		if name := strings.ToLower(part.Name); strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml" {
			room = &sheets
		}
		n, err := unpackedSize(part, *room)
		if err != nil {
			return badInput("the workbook is damaged: a part of it cannot be unpacked")
		}
		if *room -= n; *room < 0 {
			return badInput("the workbook unpacks to more than may be held")
		}
	}
	return nil
}

func unpackedSize(part *zip.File, room int64) (int64, error) {
	if part.UncompressedSize64 > uint64(room) {
		return room + 1, nil
	}
	r, err := part.Open()
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, room+1))
	return n, errors.Join(err, r.Close())
}

// first opens the first sheet that fits. Where none does, the first sheet with
// anything in it stands for all, so that what it lacks can be named.
func (w *workbook) first() error {
	all := w.sheets
	found, err := w.open()
	if err != nil || found {
		return err
	}
	for _, name := range all {
		rows, err := w.file.Rows(name)
		if err != nil {
			return badSheet(name, err)
		}
		w.header, err = w.bind.header(rowsOf(rows))
		if closed := rows.Close(); err == nil && closed == nil {
			return nil
		}
	}
	return badInput("the workbook has no sheet with a header row")
}

// open goes to the next sheet that fits.
func (w *workbook) open() (bool, error) {
	for len(w.sheets) > 0 {
		name := w.sheets[0]
		w.sheets = w.sheets[1:]
		rows, err := w.file.Rows(name)
		if err != nil {
			return false, badSheet(name, err)
		}
		header, err := w.bind.header(rowsOf(rows))
		if err == nil && w.bind.fits(header) {
			w.rows, w.header = rows, header
			return true, nil
		}
		if err := rows.Close(); err != nil {
			return false, badSheet(name, err)
		}
	}
	return false, nil
}

// rowsOf reads the rows above a table, those without a value left out.
func rowsOf(rows *excelize.Rows) func() ([]string, error) {
	return func() ([]string, error) {
		for rows.Next() {
			values, err := rows.Columns()
			if err != nil {
				return nil, badInput("a sheet cannot be read")
			}
			if !allEmpty(values) {
				return values, nil
			}
		}
		return nil, io.EOF
	}
}

func (w *workbook) names() []string { return w.header }

func (w *workbook) next() ([]string, bool, error) {
	turned := false
	for w.rows != nil {
		if w.rows.Next() {
			values, err := w.rows.Columns()
			if err != nil {
				return nil, false, badInput("a sheet cannot be read to its end")
			}
			return values, turned, nil
		}
		if err := errors.Join(w.rows.Error(), w.rows.Close()); err != nil {
			return nil, false, badInput("a sheet cannot be read to its end")
		}
		w.rows = nil
		found, err := w.open()
		if err != nil {
			return nil, false, err
		}
		turned = found
	}
	return nil, false, io.EOF
}

func (w *workbook) close() error {
	var errs []error
	if w.rows != nil {
		errs = append(errs, w.rows.Close())
	}
	if w.file != nil {
		errs = append(errs, w.file.Close())
	}
	return errors.Join(append(errs, w.spool.Close())...)
}

// badSheet hides the cause: it may hold values of the sheet.
func badSheet(name string, _ error) error {
	return badInput("%s", fmt.Sprintf("sheet %q cannot be read", cut(name, MaxTextBytes)))
}
