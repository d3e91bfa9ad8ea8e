package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"reli/geo"
	"reli/geo/area"
	"reli/geo/crs"
	"reli/schemas"
)

// shapeZip writes a Shapefile with one ring per area, in a ZIP.
func shapeZip(t testing.TB, prj string, names []string, rings ...[][2]float64) []byte {
	t.Helper()
	var shp, dbf, out bytes.Buffer
	shp.Write(make([]byte, 100))
	binary.BigEndian.PutUint32(shp.Bytes(), 9994)
	for i, ring := range rings {
		content := make([]byte, 48)
		binary.LittleEndian.PutUint32(content, 5)
		binary.LittleEndian.PutUint32(content[36:], 1)
		binary.LittleEndian.PutUint32(content[40:], uint32(len(ring)))
		for _, p := range ring {
			content = binary.LittleEndian.AppendUint64(content, math.Float64bits(p[0]))
			content = binary.LittleEndian.AppendUint64(content, math.Float64bits(p[1]))
		}
		require.NoError(t, binary.Write(&shp, binary.BigEndian, []uint32{uint32(i + 1), uint32(len(content) / 2)}))
		shp.Write(content)
	}
	head := make([]byte, 32)
	binary.LittleEndian.PutUint16(head[8:], 32+2*32+1)
	binary.LittleEndian.PutUint16(head[10:], 1+20+40)
	dbf.Write(head)
	for _, c := range []struct {
		name string
		size byte
	}{{"CODE", 20}, {"NAME", 40}} {
		field := make([]byte, 32)
		copy(field, c.name)
		field[11], field[16] = 'C', c.size
		dbf.Write(field)
	}
	dbf.WriteByte('\r')
	for i, name := range names {
		gbk, err := simplifiedchinese.GBK.NewEncoder().String(name)
		require.NoError(t, err)
		fmt.Fprintf(&dbf, " %-20s%s%s", fmt.Sprintf("9901010010010%02d", i+1), gbk, strings.Repeat(" ", 40-len(gbk)))
	}
	z := zip.NewWriter(&out)
	for name, data := range map[string][]byte{"grids.shp": shp.Bytes(), "grids.dbf": dbf.Bytes(), "grids.prj": []byte(prj)} {
		if name == "grids.prj" && prj == "" {
			continue
		}
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

const gauss117 = `PROJCS["CGCS2000_3_Degree_GK_CM_117E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],UNIT["Meter",1.0]]`

func TestAShapefileIsReadInTheSystemOfItsPrj(t *testing.T) {
	corners := [][2]float64{{500_000, 4_400_000}, {500_000, 4_401_000}, {501_000, 4_401_000}, {501_000, 4_400_000}, {500_000, 4_400_000}}
	rows, err := ReadAreas(bytes.NewReader(shapeZip(t, gauss117, []string{"前进村第一网格"}, corners)))
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "990101001001001", rows[0].Code)
	require.Equal(t, "前进村第一网格", rows[0].Name)
	require.Equal(t, schemas.Level(area.Grid), rows[0].Level)
	all, err := MapAreas(rows)
	require.NoError(t, err)
	require.InDelta(t, 117, all[0].Geometry[0][0][0][0], 1e-9)
	want, err := crs.ToWGS84("EPSG:4548", 501_000, 4_401_000)
	require.NoError(t, err)
	require.Equal(t, want.Lng, all[0].Geometry[0][0][2][0])
	require.InDelta(t, 1e6, area.SquareMetres(all[0].Geometry), 2000)

	plain := shapeZip(t, "", []string{"格"}, corners)
	_, err = ReadAreas(bytes.NewReader(plain))
	requireProblem(t, err, schemas.CodeUndeclaredCRS)
	_, err = ReadAreas(bytes.NewReader(plain), "EPSG:4548")
	require.NoError(t, err)
	_, err = ReadAreas(bytes.NewReader(shapeZip(t, gauss117, []string{"格"}, corners)), crs.WGS84)
	requireProblem(t, err, schemas.CodeUndeclaredCRS)
	_, err = ReadAreas(bytes.NewReader(shapeZip(t, `PROJCS["Local grid of the city",GEOGCS["x"]]`, []string{"格"}, corners)))
	requireProblem(t, err, schemas.CodeUndeclaredCRS)
}

func TestSystemsOfProjectionFiles(t *testing.T) {
	for text, want := range map[string]crs.System{
		gauss117: "EPSG:4548",
		`PROJCS["CGCS2000_3_Degree_GK_Zone_39",x`: "EPSG:4527",
		`PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 117E",GEOGCS["y",AUTHORITY["EPSG","4490"]],AUTHORITY["EPSG","4548"]]`: "EPSG:4548",
		`GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]`:                               crs.WGS84,
		`GEOGCS["China Geodetic Coordinate System 2000",AUTHORITY["EPSG","4490"]]`: crs.CGCS2000,
		`PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["z"]]`:             crs.WebMercator,
		`PROJCS["CGCS2000_GK_CM_117E",x`:                                           "EPSG:4509",
	} {
		got, ok := systemOfWKT(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "x", `PROJCS["CGCS2000_3_Degree_GK_CM_118E",x`, `GEOGCS["Beijing 1954",AUTHORITY["EPSG","4214"]]`} {
		_, ok := systemOfWKT(text)
		require.False(t, ok, text)
	}
}

func TestTablesOfAreasNeedADeclaredSystem(t *testing.T) {
	table := "区划代码,名称,wkt,常住人口,valid_to\n" +
		"990101,某县,,,\n990101001000,一镇,,,\n990101001001,前进村,,998,\n" +
		"990101001001001,一格,\"POLYGON((131 46,131.1 46,131.1 46.1,131 46))\",500,\n" +
		"99999999010100100101,二格,\"MULTIPOLYGON(((131.1 46,131.2 46,131.2 46.1,131.1 46)))\",,2026-07-01\n"
	_, err := ReadAreas(strings.NewReader(table))
	requireProblem(t, err, schemas.CodeUndeclaredCRS)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(table)
	require.NoError(t, err)
	for _, text := range []string{table, "\ufeff" + table, gbk} {
		rows, err := ReadAreas(strings.NewReader(text), crs.WGS84)
		require.NoError(t, err)
		require.Len(t, rows, 5)
		require.Equal(t, []string{"", "990101", "990101001000", "990101001001", "990101001001"},
			[]string{rows[0].Parent, rows[1].Parent, rows[2].Parent, rows[3].Parent, rows[4].Parent})
		require.EqualValues(t, 500, rows[3].Population)
		require.Equal(t, "2026-07-01", rows[4].ValidTo.Format("2006-01-02"))
		require.Equal(t, "前进村", rows[2].Name)
	}
	for _, bad := range []string{"code,wkt\n1,POINT(1 2)\n", "code,wkt\nX1,\n", "code\n990101\n\"", "code,population\n990101,many\n", "code,wkt\n990101,POLYGON((1 2\n"} {
		_, err := ReadAreas(strings.NewReader(bad), crs.WGS84)
		requireProblem(t, err, schemas.CodeBadInput)
	}
}

// Two grids of a village, moved apart by 50 m² on one side and onto each other
// by 50 m² on the other: both are named with the codes and the ground.
func TestThePlantedGapAndOverlapAreNamed(t *testing.T) {
	mx, my := geo.MetresPerDegree(46.05)
	width := 50 / (1000 * mx) // degrees that make 50 m² on a kilometre
	height := 1000 / my
	box := func(code string, west, east, south float64) string {
		return featureOf(fmt.Sprintf(`"code":%q,"level":"grid","parent":"v"`, code),
			fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]v,%[3]v],[%[2]v,%[3]v],[%[2]v,%[4]v],[%[1]v,%[4]v],[%[1]v,%[3]v]]]}`, west, east, south, south+height))
	}
	rows, err := ReadAreas(strings.NewReader(collection(
		featureOf(`"code":"c","level":"county"`, "null"), featureOf(`"code":"t","level":"township","parent":"c"`, "null"),
		featureOf(`"code":"v","level":"village","parent":"t"`, "null"),
		box("g1", 131, 131.01, 46.05), box("g2", 131.01-width, 131.02, 46.05), // overlap
		box("g3", 131.02+width, 131.03, 46.05), // gap, closed by the frames above and below
		box("g4", 131, 131.03, 46.05+height), box("g5", 131, 131.03, 46.05-height))))
	require.NoError(t, err)
	report, err := CheckAreas(rows)
	require.NoError(t, err)
	require.Equal(t, "grid", report.Checked)
	require.Equal(t, 2, report.Faults)
	found := map[area.FaultKind]AreaFault{}
	for _, f := range report.List {
		found[f.Kind] = f
	}
	require.Equal(t, []string{"g1", "g2"}, []string{found[area.Overlap].A, found[area.Overlap].B})
	require.InDelta(t, 50, found[area.Overlap].SquareMetres, .5)
	require.Equal(t, []string{"g2", "g3"}, []string{found[area.Gap].A, found[area.Gap].B})
	require.InDelta(t, 50, found[area.Gap].SquareMetres, .5)
}

func FuzzReadShapefile(f *testing.F) {
	f.Add(shapeZip(f, gauss117, []string{"格"}, [][2]float64{{500_000, 4_400_000}, {500_000, 4_401_000}, {501_000, 4_401_000}, {500_000, 4_400_000}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ReadAreas(bytes.NewReader(data), crs.WGS84)
		if err != nil {
			return
		}
		_, err = MapAreas(rows)
		require.NoError(t, err)
	})
}
