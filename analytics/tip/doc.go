// Package tip writes 工作提示 (work tips): one for each rise of a level and one
// where overdue matters pile up, addressed to the body that answers, numbered
// 〔year〕n号, acknowledged and counted. It also lists what calls for 督办
// (supervision): urgent and overdue matters and failed mediations by place.
//
// It decides no level (analytics/level) and sends nothing (web/hooks reads the
// tips and pushes them). A tip speaks of a place and its matters, never of a
// person. Package web calls it.
package tip
