package disclose_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/analytics/disclose"
)

// anyHierarchy draws a hierarchy and the counts of its nodes, mostly small.
func anyHierarchy(t *rapid.T, most int) (disclose.Hierarchy, []int64) {
	n := rapid.IntRange(1, most).Draw(t, "nodes")
	h := make(disclose.Hierarchy, n)
	h[0] = -1
	counts := make([]int64, n)
	for i := range n {
		if i > 0 {
			h[i] = int32(rapid.IntRange(max(-1, i-7), i-1).Draw(t, "parent"))
		}
		counts[i] = rapid.SampledFrom([]int64{0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 9, 40}).Draw(t, "own")
	}
	leaf := make([]bool, n)
	for i := range leaf {
		leaf[i] = true
	}
	for _, p := range h {
		if p >= 0 {
			leaf[p] = false
		}
	}
	tidy := rapid.Bool().Draw(t, "nothing outside the children")
	for i := range n {
		if tidy && !leaf[i] {
			counts[i] = 0
		}
	}
	for i := n - 1; i >= 0; i-- {
		if h[i] >= 0 {
			counts[h[i]] += counts[i]
		}
	}
	return h, counts
}

func TestAttackerLearnsNothingOfASmallCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, counts := anyHierarchy(t, 60)
		k := rapid.Int64Range(3, 11).Draw(t, "k")
		known, err := disclose.Protect(h, counts, k)
		require.NoError(t, err)
		a := attackHierarchy(h, counts, known, k)
		a.conclude()
		for i, n := range counts {
			require.LessOrEqual(t, a.low[i], n)
			require.GreaterOrEqual(t, a.high[i], n)
			if n > 0 && n < k {
				require.LessOrEqual(t, a.low[i], int64(1), "node %d of %d", i, n)
				require.GreaterOrEqual(t, a.high[i], k-1, "node %d of %d", i, n)
			}
		}
	})
}

func TestLinearAlgebraSettlesNoSuppressedCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, counts := anyHierarchy(t, 14)
		k := rapid.Int64Range(3, 7).Draw(t, "k")
		known, err := disclose.Protect(h, counts, k)
		require.NoError(t, err)
		a := attackHierarchy(h, counts, known, k)
		for _, i := range a.solves() {
			if i < len(counts) {
				require.False(t, counts[i] > 0 && counts[i] < k, "node %d of %d follows from the others", i, counts[i])
			}
		}
	})
}

// The same attackers are let loose on what is often done instead: leave out
// the small counts and show the rest.
func TestAttackersBreakPrimarySuppression(t *testing.T) {
	h := disclose.Hierarchy{-1, 0, 0, 0}
	counts := []int64{23, 12, 9, 2}
	const k = 5
	naive := []disclose.Known{{Low: 23, High: 23}, {Low: 12, High: 12}, {Low: 9, High: 9}, {Low: 1, High: k - 1}}
	a := attackHierarchy(h, counts, naive, k)
	require.Equal(t, []int{3}, a.solves()[:1])
	a.conclude()
	require.Equal(t, [2]int64{2, 2}, [2]int64{a.low[3], a.high[3]})
}

func TestWhatIsKnownIsTrueAndNotMoreThanNeededIsHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, counts := anyHierarchy(t, 60)
		k := rapid.Int64Range(3, 11).Draw(t, "k")
		known, err := disclose.Protect(h, counts, k)
		require.NoError(t, err)
		inner := map[int32]bool{}
		for _, p := range h {
			inner[p] = true
		}
		for i, b := range known {
			require.LessOrEqual(t, b.Low, counts[i])
			require.GreaterOrEqual(t, b.High, counts[i])
			require.GreaterOrEqual(t, b.Estimate, float64(b.Low)-1e-9)
			require.LessOrEqual(t, b.Estimate, float64(b.High)+1e-9)
			if counts[i] >= k {
				require.GreaterOrEqual(t, b.Low, k, "what is not small is never taken for small")
			}
			if counts[i] >= k && !inner[int32(i)] {
				require.Equal(t, b.Low, b.High, "a place without places below is exact from k on")
			}
		}
	})
}

func TestThresholdOfOneIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, counts := anyHierarchy(t, 30)
		known, err := disclose.Protect(h, counts, rapid.Int64Range(-1, 1).Draw(t, "k"))
		require.NoError(t, err)
		for i, b := range known {
			require.Equal(t, disclose.Known{Low: counts[i], High: counts[i], Estimate: float64(counts[i])}, b)
		}
		parts, err := disclose.ProtectParts(known[0], []int64{counts[0], 0}, nil, 1)
		require.NoError(t, err)
		require.Equal(t, []disclose.Known{known[0], {}}, parts)
	})
}

func TestWrongTablesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		h      disclose.Hierarchy
		counts []int64
		k      int64
	}{
		"a threshold that tells ones": {disclose.Hierarchy{-1}, []int64{1}, 2},
		"a count too few":             {disclose.Hierarchy{-1, 0}, []int64{1}, 5},
		"a negative count":            {disclose.Hierarchy{-1}, []int64{-1}, 5},
		"children above parents":      {disclose.Hierarchy{1, -1}, []int64{1, 1}, 5},
		"children that exceed":        {disclose.Hierarchy{-1, 0, 0}, []int64{5, 3, 3}, 5},
	} {
		_, err := disclose.Protect(c.h, c.counts, c.k)
		require.Error(t, err, name)
	}
	_, err := disclose.ProtectParts(disclose.Known{Low: 5, High: 5}, []int64{3, 3}, nil, 5)
	require.Error(t, err, "parts that exceed")
	_, err = disclose.ProtectParts(disclose.Known{Low: 5, High: 5}, []int64{5}, nil, 2)
	require.Error(t, err, "a threshold that tells ones")
	_, err = disclose.ProtectParts(disclose.Known{Low: 5, High: 5}, []int64{6, -1}, nil, 5)
	require.Error(t, err, "a negative part")
}

// text writes what is published, quickly: it is a key.
func text(published ...[]disclose.Known) string {
	var b []byte
	for _, known := range published {
		for _, one := range known {
			b = strconv.AppendInt(append(b, ' '), one.Low, 10)
			b = strconv.AppendInt(append(b, '-'), one.High, 10)
			b = strconv.AppendFloat(append(b, '~'), one.Estimate, 'g', 17, 64)
		}
		b = append(b, ';')
	}
	return string(b)
}

// world is one possible state of the data: the counts that may be suppressed.
type world struct{ cells []int64 }

// requireNothingSettled groups all possible worlds by what is published of
// them, as an attacker could who knows the rules and has all the time there
// is. In each group every cell that is small in some world must take all
// values from 1 to k-1.
func requireNothingSettled(t *testing.T, groups map[string][]world, k int64) (small int) {
	t.Helper()
	for published, worlds := range groups {
		for i := range worlds[0].cells {
			seen := map[int64]bool{}
			for _, w := range worlds {
				seen[w.cells[i]] = true
			}
			atRisk := false
			for v := range seen {
				atRisk = atRisk || v > 0 && v < k
			}
			if !atRisk {
				continue
			}
			small++
			for v := int64(1); v < k; v++ {
				require.True(t, seen[v], "cell %d cannot be %d in %s", i, v, published)
			}
		}
	}
	return small
}

func TestRulesGiveNothingAwayInAnySmallWorld(t *testing.T) {
	for name, h := range map[string]disclose.Hierarchy{
		"one level":          {-1, 0, 0, 0, 0},
		"two levels":         {-1, 0, 0, 1, 1, 2, 2},
		"uneven":             {-1, 0, 0, 1, 1, 1},
		"only children":      {-1, 0, 1, 1, 3, 3},
		"three levels":       {-1, 0, 1, 1, 2, 2, 0},
		"what is unplaced":   {-1, 0, 0, 1},
		"several roots":      {-1, 0, 0, -1, 3, 3},
		"a chain of singles": {-1, 0, 1, 2},
	} {
		for _, k := range []int64{3, 4, 5} {
			t.Run(fmt.Sprintf("%s, k=%d", name, k), func(t *testing.T) {
				own := make([]int64, len(h))
				groups := map[string][]world{}
				enumerate(own, placesOf(h), k+1, func() {
					counts := append([]int64(nil), own...)
					for i := len(h) - 1; i >= 0; i-- {
						if h[i] >= 0 {
							counts[h[i]] += counts[i]
						}
					}
					known, err := disclose.Protect(h, counts, k)
					require.NoError(t, err)
					key := text(known)
					groups[key] = append(groups[key], world{counts})
				})
				require.Positive(t, requireNothingSettled(t, groups, k))
			})
		}
	}
}

// placesOf lists the nodes that hold incidents of their own: those without
// children, and those with one, for what is known of no place below.
func placesOf(h disclose.Hierarchy) []int {
	children := make([]int, len(h))
	for _, p := range h {
		if p >= 0 {
			children[p]++
		}
	}
	var out []int
	for i, n := range children {
		if n < 2 {
			out = append(out, i)
		}
	}
	return out
}

// enumerate goes through all counts from 0 to most in the places.
func enumerate(counts []int64, places []int, most int64, visit func()) {
	if len(places) == 0 {
		visit()
		return
	}
	for n := range most + 1 {
		counts[places[0]] = n
		enumerate(counts, places[1:], most, visit)
	}
}

// enumerateTotal goes through all counts that add up to total.
func enumerateTotal(counts []int64, total int64, visit func()) {
	if len(counts) == 1 {
		counts[0] = total
		visit()
		return
	}
	for n := range total + 1 {
		counts[0] = n
		enumerateTotal(counts[1:], total-n, visit)
	}
}

// Places and categories divide the same incidents, so a table of both is
// gone through, though it is never published: nothing small follows, neither
// of a place, nor of a category, nor of a category in a place.
func TestTwoDivisionsTogetherGiveNothingAway(t *testing.T) {
	for _, c := range []struct {
		places, categories int
		most               int64 // greatest total that is gone through
		order              []int
	}{
		{1, 2, 30, nil}, {1, 3, 22, nil}, {1, 3, 22, []int{2, 0, 1}}, {1, 4, 18, []int{3, 1, 0, 2}}, {2, 2, 18, nil}, {3, 2, 11, nil}, {2, 3, 12, []int{1, 2, 0}},
	} {
		h := append(disclose.Hierarchy{-1}, make(disclose.Hierarchy, c.places)...)
		for _, k := range []int64{3, 4} {
			opened, ranged := 0, 0
			groups := map[string][]world{}
			for total := range c.most + 1 {
				joint := make([]int64, c.places*c.categories)
				enumerateTotal(joint, total, func() {
					counts := append([]int64{total}, make([]int64, c.places)...)
					parts := make([]int64, c.categories)
					for i, n := range joint {
						counts[1+i/c.categories] += n
						parts[i%c.categories] += n
					}
					known, err := disclose.Protect(h, counts, k)
					require.NoError(t, err)
					divided, err := disclose.ProtectParts(known[0], parts, c.order, k)
					require.NoError(t, err)
					for i, b := range divided {
						require.LessOrEqual(t, b.Low, parts[i])
						require.GreaterOrEqual(t, b.High, parts[i])
					}
					if known[0].High > c.most {
						return // some worlds of this table are larger than those gone through
					}
					if small(divided, k) > 0 {
						opened++
					}
					if divided[0].Low+divided[1].Low > 0 && known[0].Low < known[0].High {
						ranged++
					}
					key := text(known, divided)
					groups[key] = append(groups[key], world{append(append(counts, parts...), joint...)})
				})
			}
			if k == 3 {
				require.Positive(t, opened, "some division with small parts is told")
				require.Equal(t, c.places > 1, ranged > 0, "and some of a total that is a range")
			}
			for published, worlds := range groups {
				margins := make([]world, len(worlds))
				for i, w := range worlds {
					margins[i] = world{w.cells[:1+c.places+c.categories]}
				}
				requireNothingSettled(t, map[string][]world{published: margins}, k)
				requireNoSmallConstant(t, published, worlds, k)
			}
		}
	}
}

// A division of a total that is told as a range leaves all of that range open,
// however wide it is, and every small part beside each total of it.
func TestADivisionTellsNothingOfItsTotal(t *testing.T) {
	const k = 3
	for _, total := range []disclose.Known{{Low: 11, High: 20, Estimate: 15}, {Low: 3, High: 24, Estimate: 9}, {Low: 16, High: 17, Estimate: 16}} {
		opened := 0
		groups := map[string][]world{}
		for n := total.Low; n <= total.High; n++ {
			parts := make([]int64, 4)
			enumerateTotal(parts, n, func() {
				known, err := disclose.ProtectParts(total, parts, []int{2, 0, 3, 1}, k)
				require.NoError(t, err)
				if small(known, k) > 0 {
					opened++
				}
				key := text(known)
				groups[key] = append(groups[key], world{append([]int64{n}, parts...)})
			})
		}
		for published, worlds := range groups {
			seen := map[[3]int64]bool{}
			at := make([]bool, len(worlds[0].cells))
			for _, w := range worlds {
				for i, c := range w.cells {
					seen[[3]int64{w.cells[0], int64(i), c}] = true
					at[i] = at[i] || i > 0 && c > 0 && c < k
				}
			}
			for n := total.Low; n <= total.High; n++ {
				require.True(t, seen[[3]int64{n, 0, n}], "the total cannot be %d in %s", n, published)
				for i, small := range at {
					for v := int64(1); small && v < k; v++ {
						require.True(t, seen[[3]int64{n, int64(i), v}], "part %d of %d cannot be %d in %s", i, n, v, published)
					}
				}
			}
		}
		require.Equal(t, total.Low > 10, opened > 0)
	}
}

func small(known []disclose.Known, k int64) int {
	n := 0
	for _, b := range known {
		if b.Low == 1 && b.High == k-1 {
			n++
		}
	}
	return n
}

// requireNoSmallConstant fails where a cell has one and the same small count
// in all worlds.
func requireNoSmallConstant(t *testing.T, published string, worlds []world, k int64) {
	t.Helper()
	for i, first := range worlds[0].cells {
		settled := true
		for _, w := range worlds {
			settled = settled && w.cells[i] == first
		}
		require.False(t, settled && first > 0 && first < k, "cell %d is %d in all worlds of %s", i, first, published)
	}
}

// No sum of any set of cells is settled at a small number either: hexagons
// made of areas and windows made of periods are such sums.
func TestNoUnionOfCellsIsSettledAtASmallNumber(t *testing.T) {
	h := disclose.Hierarchy{-1, 0, 0, 1, 1, 2, 2}
	const k = 3
	own := make([]int64, len(h))
	groups := map[string][]world{}
	leaves := placesOf(h)
	enumerate(own, leaves, k+1, func() {
		counts := append([]int64(nil), own...)
		for i := len(h) - 1; i > 0; i-- {
			counts[h[i]] += counts[i]
		}
		known, err := disclose.Protect(h, counts, k)
		require.NoError(t, err)
		var unions []int64
		for set := range 1 << len(leaves) {
			var sum int64
			for b, leaf := range leaves {
				if set>>b&1 == 1 {
					sum += own[leaf]
				}
			}
			unions = append(unions, sum)
		}
		key := text(known)
		groups[key] = append(groups[key], world{unions})
	})
	for published, worlds := range groups {
		requireNoSmallConstant(t, published, worlds, k)
	}
}

// Why one server has one threshold: the same incidents under two of them. The
// viewer of 10 learns the total, the viewer of 5 the large places; together
// they know the small ones.
func TestTwoThresholdsTogetherWouldTell(t *testing.T) {
	h := disclose.Hierarchy{-1, 0, 0, 0, 0, 0, 0}
	counts := []int64{30, 1, 1, 1, 9, 9, 9}
	five, err := disclose.Protect(h, counts, 5)
	require.NoError(t, err)
	ten, err := disclose.Protect(h, counts, 10)
	require.NoError(t, err)
	for _, alone := range []struct {
		known []disclose.Known
		k     int64
	}{{five, 5}, {ten, 10}} {
		a := attackHierarchy(h, counts, alone.known, alone.k)
		a.conclude()
		require.Equal(t, [2]int64{1, alone.k - 1}, [2]int64{a.low[1], a.high[1]})
	}
	both := attackHierarchy(h, counts, five, 5)
	for i, b := range ten {
		both.learn(i, b.Low, b.High)
	}
	both.conclude()
	require.Equal(t, [2]int64{1, 1}, [2]int64{both.low[1], both.high[1]})
}

func TestShownCells(t *testing.T) {
	got := fmt.Sprint(disclose.ShowForTest(disclose.Known{}, 5, 0),
		disclose.ShowForTest(disclose.Known{Low: 7, High: 7, Estimate: 7}, 5, 0),
		disclose.ShowForTest(disclose.Known{Low: 5, High: 9, Estimate: 7.4}, 5, 0),
		disclose.ShowForTest(disclose.Known{Low: 1, High: 4, Estimate: 2.5}, 5, 0),
		disclose.ShowForTest(disclose.Known{High: 4, Estimate: 2}, 5, 0),
		disclose.ShowForTest(disclose.Known{Low: 13, High: 13, Estimate: 13}, 5, 10),
		disclose.ShowForTest(disclose.Known{Low: 1, High: 4, Estimate: 2.5}, 5, 10))
	want := strings.Join([]string{"{zero 0 0 0}", "{exact 7 7 7}", "{range 7 5 9}", "{suppressed 0 1 4}",
		"{suppressed 0 0 4}", "{range 10 10 20}", "{suppressed 0 0 10}"}, " ")
	require.Equal(t, want, got)
}
