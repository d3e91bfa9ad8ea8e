package ingest

import (
	"regexp"
	"strconv"
	"strings"

	"reli/geo/crs"
)

// gaussSeries are the CGCS2000 Gauss–Krüger series of EPSG's register by the
// names that GIS programs write into a .prj: the zone's number or the central
// meridian follows.
func gaussSeries() []struct {
	name               string
	code, first, width int
} {
	return []struct {
		name               string
		code, first, width int
	}{
		{"CGCS2000_3_Degree_GK_CM_", 4534, 75, 3},
		{"CGCS2000_3_Degree_GK_Zone_", 4513, 25, 1},
		{"CGCS2000_GK_CM_", 4502, 75, 6},
		{"CGCS2000_GK_Zone_", 4491, 13, 1},
	}
}

// outerAuthority is the EPSG code of the system as a whole: the last one of
// the text, closing it.
var outerAuthority = regexp.MustCompile(`AUTHORITY\[\s*"EPSG"\s*,\s*"?(\d+)"?\s*\]\s*\]\s*$`)

// systemOfWKT finds the reference system of a .prj (WKT 1) by its EPSG code, or
// by its name.
func systemOfWKT(text string) (crs.System, bool) {
	text = strings.TrimSpace(text)
	if m := outerAuthority.FindStringSubmatch(text); m != nil {
		s, err := crs.Parse("EPSG:" + m[1])
		return s, err == nil
	}
	kind, rest, _ := strings.Cut(text, `["`)
	name, _, ok := strings.Cut(rest, `"`)
	if !ok {
		return "", false
	}
	switch strings.ToUpper(kind) {
	case "GEOGCS":
		switch name {
		case "GCS_WGS_1984", "WGS 84":
			return crs.WGS84, true
		case "GCS_China_Geodetic_Coordinate_System_2000", "China Geodetic Coordinate System 2000":
			return crs.CGCS2000, true
		}
	case "PROJCS":
		if name == "WGS_1984_Web_Mercator_Auxiliary_Sphere" {
			return crs.WebMercator, true
		}
		return gaussOf(strings.ReplaceAll(strings.ReplaceAll(name, " ", "_"), "-", "_"))
	}
	return "", false
}

func gaussOf(name string) (crs.System, bool) {
	name = strings.ReplaceAll(strings.ReplaceAll(name, "_/_", "_"), "Kruger", "K")
	for _, s := range gaussSeries() {
		digits, ok := strings.CutPrefix(name, s.name)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(digits, "E"))
		if err != nil || (n-s.first)%s.width != 0 {
			return "", false
		}
		system, err := crs.Parse("EPSG:" + strconv.Itoa(s.code+(n-s.first)/s.width))
		return system, err == nil
	}
	return "", false
}
