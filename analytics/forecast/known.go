package forecast

// Known is the panel of the series that exist in the first weeks, and the
// numbers they had here; the backtest must not know of others.
func (p *Panel) Known(weeks int) (*Panel, []int, error) {
	position := make([]int32, p.Series())
	var kept []int
	for s, born := range p.born {
		position[s] = -1
		if int(born) < weeks {
			position[s] = int32(len(kept))
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return nil, nil, &PanelError{Code: "no_series"}
	}
	spec := Spec{Weeks: p.weeks, FirstDay: p.first, ByEvent: p.byEvent, Groups: make([]int32, len(kept))}
	if p.neighbours != nil {
		spec.Neighbours = make([][]int32, len(kept))
	}
	for i, s := range kept {
		spec.Groups[i] = p.groups[s]
		if p.neighbours == nil {
			continue
		}
		for _, j := range p.neighbours[s] {
			if position[j] >= 0 {
				spec.Neighbours[i] = append(spec.Neighbours[i], position[j])
			}
		}
	}
	var observations []Observation
	for w := range p.weeks {
		for _, e := range p.week(w) {
			if i := position[e.series]; i >= 0 {
				observations = append(observations, Observation{Series: int(i), Week: w, Count: int(e.count)})
			}
		}
	}
	known, err := NewPanel(spec, observations)
	return known, kept, err
}
