// Package disclose keeps small counts from viewers who may not see them: the
// wall display, visitors, township-wide staff. A count from 1 to k-1 is never
// shown, and cannot be worked out from all that is shown.
//
// It is not access control: who is restricted is decided in package web. It
// does not hide that a place has some incident ("fewer than k" differs from
// "none"), it does not guard against one who knows most of the incidents
// himself, and it says nothing about persons, of whom there are none here.
// Tiles and web ask a Guard where they would ask a cube.Store; nobody else
// does.
//
// # How it works
//
// A restricted viewer gets no function of raw counts. For each data version
// and calendar period (Policy.Period) there is one protected table, made once
// from the raw counts, and every answer, sum, estimate and rounding is made
// from such tables. So whatever is subtracted from whatever, nobody can learn
// more than the tables say, and it is enough to look at the tables. Windows
// are whole periods that have ended; hours, weekdays, states and the measures
// made of them are refused, because they are not in the tables.
//
// The usual remedy, leaving out small cells and then some large ones so that
// the small ones do not follow (complementary suppression), is not used: on
// linked tables it is hard to get right, it costs large cells, and its choice
// of victims tells an attacker who knows the rules something too. Instead the
// totals give way: a place without places below is exact from k on, and a
// total is told exactly, or as a narrow range where exactness would tell.
//
// # Places (Protect)
//
// The table is a tree: everything, counties, townships, villages, grids; what
// is known of a place but of none below counts as one more place below. From
// the leaves up each node gets a set of values that stay possible:
//
//   - 0: itself. 1 to k-1: all of 1 to k-1, and of the nodes below nothing is
//     told but that.
//   - a leaf with n ≥ k: n.
//   - an inner node with n ≥ k, whose parts have the ranges [l, h], of which
//     the widest has the width w: let L, H be the sums of the l and h. Between
//     L+w and H-w it is told exactly; up to L+w as [max(L,k), L+w]; from H-w as
//     [H-w, H]; and where L+w ≥ H-w as [max(L,k), H].
//
// Proof that nothing else can be concluded, even by one who knows the rules.
// What is told depends only on which nodes are zero, small, or large, on the
// large leaves, and on the range that a total falls in. So every table of
// whole numbers that keeps to all ranges and sums is told in the same way, and
// it is enough to find such a table for each value of each range. A part with
// the range [l, h] takes any value v of it if the node's range meets
// [L+(v-l), H-(h-v)], since the other parts can make up any rest between the
// sums of their ends. That interval begins at L+w or before and ends at H-w or
// after. Where L+w < H-w, each of the ranges above holds L+w, H-w or a number
// between, so they meet. Otherwise the range is all of [L, H] but for what is
// below k, and they meet because H-w ≥ k: either some part is large, or there
// are at least two small ones, and then H-w ≥ 2(k-1)-(k-2). (L+w ≥ k likewise,
// so no range above is empty.) So any value of a part goes with some value of
// its node, that one with some value of the node above, and so on to the root;
// the other branches are filled from the top down. Hence every node keeps its
// whole range, and a small one 1 to k-1.
//
// It follows that no sum of cells is settled at a number from 1 to k-1. A
// small cell in it can be k-1, so with a second one, which is at least 1, a
// settled sum is k or more; with one alone it changes as that does, for what
// lies below another small node can be put outside the sum. Hexagons made of
// areas, windows made of periods and totals of some areas are such sums. The
// periods' tables have no incident in common, so they do not bear on each
// other.
//
// # Categories, sources, channels (ProtectParts)
//
// Each divides the nodes of one level (Policy.Divide) a second time, on its
// own: category by source or by place below that level is not told. Two such
// divisions of one node share its total and nothing else, because for any
// parts of the one and any parts of the other with the same total there is a
// table that has both as its margins. So a division is harmless for the
// others if it leaves every value of the total's range [a, b] possible.
//
// All parts are told like leaves but for one, the keeper: the first part, in
// an order that is public, with its fair share f = max(k, a/d) of d parts.
// With p small parts and E in the large ones without the keeper, the keeper is
// told as [max(f, a-E-p(k-1)), b-E-p]. This is done if a-E ≥ p+2k-2+f (or if
// there is no small part and a = b: then all are exact), and otherwise nothing
// is told of any part, all are closed. The order is that of the estimates
// published of the period before.
//
// Proof. Told: give a small part any v, the other small ones 1, the total any
// t: the keeper's t-E-v-(p-1) is at least f+k > f, so it is still the first,
// p, E, a, b are the same, and the same is told. Closed: for any part, any v
// from 1 to k-1 and any t there is a table that is closed as well: that part v,
// the first other one f, the rest in a third. If the rest is large or none,
// p = 1 and a-E ≤ f+v; if it is small, p = 2 and a-E ≤ f+2(k-1); both are less
// than is wanted. For d = 2, and for t too small for such a table, a alone
// decides.
//
// # One policy
//
// Two thresholds, two periods, or areas and raw hexagons would be two tables
// of the same incidents, and two such tables together can tell a small count
// though each alone does not (TestTwoThresholdsTogetherWouldTell). For the
// same reason thresholds do not differ by layer: a layer that needs more
// protection is not shown (Policy.Finest). So a server has one Policy for all
// restricted viewers, a Guard has one family of ground, and the other one is
// made from it: a hexagon is then the sum of the grids whose middle lies in it.
//
// What remains: a new data version brings a new table, and one who kept the
// old one sees the difference that late reports and corrections made to ended
// periods. The running period is not shown, so ordinary growth is not seen.
// Rounding makes such differences rarer but does not rule them out. And the
// proof covers what a Guard answers: raw totals elsewhere (freshness, reports,
// SQL) must not be given to a restricted viewer beside it.
package disclose
