package demo

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// partial is the ending of a file until all files are complete.
const partial = ".partial"

// files are the files of one run, all under temporary names until done.
type files struct {
	dir    string
	names  []string
	tables []*table
}

// write makes a whole file.
func (f *files) write(name string, content func(io.Writer) error) error {
	f.names = append(f.names, name)
	file, err := os.Create(filepath.Join(f.dir, name+partial))
	if err != nil {
		return err
	}
	return errors.Join(content(file), file.Close())
}

// open starts a CSV file.
func (f *files) open(name, header string) (*table, error) {
	f.names = append(f.names, name)
	t, err := createTable(filepath.Join(f.dir, name+partial), filepath.Ext(name) == ".gz", header)
	if t != nil {
		f.tables = append(f.tables, t)
	}
	return t, err
}

// finish closes the tables and gives all files their names or, after an
// error, removes them.
func (f *files) finish(err error) error {
	for _, t := range f.tables {
		err = errors.Join(err, t.close())
	}
	for _, name := range f.names {
		path := filepath.Join(f.dir, name)
		if err == nil {
			err = os.Rename(path+partial, path)
			continue
		}
		if gone := os.Remove(path + partial); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// writeAll makes the files of a run; tell writes the rows.
func writeAll(dir string, sum *Summary, c *county, tell func(*output) error) error {
	f := &files{dir: dir}
	out, err := f.begin(sum, c)
	if err == nil {
		err = tell(out)
	}
	return f.finish(err)
}

// begin writes the areas and the profiles and opens the tables.
func (f *files) begin(sum *Summary, c *county) (*output, error) {
	sum.Areas = filepath.Join(f.dir, "areas.geojson")
	if err := f.write("areas.geojson", c.writeGeoJSON); err != nil {
		return nil, err
	}
	out := &output{year: sum.From.Year()}
	for i := range sources {
		src := &sources[i]
		file, err := f.profile("incidents-"+src.code, src.packed, src.writeProfile)
		if err != nil {
			return nil, err
		}
		file.Source = src.code
		sum.Incidents = append(sum.Incidents, file)
		if out.incidents[i], err = f.open(filepath.Base(file.Path), incidentHeader); err != nil {
			return nil, err
		}
	}
	var err error
	if sum.Transitions, err = f.profile("transitions", false, writeTransitionProfile); err != nil {
		return nil, err
	}
	out.transitions, err = f.open("transitions.csv", transitionHeader)
	return out, err
}

// profile writes the profile that reads a table and names both.
func (f *files) profile(table string, packed bool, content func(io.Writer) error) (File, error) {
	file := File{Path: filepath.Join(f.dir, table+".csv"), Profile: filepath.Join(f.dir, table+".profile.yaml")}
	if packed {
		file.Path += ".gz"
	}
	return file, f.write(table+".profile.yaml", content)
}
