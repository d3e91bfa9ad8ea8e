// Package ledger keeps the three ledgers of DOMAIN.md F23, 控增量, 减存量 and
// 防变量, in monthly rounds of 挂号 and 销号: the opening of a round is the
// opening of the round before, and what came in, less what went out. It also
// lists matters that last long or come again, by the id of the matter: matters,
// never persons.
//
// It counts the courses of incidents; it changes nothing and decides nothing.
// Packages analytics/report and web call it.
package ledger
