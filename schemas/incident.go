package schemas

import "time"

// Incident is one report of a matter as it is stored. Identity is (Source,
// SourceID); of several versions of one identity the greatest Version wins.
//
// No person, no free text and no raw point is part of it: the finest place is
// an H3 cell and a grid code.
type Incident struct {
	Source      string // code of the source system, e.g. "12345"
	SourceID    string // identity within the source, opaque
	Version     uint64 // greater wins
	ContentHash uint64 // XXH64 of all business fields; equal means a duplicate
	Batch       string // UUID of the ingest batch that wrote this version

	OccurredAt time.Time // when it happened; the day of the cube is its local day
	ReportedAt time.Time // when the source registered it
	IngestedAt time.Time // when it reached Reli
	DueAt      time.Time // deadline; zero when none is known
	ClosedAt   time.Time // when it was closed; zero while open

	Category      string // code of the category dictionary, "other" when unmapped
	CategoryLabel string // the source's own label where the category is "other"
	Scale         Scale
	People        uint32 // number of people involved, 0 when unknown
	Urgency       Urgency
	Channel       string // code of the channel dictionary, "" when unknown
	FirstUnit     string // unit that took the report in (intake unit)
	HandlingUnit  string // unit that handles it
	ResolverLevel Level  // level at which it was resolved, 0 while open or unknown
	State         State
	MatterID      string // several reports of one matter share it; "" where the report stands alone

	Cell            uint64 // H3 index at the storage resolution, 0 when unlocated
	Grid            string // grid code, "" when unknown
	Area            string // code of the finest known area (grid, village, township, county), "" when unlocated
	LocationQuality LocationQuality

	// Another report that its source says is of the same matter, "" without one;
	// kept apart from the record.
	LinkSource, LinkID string

	Tone uint8 // of its text, 1 calm to 4 agitated, 0 for none; kept apart from the record
}

// Transition is one step in the life of an incident. Transitions are only
// ever appended; any order of arrival and any repetition give one state. Two
// that differ in anything but Batch and IngestedAt are two.
type Transition struct {
	Source   string
	SourceID string
	At       time.Time
	Kind     TransitionKind
	Unit     string // unit that acted, "" when unknown
	Level    Level  // level of the unit that acted, 0 when unknown
	Batch    string

	IngestedAt time.Time // when it first reached Reli, zero when that was not kept
}

// Scale says how many people a matter involves (事件规模).
type Scale uint8

// Scales, in the codes that the field's systems share.
const (
	ScaleUnknown    Scale = 0
	ScaleIndividual Scale = 1 // 01 个体性事件
	ScaleGroup      Scale = 2 // 02 一般群体性事件
	ScaleMassGroup  Scale = 3 // 03 重大群体性事件
)

// Urgency says how soon a matter wants an answer (紧急程度).
type Urgency uint8

// Urgencies.
const (
	UrgencyUnknown  Urgency = 0
	UrgencyNormal   Urgency = 1 // 一般
	UrgencyUrgent   Urgency = 2 // 紧急
	UrgencyCritical Urgency = 3 // 特急
)

// Level is a level of the division tree, coarsest first.
type Level uint8

// Levels.
const (
	LevelUnknown  Level = 0
	LevelCounty   Level = 1 // 县
	LevelTownship Level = 2 // 乡镇
	LevelVillage  Level = 3 // 村(社区)
	LevelGrid     Level = 4 // 网格
)

// State is the state of an incident on a day.
type State uint8

// States of the closed loop 录入 → 交办 → 化解 → 回访.
const (
	StateRegistered State = 1 // 录入
	StateAssigned   State = 2 // 交办
	StateResolved   State = 3 // 化解 (closed)
	StateVisited    State = 4 // 回访 (closed, follow-up visit made)
	StateCancelled  State = 5 // 销号 (closed, taken off the list)
	StateReopened   State = 6 // 再挂号 (open again)
)

// Closed reports whether the state counts as closed.
func (s State) Closed() bool {
	return s == StateResolved || s == StateVisited || s == StateCancelled
}

// LocationQuality says which rung of the location ladder located an incident.
type LocationQuality uint8

// Rungs of the location ladder, best first.
const (
	LocationPoint     LocationQuality = 1 // a point, inside a known grid or where no grid is loaded
	LocationGrid      LocationQuality = 2 // a grid code
	LocationVillage   LocationQuality = 3 // a village code
	LocationTownship  LocationQuality = 4 // a township code
	LocationUnlocated LocationQuality = 5 // 未定位
	LocationOutside   LocationQuality = 6 // a point outside all loaded areas
)

// TransitionKind is a step of the closed loop.
type TransitionKind string

// Transition kinds.
const (
	TransitionRegister  TransitionKind = "register"  // 录入
	TransitionAssign    TransitionKind = "assign"    // 交办
	TransitionSupervise TransitionKind = "supervise" // 督办
	TransitionResolve   TransitionKind = "resolve"   // 化解
	TransitionVisit     TransitionKind = "visit"     // 回访
	TransitionCancel    TransitionKind = "cancel"    // 销号
	TransitionReopen    TransitionKind = "reopen"    // 再挂号
	TransitionReview    TransitionKind = "review"    // 复查

	// Steps that do not move the state.

	TransitionMediate      TransitionKind = "mediate"      // 调处: a mediation was held
	TransitionFail         TransitionKind = "fail"         // 调解不成
	TransitionPretrial     TransitionKind = "pretrial"     // 诉前调解: settled at court before a suit was filed
	TransitionSue          TransitionKind = "sue"          // 起诉: a court accepted a suit of first instance
	TransitionSkip         TransitionKind = "skip"         // 越级: brought to a higher level than the one that has to answer
	TransitionCross        TransitionKind = "cross"        // 三跨: reaches over villages, regions or fields
	TransitionSpill        TransitionKind = "spill"        // 外溢: left the county
	TransitionWhistle      TransitionKind = "whistle"      // 吹哨: a township calls departments
	TransitionMuster       TransitionKind = "muster"       // 报到: they come
	TransitionSatisfied    TransitionKind = "satisfied"    // 评价: 满意
	TransitionFair         TransitionKind = "fair"         // 评价: 基本满意
	TransitionDissatisfied TransitionKind = "dissatisfied" // 评价: 不满意
)
