package warning

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// number reads R's numbers, where a missing one is the text NA.
type number float64

func (n *number) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"NA"` {
		*n = number(math.NaN())
		return nil
	}
	var v float64
	err := json.Unmarshal(raw, &v)
	*n = number(v)
	return err
}

type reference52 struct {
	UpperBound []number
	Alarm      []int
	Expected   []number
	Cusum      []float64
	M          float64
}

type surveillance struct {
	Agona    struct{ Observed []float64 } `json:"salmonella.agona"`
	Classic  reference52                  `json:"farrington_b3w3_a01"`
	Flexible reference52                  `json:"farringtonFlexible_noufaily_b4w3_np10_nbPlugin_a05"`
	Newport  struct {
		Observed []float64
		In2011   []int
	} `json:"salmNewport_de"`
	C1    reference52 `json:"earsC_C1"`
	C2    reference52 `json:"earsC_C2"`
	C3    reference52 `json:"earsC_C3"`
	Cusum reference52 `json:"cusum_standard_k1.04_h2.26"`
}

// firstWeek is the first judged week of salmonella.agona, counted from 0.
const firstWeek = 260

func readReference(t *testing.T) surveillance {
	t.Helper()
	raw, err := os.ReadFile("../../../shared/fixtures/surveillance.json")
	if err != nil {
		t.Skip("reference values (../shared/fixtures) are absent")
	}
	var s surveillance
	require.NoError(t, json.Unmarshal(raw, &s))
	return s
}

func TestFarringtonFlexibleMatchesSurveillance(t *testing.T) {
	ref := readReference(t)
	for i, upper := range ref.Flexible.UpperBound {
		s := FarringtonFlexible(ref.Agona.Observed, firstWeek+i, Flexible())
		require.Equal(t, ref.Flexible.Alarm[i] == 1, s.Alarm, "week %d", i)
		if math.IsNaN(float64(upper)) {
			require.Equal(t, TooFew, s.Status, "week %d", i)
			continue
		}
		require.Equal(t, OK, s.Status, "week %d", i)
		require.Equal(t, float64(upper), s.Upper, "week %d", i)
		require.InEpsilon(t, float64(ref.Flexible.Expected[i]), s.Expected, 1e-9, "week %d", i)
	}
}

func TestFarringtonClassicMatchesSurveillance(t *testing.T) {
	ref := readReference(t)
	for i, upper := range ref.Classic.UpperBound {
		s := FarringtonClassic(ref.Agona.Observed, firstWeek+i, Classic())
		if upper == 0 {
			require.Equal(t, TooFew, s.Status, "week %d", i)
		}
		require.InDelta(t, float64(upper), s.Upper, 1e-7, "week %d", i)
		require.Equal(t, ref.Classic.Alarm[i] == 1, s.Alarm, "week %d", i)
	}
}

func TestEARSMatchesSurveillance(t *testing.T) {
	ref := readReference(t)
	half := DefaultEARS()
	half.Alpha = .025
	for name, c := range map[string]struct {
		want  reference52
		judge func([]float64, int) Signal
	}{
		"C1": {ref.C1, DefaultEARS().C1},
		"C2": {ref.C2, DefaultEARS().C2},
		"C3": {ref.C3, half.C3},
	} {
		t.Run(name, func(t *testing.T) {
			for i, upper := range c.want.UpperBound {
				s := c.judge(ref.Newport.Observed, ref.Newport.In2011[0]-1+i)
				require.InDelta(t, float64(upper), s.Upper, 1e-9, "week %d", i)
				require.Equal(t, c.want.Alarm[i] == 1, s.Alarm, "week %d", i)
			}
		})
	}
}

func TestCUSUMMatchesSurveillance(t *testing.T) {
	ref := readReference(t)
	steps := DefaultCUSUM().Run(ref.Agona.Observed[firstWeek:], ref.Cusum.M)
	for i, want := range ref.Cusum.Cusum {
		require.InDelta(t, want, steps[i].Sum, 1e-9, "week %d", i)
		require.Equal(t, float64(ref.Cusum.UpperBound[i]), steps[i].Upper+0, "week %d", i)
		require.Equal(t, ref.Cusum.Alarm[i] == 1, steps[i].Alarm, "week %d", i)
	}
}
