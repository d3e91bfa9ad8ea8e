// Package reporting estimates how much of the newest days has not been reported
// yet, by source: some matters are registered days after they happened, so the
// newest counts are short and will rise. It turns the delays of the past
// (registration day less day of occurrence) into the share that is still out.
//
// The estimate is that of right-truncated delays: the share reported within x
// days is the product of 1 − g(j) for j > x, where g(j) is the part of what was
// known j days after that came with delay j (Kalbfleisch & Lawless 1991; Lawless
// 1994, the chain ladder of insurance). It corrects no count: it marks points as
// provisional. What comes later than MaxDelay days is not seen.
//
// It reads delays with one statement for each data version and keeps them. The
// handlers of web call it.
package reporting
