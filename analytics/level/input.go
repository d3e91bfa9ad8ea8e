package level

// Input is something that is known of an area on a day. All are numbers that
// only make matters worse as they grow, which is what Decide rests on.
type Input uint8

// Inputs. Days are local, and the day itself counts.
const (
	Exceedance  Input = iota // −log10 of the adjusted p-value of the last seven whole days, at most 6
	MassGroup                // open matters with a large group of people (重大群体性)
	Group                    // open matters with a group of people (一般群体性)
	Critical                 // open and critical (特急)
	Urgent                   // open and urgent (紧急)
	Overdue                  // open and past their date
	Open                     // open matters
	OpenDensity              // open matters per 10,000 people; 0 where the population is unknown
	NewMatters               // matters of the last 28 days
	Failed                   // failed mediations (调解不成) of the last 30 days
	Relapse                  // matters opened again (再挂号) in the last 30 days
	CrossArea                // matters across villages or fields (三跨) of the last 28 days
	CrossUnit                // matters of the last 28 days that several departments handle or were called to
	SpillOver                // matters that left the county (外溢) in the last 90 days
	SkipLevel                // matters brought over the heads (越级) in the last 90 days
	Supervised               // steps of supervision (督办) of the last 30 days
	inputCount
)

// Inputs are the values of an area on a day.
type Inputs [inputCount]float64

// InputInfo describes an input for people.
type InputInfo struct {
	Code   string  `json:"code"`
	Zh     string  `json:"zh"`
	En     string  `json:"en"`
	UnitZh string  `json:"unit_zh"`
	UnitEn string  `json:"unit_en"`
	Most   float64 `json:"most,omitempty"` // the greatest value there can be, 0 for none
	// Count: a whole number of matters or steps, see steady.
	Count bool `json:"count"`
}

// mostExceedance bounds −log10 p: beyond it a p-value says more about the law
// of the counts than about the place.
const mostExceedance = 6

// InputInfos describes all inputs, each at its own position.
func InputInfos() [inputCount]InputInfo {
	count := func(code, zh, en string) InputInfo { return InputInfo{code, zh, en, "件", "matters", 0, true} }
	return [inputCount]InputInfo{
		Exceedance:  {"exceedance", "近七日异常强度", "Excess of the last seven days", "(−log10 p)", "(−log10 p)", mostExceedance, false},
		MassGroup:   count("mass_group", "重大群体性未结", "Large group matters, open"),
		Group:       count("group", "群体性未结", "Group matters, open"),
		Critical:    count("critical", "特急未结", "Critical, open"),
		Urgent:      count("urgent", "紧急未结", "Urgent, open"),
		Overdue:     count("overdue", "超期未结", "Overdue, open"),
		Open:        count("open", "未办结", "Open"),
		OpenDensity: {"open_density", "万人未办结", "Open per 10,000 people", "件/万人", "per 10,000", 0, false},
		NewMatters:  count("new", "近28日新增", "New in 28 days"),
		Failed:      count("failed", "调解不成", "Failed mediations"),
		Relapse:     count("relapse", "反弹再挂号", "Relapses"),
		CrossArea:   count("cross_area", "跨村跨界", "Across villages or fields"),
		CrossUnit:   count("cross_unit", "跨部门", "Across departments"),
		SpillOver:   count("spill_over", "外溢", "Spilled over out of the county"),
		SkipLevel:   count("skip_level", "越级", "Brought over the heads"),
		Supervised:  {"supervised", "督办", "Supervised", "次", "times", 0, true},
	}
}

// LookupInput finds an input by its code.
func LookupInput(code string) (Input, InputInfo, bool) {
	for i, info := range InputInfos() {
		if info.Code == code {
			return Input(i), info, true
		}
	}
	return 0, InputInfo{}, false
}
