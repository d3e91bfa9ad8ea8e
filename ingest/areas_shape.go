package ingest

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Limits of a Shapefile, so that a hostile one needs bounded memory.
const (
	maxShapeParts  = 64        // files of the ZIP
	maxShapeMember = 1 << 30   // what the .shp or .dbf unpacks to
	maxShapeRecord = 16 << 20  // one geometry: a million corners
	maxShapeRings  = 10_000    // of one geometry
	maxShapeText   = 64 << 10  // .prj, .cpg
	maxTableRow    = 64 << 10  // one row of the .dbf
	maxZipFile     = 512 << 20 // the ZIP itself, which is put aside on disk
)

// shapefile reads the one Shapefile of a ZIP: geometries of the .shp, the
// attributes of the .dbf (in the encoding of the .cpg; UTF-8 or GBK by its
// looks without one), the reference system of the .prj.
func (in *areaInput) shapefile() (err error) {
	aside, err := spoolOf(in.body, maxZipFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, aside.Close()) }()
	archive, err := zip.NewReader(aside, aside.size)
	if err != nil {
		return badInput("the ZIP file is damaged")
	}
	if len(archive.File) > maxShapeParts {
		return badInput("the ZIP file has more than %d files", maxShapeParts)
	}
	parts := map[string]*zip.File{}
	for _, f := range archive.File {
		kind := strings.ToLower(path.Ext(f.Name))
		if parts[kind] != nil && (kind == ".shp" || kind == ".dbf") {
			return badInput("the ZIP file has more than one Shapefile")
		}
		parts[kind] = f
	}
	if parts[".shp"] == nil || parts[".dbf"] == nil {
		return badInput("the ZIP file has no Shapefile: a .shp and its .dbf")
	}
	if err := in.projection(parts[".prj"]); err != nil {
		return err
	}
	table, closeTable, err := openTable(parts[".dbf"], parts[".cpg"])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeTable()) }()
	return in.shapes(parts[".shp"], table)
}

// projection takes the system of the .prj, or checks it against the declared
// one.
func (in *areaInput) projection(prj *zip.File) error {
	if prj == nil {
		if in.system == "" {
			return undeclaredAreas("the Shapefile has no .prj: declare the reference system of its coordinates")
		}
		return nil
	}
	text, err := memberText(prj)
	if err != nil {
		return err
	}
	system, ok := systemOfWKT(text)
	switch {
	case !ok && in.system == "":
		return undeclaredAreas("the reference system of the .prj is not known here: declare one of the known ones")
	case ok && in.system != "" && in.system != system:
		return undeclaredAreas(fmt.Sprintf("the .prj names %s and %s is declared", system, in.system))
	case ok:
		in.system = system
	}
	return nil
}

func memberText(f *zip.File) (string, error) {
	if f == nil {
		return "", nil
	}
	r, err := f.Open()
	if err != nil {
		return "", badInput("the ZIP file is damaged")
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxShapeText))
	if err != nil {
		return "", badInput("the ZIP file is damaged")
	}
	return string(text), nil
}

// shapes reads the records of the .shp beside the rows of the table.
func (in *areaInput) shapes(f *zip.File, table *dbfTable) error {
	r, err := f.Open()
	if err != nil {
		return badInput("the ZIP file is damaged")
	}
	defer r.Close()
	shp := bufio.NewReaderSize(io.LimitReader(r, maxShapeMember), readBufferBytes)
	var header [100]byte
	if _, err := io.ReadFull(shp, header[:]); err != nil || binary.BigEndian.Uint32(header[:]) != 9994 {
		return badInput("the .shp is damaged")
	}
	for n := 1; ; n++ {
		record, err := shapeRecord(shp)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badInput("the .shp is damaged at geometry %d", n)
		}
		row, err := table.next()
		if err != nil {
			return badInput("the .dbf has no row for geometry %d", n)
		}
		if row == nil {
			continue // deleted
		}
		raw := rawOf(row)
		if raw.shape, err = polygonsOf(record); err != nil {
			return badInput("area %d (code %q): %v", n, cut(raw.code, MaxTextBytes), err)
		}
		if err := in.add(n, raw, ""); err != nil {
			return err
		}
	}
}

// shapeRecord reads the content of a record; io.EOF at the end.
func shapeRecord(r io.Reader) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err // io.EOF only between two records
	}
	words := binary.BigEndian.Uint32(head[4:])
	if words < 2 || words > maxShapeRecord/2 {
		return nil, errors.New("length")
	}
	content := make([]byte, 2*words)
	if _, err := io.ReadFull(r, content); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return content, nil
}

// Kinds of geometry (ESRI Shapefile Technical Description, 1998).
const (
	shapeNull     = 0
	shapePolygon  = 5
	shapePolygonZ = 15
	shapePolygonM = 25
	partsAt       = 44 // where the beginnings of the rings stand
)

// polygonsOf reads a polygon record: its rings, outer ones clockwise.
func polygonsOf(b []byte) (orb.MultiPolygon, error) {
	switch kind := binary.LittleEndian.Uint32(b); {
	case kind == shapeNull:
		return nil, nil
	case kind != shapePolygon && kind != shapePolygonZ && kind != shapePolygonM:
		return nil, errors.New("the geometry is no polygon")
	case len(b) < partsAt:
		return nil, errors.New("the geometry is cut off")
	}
	parts, points := uint64(binary.LittleEndian.Uint32(b[36:])), uint64(binary.LittleEndian.Uint32(b[40:]))
	if parts == 0 || parts > maxShapeRings || partsAt+4*parts+16*points > uint64(len(b)) {
		return nil, errors.New("the geometry has more rings or corners than its length holds")
	}
	starts, corners := b[partsAt:partsAt+4*parts], b[partsAt+4*parts:]
	var rings []orb.Ring
	for i := range parts {
		from, to := uint64(binary.LittleEndian.Uint32(starts[4*i:])), points
		if i+1 < parts {
			to = uint64(binary.LittleEndian.Uint32(starts[4*i+4:]))
		}
		if from >= to || to > points {
			return nil, errors.New("the rings of the geometry do not follow each other")
		}
		ring := make(orb.Ring, 0, to-from)
		for k := from; k < to; k++ {
			ring = append(ring, orb.Point{float(corners[16*k:]), float(corners[16*k+8:])})
		}
		rings = append(rings, ring)
	}
	return assemble(rings), nil
}

func float(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }

// assemble makes polygons of rings: clockwise ones are outlines, the others
// holes of the outline they lie in. A ring in the wrong direction that lies in
// no outline is one itself.
func assemble(rings []orb.Ring) orb.MultiPolygon {
	var out orb.MultiPolygon
	var holes []orb.Ring
	for _, r := range rings {
		if r.Orientation() == orb.CCW {
			holes = append(holes, r)
		} else {
			out = append(out, orb.Polygon{r})
		}
	}
	outlines := len(out)
	for _, h := range holes {
		in := -1
		for i := range outlines {
			if out[i][0].Bound().Contains(h[0]) && planar.RingContains(out[i][0], h[0]) {
				in = i
				break
			}
		}
		if in < 0 {
			out = append(out, orb.Polygon{h})
			continue
		}
		out[in] = append(out[in], h)
	}
	return out
}
