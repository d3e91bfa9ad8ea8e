package ingest

import (
	"encoding/csv"
	"errors"
	"io"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
)

// maxAreaText bounds a map that is read as text: its rows may be long.
const maxAreaText = 512 << 20

// areaColumns are the names under which tables have the fields of an area.
func areaColumns() map[string]string {
	return map[string]string{
		"code": "code", "grid_code": "code", "编码": "code", "网格编码": "code", "区划代码": "code", "dm": "code",
		"parent": "parent", "parent_code": "parent", "上级编码": "parent",
		"level": "level", "级别": "level",
		"name": "name", "名称": "name", "网格名称": "name", "mc": "name",
		"population": "population", "人口": "population", "常住人口": "population",
		"valid_from": "valid_from", "valid_to": "valid_to", "启用日期": "valid_from", "停用日期": "valid_to",
		"wkt": "wkt", "geometry": "wkt", "geom": "wkt",
	}
}

// rawOf makes an area of the fields of a row, its shape left out.
func rawOf(row map[string]string) rawArea {
	return rawArea{code: row["code"], parent: row["parent"], level: row["level"], name: row["name"], population: row["population"],
		from: row["valid_from"], to: row["valid_to"]}
}

// csv reads a table with geometries as WKT.
func (in *areaInput) csv() error {
	if in.system == "" {
		return undeclaredAreas("a table of areas does not say in which reference system its coordinates are; declare it")
	}
	text, err := utf8Text(in.body)
	if err != nil {
		return inputError(err)
	}
	rows := csv.NewReader(io.LimitReader(text, maxAreaText))
	header, err := rows.Read()
	if err != nil {
		return badInput("the file has no header, and is no GeoJSON and no ZIP")
	}
	fields, known := make([]string, len(header)), areaColumns()
	for i, name := range header {
		fields[i] = known[foldName(trimBOM(name))]
	}
	for n := 1; ; n++ {
		values, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badInput("row %d is no row of a CSV file with the columns of the header", n)
		}
		row := map[string]string{}
		for i, v := range values {
			if fields[i] != "" {
				row[fields[i]] = v
			}
		}
		raw := rawOf(row)
		if raw.shape, err = wktShape(row["wkt"]); err != nil {
			return badInput("area %d (code %q): %v", n, cut(raw.code, MaxTextBytes), err)
		}
		if err := in.add(n, raw, ""); err != nil {
			return err
		}
	}
}

func wktShape(text string) (orb.MultiPolygon, error) {
	if text == "" {
		return nil, nil
	}
	g, err := wkt.Unmarshal(text)
	if err != nil {
		return nil, errors.New("the geometry is no WKT")
	}
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}, nil
	case orb.MultiPolygon:
		return g, nil
	}
	return nil, errors.New("the geometry is no POLYGON or MULTIPOLYGON")
}

func trimBOM(s string) string {
	if len(s) >= 3 && s[:3] == "\xef\xbb\xbf" {
		return s[3:]
	}
	return s
}
