package outlook

import "fmt"

// State says whether an answer could be computed, and if not, why: too little
// data is an answer, not an error, and never a silent zero.
type State struct {
	Code string `json:"code"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

// Codes of a State.
const (
	StateOK          = "ok"
	StateNoIncidents = "no_incidents"
	StateNoAreas     = "no_areas"
	StateTooFewWeeks = "too_few_weeks"
	StateNoEvents    = "no_events"
	StateTooFew      = "too_few"
	StateConstant    = "constant"
	StateTooMany     = "too_many"
	StateNoPeople    = "no_population"
)

// Ready reports whether there are numbers.
func (s State) Ready() bool { return s.Code == StateOK }

func ready() State { return State{Code: StateOK, Zh: "", En: ""} }

func noIncidents() State {
	return State{StateNoIncidents, "尚无数据", "no incidents are loaded"}
}

func noAreas() State {
	return State{StateNoAreas, "未导入行政区划和网格，只能按六边形计算", "no areas are loaded; only hexagons can be computed"}
}

func noEvents() State {
	return State{StateNoEvents, "所选范围在整周历史中没有事件，不作推算", "no incident of this choice in any whole week; nothing is inferred from none"}
}

func tooFewWeeks(have, need int) State {
	return State{StateTooFewWeeks, fmt.Sprintf("完整周数不足：有 %d 周，至少需要 %d 周", have, need),
		fmt.Sprintf("too few whole weeks: %d, at least %d are needed", have, need)}
}

func tooFewPlaces(have, need int) State {
	return State{StateTooFew, fmt.Sprintf("地点太少：有 %d 处，至少需要 %d 处", have, need),
		fmt.Sprintf("too few places: %d, at least %d are needed", have, need)}
}

func tooManyToScan(have, most int) State {
	return State{StateTooMany, fmt.Sprintf("%d 处超过扫描上限 %d 处，请选择更粗的图层", have, most),
		fmt.Sprintf("%d places are more than the %d that a scan takes: choose a coarser layer", have, most)}
}

func noPopulation() State {
	return State{StateNoPeople, "没有人口数据，不能计算发生率", "no population is known, so there are no rates"}
}
