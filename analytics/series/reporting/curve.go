package reporting

const (
	// MaxDelay in days: later reports are corrections of the past, not delays.
	MaxDelay = 45
	// history is how many days of occurrence the delays are taken from.
	history = 180 + MaxDelay
	// leastIncidents of a source for a curve of its own.
	leastIncidents = 50
)

// Basis says what the shares of a source rest on.
type Basis string

// Bases.
const (
	OwnDelays Basis = "own"         // delays of the source
	AllDelays Basis = "all_sources" // too few of its own: those of all sources together
	OneTime   Basis = "one_time"    // registered on the day of occurrence without exception: the source gives one time, late reports cannot be seen
	Stopped   Basis = "stopped"     // no report for MaxDelay days before the newest of all sources
	NotEnough Basis = "too_few"     // nothing to rest on
)

// triangle counts the incidents of one source by day of occurrence, counted
// back from the source's last report, and by delay; both in days.
type triangle struct {
	n     [history + 1][MaxDelay + 1]float64 // [age][delay], delay ≤ age
	total float64
	late  float64 // with a delay of a day or more
}

func (t *triangle) add(age, delay int, n float64) {
	if age < 0 || age > history || delay < 0 || delay > MaxDelay || delay > age {
		return // a delay beyond the last report is an error of the source
	}
	t.n[age][delay] += n
	t.total += n
	if delay > 0 {
		t.late += n
	}
}

func (t *triangle) merge(o *triangle) {
	for age := range t.n {
		for delay := range t.n[age] {
			t.n[age][delay] += o.n[age][delay]
		}
	}
	t.total += o.total
	t.late += o.late
}

// missing is the share of a day's incidents not yet reported at each age from
// 0 to MaxDelay days.
func (t *triangle) missing() [MaxDelay + 1]float64 {
	var out [MaxDelay + 1]float64
	reported := 1.0
	for j := MaxDelay; j > 0; j-- {
		out[j] = 1 - reported
		came, known := 0.0, 0.0
		for age := j; age <= history; age++ {
			came += t.n[age][j]
			for delay := range j + 1 {
				known += t.n[age][delay]
			}
		}
		if known > 0 {
			reported *= 1 - came/known
		}
	}
	out[0] = 1 - reported
	return out
}
