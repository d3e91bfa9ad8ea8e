package demo

import (
	"reli/geo/crs"
	"reli/schemas"
)

// sourceMix is how one source system differs from the others.
type sourceMix struct {
	code    string
	share   float64
	crs     crs.System
	prefix  string // of its record numbers
	packed  bool   // its file comes gzipped
	office  bool   // it records in office hours only
	byKind  [3]float64
	hours   [24]float64
	days    int // time limit of an ordinary matter
	taking  schemas.Level
	channel []choice
	rungs   rungs
}

// rungs says which place columns a source fills in beside a point.
type rungs struct{ grid, village, township bool }

type choice struct {
	code  string
	share float64
}

var (
	officeHours = [24]float64{1, 1, 1, 1, 1, 2, 5, 20, 70, 95, 90, 60, 25, 40, 75, 80, 65, 40, 22, 14, 8, 5, 3, 2}
	dayHours    = [24]float64{4, 2, 2, 1, 2, 4, 12, 30, 60, 75, 72, 58, 42, 44, 55, 58, 55, 50, 48, 52, 50, 38, 22, 10}
	lateHours   = [24]float64{24, 16, 10, 7, 5, 5, 8, 14, 24, 30, 34, 38, 40, 34, 32, 34, 38, 46, 58, 70, 76, 72, 58, 38}
)

// sources are the five source systems; two of them give coordinates as maps
// on telephones do, in GCJ-02. Shares add up to 1.
var sources = [...]sourceMix{
	{code: "grid", share: 0.45, crs: crs.CGCS2000, prefix: "WG", byKind: [3]float64{1, 0.55, 0.35},
		hours: officeHours, office: true, days: 7, taking: schemas.LevelGrid, rungs: rungs{grid: true},
		channel: []choice{{"patrol", 0.80}, {"report", 0.17}, {"superior", 0.03}}},
	{code: "mediation", share: 0.18, crs: crs.GCJ02, prefix: "TJ", byKind: [3]float64{1, 0.45, 0.25},
		hours: officeHours, office: true, days: 30, taking: schemas.LevelVillage, rungs: rungs{village: true},
		channel: []choice{{"report", 0.72}, {"patrol", 0.20}, {"superior", 0.08}}},
	{code: "12345", share: 0.20, crs: crs.GCJ02, prefix: "RX", packed: true, byKind: [3]float64{1, 0.92, 0.8},
		hours: dayHours, days: 13, taking: schemas.LevelCounty,
		channel: []choice{{"report", 0.76}, {"online", 0.24}}},
	{code: "petition", share: 0.06, crs: crs.CGCS2000, prefix: "XF", byKind: [3]float64{1, 0.2, 0.08},
		hours: officeHours, office: true, days: 60, taking: schemas.LevelCounty, rungs: rungs{township: true},
		channel: []choice{{"report", 0.55}, {"online", 0.33}, {"superior", 0.12}}},
	{code: "police", share: 0.11, crs: crs.CGCS2000, prefix: "JQ", byKind: [3]float64{1, 1.15, 1.3},
		hours: lateHours, days: 5, taking: schemas.LevelTownship, rungs: rungs{township: true},
		channel: []choice{{"report", 0.97}, {"superior", 0.03}}},
}

// categoryMix is how often a category occurs and how it runs. The figures are
// invented; the order of frequency follows the articles (DOMAIN.md 1.1).
type categoryMix struct {
	code        string
	town, rural float64
	bySource    [len(sources)]float64
	season      season
	slow        float64 // factor on the time it takes
	atGrid      float64 // share resolved at the grid
	office      string  // county department that handles the hard ones
}

type season uint8

const (
	allYear season = iota
	sowing         // March to May, and the harvest
	yearEnd        // November to January
	summer         // June to August
)

// seasons are the monthly factors, January first.
var seasons = [...][12]float64{
	allYear: {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
	sowing:  {0.6, 0.7, 1.4, 1.8, 1.5, 1, 0.8, 0.8, 1.2, 1.1, 0.6, 0.5},
	yearEnd: {1.9, 1.1, 0.7, 0.6, 0.7, 0.8, 0.8, 0.8, 0.9, 1, 1.4, 2},
	summer:  {0.6, 0.6, 0.8, 1, 1.2, 1.5, 1.6, 1.5, 1.1, 0.9, 0.7, 0.6},
}

var categories = [...]categoryMix{
	{"family", 16, 17, [...]float64{1, 1.6, 0.3, 0.4, 2}, allYear, 0.8, 0.84, "妇联"},
	{"neighbour", 17, 21, [...]float64{1.3, 1.4, 0.7, 0.3, 1.8}, allYear, 0.7, 0.90, "司法局"},
	{"housing", 4, 8, [...]float64{1, 1, 0.8, 1.3, 0.4}, sowing, 1.6, 0.71, "农业农村局"},
	{"land", 1, 16, [...]float64{1, 1.3, 0.5, 1.6, 0.3}, sowing, 1.8, 0.69, "自然资源局"},
	{"expropriation", 4, 3, [...]float64{0.6, 0.5, 0.9, 4, 0.1}, allYear, 2.6, 0.42, "住建局"},
	{"wage", 7, 4, [...]float64{0.8, 0.7, 1.5, 2.2, 0.5}, yearEnd, 1.2, 0.52, "人社局"},
	{"labour", 5, 1.5, [...]float64{0.7, 0.9, 1.4, 1.2, 0.3}, allYear, 1.3, 0.58, "人社局"},
	{"contract", 4, 4, [...]float64{0.7, 1.5, 0.9, 0.7, 0.3}, allYear, 1.4, 0.66, "市监局"},
	{"business", 3, 3, [...]float64{1, 0.9, 1, 0.8, 0.4}, allYear, 1.1, 0.72, "市监局"},
	{"damages", 4, 4, [...]float64{0.6, 1.8, 0.4, 0.5, 1.8}, allYear, 1.1, 0.76, "司法局"},
	{"consumer", 6, 2, [...]float64{0.5, 0.5, 2.6, 0.3, 0.6}, allYear, 0.6, 0.81, "市监局"},
	{"finance", 4, 2.5, [...]float64{0.7, 1, 0.8, 1.2, 1.4}, allYear, 1.8, 0.56, "金融办"},
	{"property", 11, 0.3, [...]float64{1, 0.7, 2, 1, 0.4}, allYear, 1.1, 0.76, "住建局"},
	{"environment", 4, 3, [...]float64{0.9, 0.4, 2.4, 1, 0.3}, summer, 0.9, 0.77, "生态环境局"},
	{"medical", 1.2, 0.6, [...]float64{0.4, 1.2, 1, 1.4, 0.5}, allYear, 1.7, 0.45, "卫健局"},
	{"traffic", 2.5, 2.5, [...]float64{0.5, 1, 0.5, 0.3, 2.4}, allYear, 1, 0.62, "公安局"},
	{"village_affairs", 0.6, 4.5, [...]float64{0.9, 0.3, 0.9, 3.2, 0.1}, allYear, 1.4, 0.6, "纪委监委"},
	{"civil_affairs", 2, 2.6, [...]float64{1, 0.3, 1.6, 1.4, 0.1}, allYear, 0.8, 0.76, "民政局"},
	{"enforcement", 1.4, 0.8, [...]float64{0.4, 0.2, 1.6, 2.4, 0.4}, allYear, 1.2, 0.5, "执法局"},
	{"litigation", 1, 0.9, [...]float64{0.3, 0.4, 0.5, 5, 0.3}, allYear, 2.4, 0.3, "法院"},
	{"other", 3, 3, [...]float64{1, 0.6, 1.4, 1, 1}, allYear, 0.9, 0.80, "综治中心"},
}

// cumulative turns shares into running sums that end at 1.
func cumulative(shares []float64) []float64 {
	out := make([]float64, len(shares))
	sum := 0.0
	for i, s := range shares {
		sum += s
		out[i] = sum
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// pick finds the entry of running sums that holds u in [0,1).
func pick(running []float64, u float64) int {
	for i, c := range running {
		if u < c {
			return i
		}
	}
	return len(running) - 1
}
