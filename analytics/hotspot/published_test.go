package hotspot_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot"
	"reli/analytics/hotspot/knox"
	"reli/analytics/hotspot/scan"
)

// printed is the precision of numbers given to 13 significant digits.
const printed = 1e-11

// TestPublishedNumbers compares every method with the numbers other programs print.
func TestPublishedNumbers(t *testing.T) {
	for name, compare := range map[string]func(*testing.T){
		"Gi and Gi* of six points":                     publishedToy,
		"Gi of Getis and Ord 1996":                     publishedGetisOrd,
		"Gi*, FDR of 100 counties":                     publishedGiStar,
		"Moran and local Moran of 100 counties":        publishedMoran,
		"Marshall rates of 100 counties":               publishedRates,
		"Knox table of 522 arsons":                     publishedNearRepeat,
		"circular Poisson scan, half the population":   publishedScanHalf,
		"circular Poisson scan, a tenth":               publishedScanTenth,
		"circular Poisson scan, great circles":         publishedScanSphere,
		"space-time permutation scan, two clusters":    publishedPermutation,
		"space-time permutation scan, nothing unusual": publishedPermutationNull,
	} {
		t.Run(name, compare)
	}
}

func weightsOf(t *testing.T, lists []oneOrMore) *hotspot.Weights {
	t.Helper()
	w, err := hotspot.FromNeighbours(fromOne(lists))
	require.NoError(t, err)
	return w
}

func publishedToy(t *testing.T) {
	p := readPublishedLocal(t).Toy6
	w := weightsOf(t, p.Nb)
	gi, err := hotspot.Gi(p.V, w)
	require.NoError(t, err)
	require.InDeltaSlice(t, p.LocalG, gi.Z, printed)
	star, err := hotspot.GiStar(p.V, w.WithSelf())
	require.NoError(t, err)
	require.InDeltaSlice(t, p.LocalGstar, star.Z, printed)
	require.InDelta(t, -1.01367290, gi.Z[0], 5e-9)
	require.InDelta(t, -1.39727626, star.Z[0], 5e-9)
}

func publishedGetisOrd(t *testing.T) {
	p := readPublishedLocal(t).Getisord1996
	neighbours := make([][]int, len(p.Val))
	for i := range p.Val {
		for j := range p.Val {
			if i != j && math.Hypot(p.X[i]-p.X[j], p.Y[i]-p.Y[j]) <= p.D {
				neighbours[i] = append(neighbours[i], j)
			}
		}
	}
	w, err := hotspot.FromNeighbours(neighbours)
	require.NoError(t, err)
	gi, err := hotspot.Gi(p.Val, w)
	require.NoError(t, err)
	require.InDeltaSlice(t, p.LocalG, gi.Z, printed)
	require.InDelta(t, p.G30, gi.Z[119], printed)
}

func publishedGiStar(t *testing.T) {
	p := readPublishedLocal(t).Ncsids
	w := weightsOf(t, p.Nb).WithSelf()
	for _, weights := range []*hotspot.Weights{w, w.RowStandardised()} {
		star, err := hotspot.GiStar(p.Rate1000, weights)
		require.NoError(t, err)
		require.InDeltaSlice(t, p.LocalGstar, star.Z, printed)
		pValues := star.P(hotspot.TwoSided)
		require.InDeltaSlice(t, p.P, pValues, printed)
		q, err := hotspot.BenjaminiHochberg(pValues)
		require.NoError(t, err)
		require.InDeltaSlice(t, p.Q, q, printed)
		require.Equal(t, 10, countIf(star.Z, func(z float64) bool { return math.Abs(z) > 1.96 }))
		require.Equal(t, 2, countIf(q, func(q float64) bool { return q <= 0.05 }))
	}
}

func countIf(x []float64, ok func(float64) bool) int {
	n := 0
	for _, v := range x {
		if ok(v) {
			n++
		}
	}
	return n
}

func publishedMoran(t *testing.T) {
	p := readPublishedLocal(t).Ncsids
	w := weightsOf(t, p.Nb).RowStandardised()
	m, err := hotspot.MoranI(p.Rate1000, w)
	require.NoError(t, err)
	require.InDelta(t, p.MoranI[0], m.I, printed)
	require.InDelta(t, p.MoranI[1], m.Expected, printed)
	require.InDelta(t, p.MoranI[2], m.RandomVariance, printed)
	require.InDelta(t, p.MoranZ, m.RandomZ, printed)
	require.InDelta(t, 3.8673964, m.RandomZ, 5e-8)
	local, err := hotspot.LocalMoranI(t.Context(), p.Rate1000, w, hotspot.Draws{N: 999, Seed: 1})
	require.NoError(t, err)
	for i, l := range local {
		require.InDelta(t, p.LocalI[i], l.I, printed)
		require.InDelta(t, p.LocalZ[i], l.Z, printed)
	}
}

func publishedRates(t *testing.T) {
	p := readPublishedLocal(t).Ncsids
	r, prior, err := hotspot.MarshallGlobal(p.SID74, p.BIR74)
	require.NoError(t, err)
	require.InDelta(t, p.Params.A, prior.Variance, 1e-18)
	require.InDelta(t, p.Params.B, prior.Mean, 1e-14)
	require.InDeltaSlice(t, p.Raw, r.Raw, 1e-14)
	require.InDeltaSlice(t, p.Smoothed, r.Smoothed, 1e-14)
	local, _, err := hotspot.MarshallLocal(p.SID74, p.BIR74, weightsOf(t, p.Nb).WithSelf())
	require.NoError(t, err)
	require.InDeltaSlice(t, p.SmoothedLocal, local.Smoothed, 1e-14)
}

func publishedNearRepeat(t *testing.T) {
	p, events := readKnox(t)
	require.Len(t, events, 522)
	r, err := knox.Test(t.Context(), events, knox.Options{
		Distances: p.Sds, Times: p.Tds, Metric: knox.Manhattan, Permutations: p.Nrep, Seed: 10,
	})
	require.NoError(t, err)
	require.Equal(t, p.Observed, r.Observed)
	require.Equal(t, 4, r.Observed[1][0])
	require.InDelta(t, 0.001, r.P[1][0], 1e-12)
	perms := float64(p.Nrep)
	for i := range p.Observed {
		for k, observed := range p.Observed[i] {
			// The published p and ours are both drawn; five standard errors of the difference.
			se := math.Sqrt(2*p.Pvalues[i][k]*(1-p.Pvalues[i][k])/perms) + 1/perms
			require.InDelta(t, p.Pvalues[i][k], r.P[i][k], 5*se, "p of band %d, %d", i, k)
			if observed > 0 {
				// The published mean is that of 999 draws, ours is exact.
				mean := float64(observed) / p.KnoxRatio[i][k]
				require.InDelta(t, r.Expected[i][k], mean, 5*math.Sqrt(r.Expected[i][k]/perms), "mean of band %d, %d", i, k)
			} else {
				require.Zero(t, r.Ratio[i][k])
			}
		}
	}
}

// publishedCluster is one cluster as printed: digits after the point count.
type publishedCluster struct {
	places       []int // counted from 1; nil if only the number is compared
	count        int
	cases        int
	expected, rr string
	llr, p       string
	radius       string
	from, to     int
}

func requireCluster(t *testing.T, want publishedCluster, got scan.Cluster) {
	t.Helper()
	for _, pair := range [][2]string{
		{want.expected, toDigits(got.Expected, want.expected)},
		{want.rr, toDigits(got.RelativeRisk, want.rr)},
		{want.llr, toDigits(got.LLR, want.llr)},
		{want.radius, toDigits(got.Radius, want.radius)},
	} {
		require.Equal(t, pair[0], pair[1])
	}
	require.Equal(t, want.cases, got.Cases)
	require.Len(t, got.Locations, want.count)
	require.Equal(t, want.from, got.From)
	require.Equal(t, want.to, got.To)
	if want.places != nil {
		var places []int
		for _, l := range got.Locations {
			places = append(places, l+1)
		}
		require.Equal(t, want.places, places)
	}
}

// toDigits writes v with as many digits after the point as the printed number has.
func toDigits(v float64, printed string) string {
	if printed == "" {
		return ""
	}
	digits := 0
	for i, r := range printed {
		if r == '.' {
			digits = len(printed) - i - 1
		}
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

func requireScan(t *testing.T, want []publishedCluster, got []scan.Cluster, replications int) {
	t.Helper()
	require.GreaterOrEqual(t, len(got), len(want))
	for i, c := range want {
		t.Run(fmt.Sprintf("cluster %d", i+1), func(t *testing.T) {
			requireCluster(t, c, got[i])
			p, err := strconv.ParseFloat(c.p, 64)
			require.NoError(t, err)
			se := math.Sqrt(2*p*(1-p)/float64(replications)) + 1/float64(replications)
			require.InDelta(t, p, got[i].P, 5*se)
		})
	}
}

func publishedScanHalf(t *testing.T) {
	points, cases, population := newYork(t)
	r, err := scan.Spatial(t.Context(), points, cases, population, scan.Options{Seed: 1})
	require.NoError(t, err)
	require.Equal(t, 552, r.Cases)
	require.Equal(t, 51, r.Clusters[0].Center, "the printed centre is area 52")
	requireScan(t, []publishedCluster{
		{places: []int{52, 50, 37, 49, 38, 48, 53, 39, 15, 47, 51, 1, 40, 44, 16, 2, 55, 36, 14, 43, 13, 45, 3, 35, 17, 11, 12, 46},
			count: 28, cases: 100, expected: "58.28", rr: "1.87", llr: "14.083511", p: "0.00015", radius: "0.087", to: 1},
		{places: []int{89, 88, 87, 84, 90, 86, 92, 85},
			count: 8, cases: 38, expected: "17.79", rr: "2.22", llr: "9.019716", p: "0.016", radius: "0.13", to: 1},
		{count: 33, cases: 64, expected: "40.85", rr: "1.64", llr: "6.114140", p: "0.248", radius: "0.040", to: 1},
		{places: []int{62, 64, 67, 65},
			count: 4, cases: 25, expected: "12.82", rr: "1.99", llr: "4.651839", p: "0.645", radius: "0.061", to: 1},
		{places: []int{266, 281, 267, 265},
			count: 4, cases: 12, expected: "5.14", rr: "2.37", llr: "3.363518", p: "0.965", radius: "0.026", to: 1},
		{places: []int{166, 159, 167},
			count: 3, cases: 11, expected: "4.61", rr: "2.41", llr: "3.209485", p: "0.982", radius: "0.012", to: 1},
	}, r.Clusters, r.Replications)
}

func publishedScanTenth(t *testing.T) {
	points, cases, population := newYork(t)
	r, err := scan.Spatial(t.Context(), points, cases, population, scan.Options{MaxShare: 0.1, Seed: 1})
	require.NoError(t, err)
	requireScan(t, []publishedCluster{
		{places: []int{49, 48, 50, 47, 1, 15, 51, 2, 13, 14, 3, 35, 16, 52, 36, 37, 12, 11, 5, 17, 10, 4, 6, 38, 18, 9},
			count: 26, cases: 85, expected: "49.71", rr: "1.84", llr: "11.577255", p: "0.0010", radius: "0.070", to: 1},
		{count: 8, cases: 38, expected: "17.79", rr: "2.22", llr: "9.019716", p: "0.013", radius: "0.13", to: 1},
		{count: 33, cases: 64, expected: "40.85", rr: "1.64", llr: "6.114140", p: "0.216", radius: "0.040", to: 1},
		{count: 4, cases: 25, expected: "12.82", rr: "1.99", llr: "4.651839", p: "0.609", radius: "0.061", to: 1},
		{places: []int{46, 45, 41, 54, 44, 43, 53},
			count: 7, cases: 28, expected: "15.54", rr: "1.84", llr: "4.169203", p: "0.755", radius: "0.043", to: 1},
		{count: 4, cases: 12, expected: "5.14", rr: "2.37", llr: "3.363518", p: "0.961", radius: "0.026", to: 1},
	}, r.Clusters, r.Replications)
}

func publishedScanSphere(t *testing.T) {
	points, cases, population := newYork(t)
	r, err := scan.Spatial(t.Context(), points, cases, population, scan.Options{Metric: scan.GreatCircle, Seed: 1})
	require.NoError(t, err)
	// The printed radii come from another figure of the Earth: compared to 0.5 %.
	require.InEpsilon(t, 7700, r.Clusters[0].Radius, 0.005)
	require.InEpsilon(t, 13010, r.Clusters[1].Radius, 0.005)
	requireScan(t, []publishedCluster{
		{places: []int{52, 50, 53, 38, 49, 48, 15, 39, 37, 1, 16, 44, 47, 40, 14, 2, 51, 13, 43, 45, 17, 55, 11, 3, 12, 46, 36, 35, 54, 10, 5},
			count: 31, cases: 106, expected: "62.13", rr: "1.87", llr: "14.780276", p: "0.000087", to: 1},
		{places: []int{88, 87, 92, 86, 89, 91, 93, 85, 90},
			count: 9, cases: 42, expected: "21.24", rr: "2.06", llr: "8.287056", p: "0.033", to: 1},
		{count: 16, cases: 44, expected: "23.83", rr: "1.92", llr: "7.199672", p: "0.105", to: 1},
		{count: 4, cases: 25, expected: "12.82", rr: "1.99", llr: "4.651839", p: "0.653", to: 1},
		{count: 6, cases: 10, expected: "3.65", rr: "2.78", llr: "3.773422", p: "0.901", to: 1},
		{count: 3, cases: 11, expected: "4.61", rr: "2.41", llr: "3.209485", p: "0.982", to: 1},
	}, r.Clusters, r.Replications)
}

func publishedPermutation(t *testing.T) {
	points, cases := permutationStudy(t, "satscan_test1")
	r, err := scan.Permutation(t.Context(), points, permutationSteps, cases, scan.Options{StopAfter: 50, Seed: 1})
	require.NoError(t, err)
	require.Equal(t, 100, r.Cases)
	require.True(t, r.Stopped)
	requireScan(t, []publishedCluster{
		{places: []int{23, 6, 16}, count: 3, cases: 3, expected: "0.42", llr: "3.352053", p: "0.202",
			radius: "20.00", from: 993, to: permutationSteps},
		{places: []int{10}, count: 1, cases: 4, expected: "0.96", llr: "2.715606", p: "0.581",
			radius: "0", from: 962, to: permutationSteps},
	}, r.Clusters, r.Replications)
	require.InDelta(t, 1/r.Clusters[0].P, r.Clusters[0].Recurrence, 1e-12)
}

func publishedPermutationNull(t *testing.T) {
	points, cases := permutationStudy(t, "satscan_test3")
	r, err := scan.Permutation(t.Context(), points, permutationSteps, cases, scan.Options{StopAfter: 50, Seed: 1})
	require.NoError(t, err)
	requireScan(t, []publishedCluster{
		{places: []int{21, 6, 22, 11}, count: 4, cases: 10, expected: "5.46", llr: "1.622161", p: "1.00",
			radius: "20.00", from: 930, to: permutationSteps},
	}, r.Clusters, r.Replications)
	require.InDelta(t, 1, r.Clusters[0].Recurrence, 0.1)
}
