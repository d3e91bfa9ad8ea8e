package web

import (
	"fmt"

	"reli/analytics/cube"
	"reli/analytics/series/reporting"
)

// lateReports says how much of the newest week and day has not been reported
// yet: what is judged there is provisional, and alarms may be missing.
type lateReports struct {
	Week    *float64           `json:"week_unreported"` // share; null where nothing is known of delays
	Day     *float64           `json:"day_unreported"`
	Sources []reporting.Source `json:"sources"`
	Zh      string             `json:"zh"` // empty where both are final
	En      string             `json:"en"`
}

// lateUntil is that of the last whole week and day before end.
func lateUntil(delays *reporting.Delays, end cube.Day) lateReports {
	const week = 7
	l := lateReports{Sources: delays.Sources}
	monday := cube.StepWeek.Begin(end)
	if share, ok := delays.Unreported(monday-week, monday); ok {
		l.Week = &share
	}
	if share, ok := delays.Unreported(end-1, end); ok {
		l.Day = &share
	}
	if l.Day == nil || max(*l.Week, *l.Day) < reporting.Negligible {
		return l
	}
	l.Zh = fmt.Sprintf("最近一个整周估计还有 %.0f%% 未上报，最近一天还有 %.0f%%：以下为暂定结果，预警可能不全", 100**l.Week, 100**l.Day)
	l.En = fmt.Sprintf("an estimated %.0f %% of the last whole week and %.0f %% of the last day are not reported yet: this is provisional, alarms may be missing", 100**l.Week, 100**l.Day)
	return l
}
