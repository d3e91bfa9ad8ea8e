package tiles

import (
	"cmp"
	"math"
	"slices"

	"reli/schemas"
)

// Scheme says how the classes of a legend are cut.
type Scheme string

// Schemes. SchemeQuantile cuts where the classes become smaller towards the
// top, so that hot places stay few and one outlier cannot wash the map out.
const (
	SchemeQuantile Scheme = "quantile"
	SchemeJenks    Scheme = "jenks"    // Fisher–Jenks natural breaks
	SchemeHeadTail Scheme = "headtail" // Jiang's head/tail breaks
)

// classes is the number of colours of the density ramp.
const classes = 6

// ParseScheme reads a scheme; "" is SchemeQuantile.
func ParseScheme(text string) (Scheme, error) {
	switch s := Scheme(text); s {
	case "":
		return SchemeQuantile, nil
	case SchemeQuantile, SchemeJenks, SchemeHeadTail:
		return s, nil
	}
	return "", schemas.BadParameter("breaks", "want quantile, jenks or headtail")
}

// Breaks gives the lower bounds of classes 2 … n of values, ascending and
// distinct; at most classes-1 of them, fewer where the values do not tell
// more classes apart. values must be finite and are reordered.
func Breaks(values []float64, scheme Scheme) []float64 {
	slices.Sort(values)
	if len(values) == 0 || values[0] == values[len(values)-1] {
		return nil
	}
	var cuts []float64
	switch scheme {
	case SchemeJenks:
		cuts = jenks(values, classes)
	case SchemeHeadTail:
		cuts = headTail(values, classes)
	default:
		cuts = shrinkingQuantiles(values)
	}
	cuts = slices.Compact(cuts)
	return slices.DeleteFunc(cuts, func(c float64) bool { return c <= values[0] })
}

// shrinkingQuantiles cuts at 35, 60, 78, 90 and 97 per cent: each class holds
// fewer places than the one below.
func shrinkingQuantiles(sorted []float64) []float64 {
	var cuts []float64
	for _, p := range [classes - 1]float64{.35, .60, .78, .90, .97} {
		cuts = append(cuts, sorted[min(int(math.Ceil(p*float64(len(sorted)))), len(sorted)-1)])
	}
	return cuts
}

// headTail splits at the mean, then the head at its mean, and so on (Jiang
// 2013, Head/tail breaks).
func headTail(sorted []float64, most int) []float64 {
	var cuts []float64
	for rest := sorted; len(cuts) < most-1 && len(rest) > 1; {
		sum := 0.0
		for _, v := range rest {
			sum += v
		}
		mean := sum / float64(len(rest))
		i, _ := slices.BinarySearchFunc(rest, mean, func(v, m float64) int {
			if v <= m {
				return -1
			}
			return 1
		})
		if i == len(rest) {
			break
		}
		rest = rest[i:]
		cuts = append(cuts, rest[0])
	}
	return cuts
}

// jenksSample bounds the work of jenks, which grows with the square of the
// distinct values.
const jenksSample = 600

// jenks minimises the squared deviations within classes (Fisher 1958), on
// distinct values with their frequencies; more than jenksSample distinct
// values are thinned to evenly spaced ranks.
func jenks(sorted []float64, most int) []float64 {
	values, weights := frequencies(thin(sorted, jenksSample))
	n, k := len(values), min(most, len(values))
	cost := prefixCost(values, weights)
	best := make([]float64, n)
	from := make([][]int, k)
	for i := range n {
		best[i] = cost(0, i)
	}
	for c := 1; c < k; c++ {
		next := make([]float64, n)
		from[c] = make([]int, n)
		for i := range n {
			next[i] = math.Inf(1)
			for j := c; j <= i; j++ {
				if v := best[j-1] + cost(j, i); v < next[i] {
					next[i], from[c][i] = v, j
				}
			}
		}
		best = next
	}
	cuts := make([]float64, 0, k-1)
	for c, i := k-1, n-1; c > 0; c-- {
		j := from[c][i]
		cuts = append(cuts, values[j])
		i = j - 1
	}
	slices.Reverse(cuts)
	return cuts
}

func thin(sorted []float64, most int) []float64 {
	if len(slices.Compact(slices.Clone(sorted))) <= most {
		return sorted
	}
	out := make([]float64, most)
	for i := range out {
		out[i] = sorted[i*(len(sorted)-1)/(most-1)]
	}
	return out
}

func frequencies(sorted []float64) (values, weights []float64) {
	for _, v := range sorted {
		if n := len(values); n == 0 || values[n-1] != v {
			values, weights = append(values, v), append(weights, 0)
		}
		weights[len(weights)-1]++
	}
	return values, weights
}

// prefixCost gives the weighted squared deviation of values i … j in O(1).
func prefixCost(values, weights []float64) func(i, j int) float64 {
	n := len(values)
	w, s, q := make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)
	for i, v := range values {
		w[i+1] = w[i] + weights[i]
		s[i+1] = s[i] + weights[i]*v
		q[i+1] = q[i] + weights[i]*v*v
	}
	return func(i, j int) float64 {
		sum := s[j+1] - s[i]
		return q[j+1] - q[i] - sum*sum/(w[j+1]-w[i])
	}
}

// Ramp gives the colours of n classes, lowest first, for a theme. Density
// never uses a hue of the four response levels. A signed measure goes from
// fewer (teal) over a neutral middle to more.
func Ramp(n int, light bool, signed bool) []string {
	dark := []string{"#1B1540", "#4A2A7F", "#8A3A99", "#CC5FA6", "#F7A8CC", "#FFE9F3"}
	if signed {
		dark = []string{"#2FB5A8", "#1F6F6B", "#2A3350", "#6B2F86", "#CC5FA6", "#FFE9F3"}
	}
	if light {
		slices.Reverse(dark)
		if signed {
			dark = []string{"#0E7C73", "#8FD3CB", "#E4E6EE", "#F7A8CC", "#B5489A", "#4A2A7F"}
		}
	}
	if n >= len(dark) {
		return dark
	}
	out := make([]string, n)
	for i := range out {
		// Fewer classes spread over the whole ramp, so that the top one is hot.
		out[i] = dark[(i*(len(dark)-1)+max(n-1, 1)/2)/max(n-1, 1)]
	}
	return out
}

// signedBreaks cuts a signed measure symmetrically round zero: two classes
// below, one of no change, three above.
func signedBreaks(values []float64) []float64 {
	magnitude := make([]float64, 0, len(values))
	for _, v := range values {
		if v != 0 {
			magnitude = append(magnitude, math.Abs(v))
		}
	}
	if len(magnitude) == 0 {
		return nil
	}
	slices.SortFunc(magnitude, cmp.Compare[float64])
	q := func(p float64) float64 { return magnitude[int(p*float64(len(magnitude)-1))] }
	small := magnitude[0]
	mid, high := max(q(.6), small+1), q(.9)
	return slices.Compact([]float64{1 - mid, 0, small, mid, max(high, mid+1)})
}
