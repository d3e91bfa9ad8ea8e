package indicator

// Of makes the value of an indicator from counts, for tests of its arithmetic.
func Of(code string, c Counts) (Value, Definition) {
	for _, d := range Definitions(Parts{}) {
		if d.Code == code {
			return d.of(&c, &intervals{}), d
		}
	}
	return Value{}, Definition{}
}

// Against makes the change of an indicator from the counts of two windows.
func Against(code string, now, before Counts) Value {
	v, d := Of(code, now)
	base, _ := Of(code, before)
	return d.Against(v, base)
}

// Of makes the value of a definition from counts.
func (d *Definition) Of(c *Counts) Value { return d.of(c, nil) }
