package schemas

import "time"

// Area is a place of the division tree or of another area set, as it is
// stored and exchanged.
type Area struct {
	Set        string // area set, "division" for county–township–village–grid
	Code       string // opaque; 12 digits for villages and above, 15 for grids by default
	Parent     string // code of the parent, "" at the root
	Level      Level
	Name       string
	Population uint32
	Geometry   []byte    // WKB MultiPolygon, lng/lat in CGCS2000/WGS-84
	ValidFrom  time.Time // first local day
	ValidTo    time.Time // first local day no longer valid; zero when open
}

// DivisionSet is the area set of the division tree.
const DivisionSet = "division"

// Open reports whether the area still holds.
func (a *Area) Open() bool { return a.ValidTo.IsZero() }
