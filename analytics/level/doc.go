// Package level decides the four-level response: from what weighs on an area
// on a day it makes a score, from the score a level (蓝Ⅳ grid, 黄Ⅲ township,
// 橙Ⅱ several departments, 红Ⅰ county task force), and names the one body that
// answers for it.
//
// The rules are a policy file that people can read (schemas/policy). Reading
// and checking it (Parse), deciding (Policy.Decide), comparing two (Diff) and
// replaying the past (Simulate) are pure functions; Service applies them to
// the loaded data after each settled change, keeps the history in the store
// and holds the overrides made by hand.
//
// Its subject is places, never persons. It writes no tip (analytics/tip) and
// sends nothing (web/hooks). Package web and cmd/reli call it.
package level
