package mvt

// Check goes beyond [Decode]: it refuses what a careful encoder must not write,
// and rings that touch or cross themselves or each other. It returns the first
// fault as a *[DecodeError]. Its cost grows with the square of a feature's
// positions in the worst case: it is for tests and audits, not for serving.
func (t *Tile) Check() error {
	for i := range t.Layers {
		if err := t.Layers[i].check(); err != nil {
			return at(err, i, -1)
		}
	}
	return nil
}

func (l *TileLayer) check() error {
	if len(l.Features) == 0 {
		return fault("layer without features")
	}
	if err := l.checkTables(); err != nil {
		return err
	}
	ids := map[uint64]bool{}
	for i := range l.Features {
		f := &l.Features[i]
		if f.HasID && ids[f.ID] {
			return at(fault("id %d is there twice", f.ID), -1, i)
		}
		ids[f.ID] = f.HasID
		if f.Type == Unknown {
			return at(fault("geometry of unknown type"), -1, i)
		}
		if err := checkRings(f.Polygons); err != nil {
			return at(err, -1, i)
		}
	}
	return nil
}

// checkTables refuses keys and values that are written twice or never used.
func (l *TileLayer) checkTables() error {
	usedKeys, usedValues := make([]bool, len(l.Keys)), make([]bool, len(l.Values))
	for i := range l.Features {
		tags := l.Features[i].Tags
		for t := 0; t < len(tags); t += 2 {
			usedKeys[tags[t]], usedValues[tags[t+1]] = true, true
		}
	}
	keys := map[string]bool{}
	for i, k := range l.Keys {
		switch {
		case keys[k]:
			return fault("key %q is there twice", k)
		case !usedKeys[i]:
			return fault("key %q is not used", k)
		}
		keys[k] = true
	}
	values := map[Value]bool{}
	for i, v := range l.Values {
		switch {
		case values[v]:
			return fault("value %v is there twice", v.V)
		case !usedValues[i]:
			return fault("value %v is not used", v.V)
		}
		values[v] = true
	}
	return nil
}
