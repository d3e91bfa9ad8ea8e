package level

import (
	"slices"
	"strconv"

	"reli/geo/area"
)

// Level is a level of the response; a greater one is more serious.
type Level uint8

// Levels.
const (
	None   Level = 0
	Blue   Level = 1 // 蓝Ⅳ: the grid
	Yellow Level = 2 // 黄Ⅲ: the township
	Orange Level = 3 // 橙Ⅱ: several departments, one of them leading
	Red    Level = 4 // 红Ⅰ: the county's task force
)

// Class says how a level is called and drawn.
type Class struct {
	Level       Level  `json:"level"`
	Code        string `json:"code"`
	Numeral     string `json:"numeral"`
	Zh          string `json:"zh"`
	En          string `json:"en"`
	Color       string `json:"color"`
	Ink         string `json:"ink"` // of text on the colour
	ResponderZh string `json:"responder_zh"`
	ResponderEn string `json:"responder_en"`
}

// Classes lists the four levels, the most serious first. The colours are those
// of the agreed design; no standard gives any for disputes.
func Classes() []Class {
	const dark, white = "#0B1220", "#FFFFFF"
	return []Class{
		{Red, "red", "Ⅰ", "红色", "Red", "#D7263D", white, "县级专班", "county task force"},
		{Orange, "orange", "Ⅱ", "橙色", "Orange", "#F2803A", dark, "多部门", "several departments"},
		{Yellow, "yellow", "Ⅲ", "黄色", "Yellow", "#F2C94C", dark, "乡镇", "township"},
		{Blue, "blue", "Ⅳ", "蓝色", "Blue", "#2F80ED", dark, "网格", "grid"},
	}
}

// Class gives how the level is called; the zero Class for None.
func (l Level) Class() Class {
	if i := slices.IndexFunc(Classes(), func(c Class) bool { return c.Level == l }); i >= 0 {
		return Classes()[i]
	}
	return Class{}
}

// ParseLevel reads blue, yellow, orange, red or 1 to 4.
func ParseLevel(text string) (Level, bool) {
	for _, c := range Classes() {
		if text == c.Code || text == strconv.Itoa(int(c.Level)) {
			return c.Level, true
		}
	}
	return None, false
}

// tiers are the places of an area in the division tree, coarse to fine.
func tiers() []area.Level {
	return []area.Level{area.County, area.Township, area.Village, area.Grid}
}
