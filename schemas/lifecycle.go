package schemas

// Flags of steps that contradict the rest of a life, or came at an odd time.
// A flagged step is kept and counts like any other; docs/lifecycle.md says what
// it does to the state.
const (
	FlagLate                 = "late"                    // came long after it was made
	FlagFuture               = "future"                  // its time was still to come when it came
	FlagNoIncident           = "no_incident"             // of an incident that is not stored (yet)
	FlagClosedBeforeOpened   = "closed_before_opened"    // 化解 or 销号 before the matter arose
	FlagVisitBeforeResolving = "visit_before_resolution" // 回访 of what was not closed
	FlagAfterCancel          = "after_cancel"            // goes on after 销号 without 再挂号
	FlagReopenedWhileOpen    = "reopened_while_open"     // 再挂号 of what was not closed
	FlagConflicting          = "conflicting"             // the same step told with another unit or level
)

// StepFlags lists the flags with their names.
func StepFlags() []Entry {
	return []Entry{
		{FlagLate, "迟报", "Late"},
		{FlagFuture, "时间在后", "In the future"},
		{FlagNoIncident, "无对应事项", "No incident"},
		{FlagClosedBeforeOpened, "先结后立", "Closed before it was opened"},
		{FlagVisitBeforeResolving, "未化解先回访", "Visited before it was resolved"},
		{FlagAfterCancel, "销号后续办", "Goes on after cancelling"},
		{FlagReopenedWhileOpen, "未结再挂号", "Reopened while open"},
		{FlagConflicting, "记载不一", "Told in two ways"},
	}
}
