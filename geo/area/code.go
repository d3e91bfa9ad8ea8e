package area

import "strings"

// Lengths of the digit codes in use (docs/areas.md).
const (
	digitsCounty      = 6  // GB/T 2260
	digitsTownship    = 9  // the statistical code without its village part
	digitsStatistical = 12 // of any level down to the village; coarser ones end in zeros
	digitsGrid        = 15 // the village's and a number of three digits
	digitsCJT349      = 20 // CJ/T 349-2010: 6 of the object, 6 county, 3 street, 3 community, 2 number
)

// LevelOf tells the level that a digit code means by its length and its zeros;
// Unknown for an opaque one.
func LevelOf(code string) Level {
	if !digits(code) {
		return Unknown
	}
	switch len(code) {
	case digitsCounty:
		return County
	case digitsTownship:
		return Township
	case digitsStatistical:
		switch {
		case strings.HasSuffix(code, "000000"):
			return County
		case strings.HasSuffix(code, "000"):
			return Township
		}
		return Village
	case digitsGrid, digitsCJT349:
		return Grid
	}
	return Unknown
}

// ParentsOf lists the codes that the parent of a digit code may have, the most
// likely first; none for a county's and for an opaque one.
func ParentsOf(code string) []string {
	switch level := LevelOf(code); {
	case level == Grid && len(code) == digitsCJT349:
		return []string{code[6:18]}
	case level == Grid:
		return []string{code[:digitsStatistical]}
	case level == Village:
		return []string{code[:digitsTownship] + "000", code[:digitsTownship]}
	case level == Township:
		return []string{code[:digitsCounty] + "000000", code[:digitsCounty]}
	}
	return nil
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
