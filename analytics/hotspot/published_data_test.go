package hotspot_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/hotspot/knox"
	"reli/analytics/hotspot/scan"
)

// publishedDir holds numbers published by other programs; it lies beside the
// repository and is not part of it.
const publishedDir = "../../../shared/fixtures"

func publishedPath(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(publishedDir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("skipped: published numbers %s are not beside the repository", name)
	}
	return path
}

// oneOrMore reads a JSON list that is written as a bare number when it has one entry.
type oneOrMore []int

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		var v int
		err := json.Unmarshal(b, &v)
		*o = oneOrMore{v}
		return err
	}
	return json.Unmarshal(b, (*[]int)(o))
}

// fromOne turns neighbour lists that count from 1 into positions.
func fromOne(lists []oneOrMore) [][]int {
	out := make([][]int, len(lists))
	for i, list := range lists {
		for _, j := range list {
			out[i] = append(out[i], j-1)
		}
	}
	return out
}

// publishedLocal holds the spdep numbers.
type publishedLocal struct {
	Toy6 struct {
		V          []float64
		Nb         []oneOrMore
		LocalG     []float64
		LocalGstar []float64
		X, Y       []float64
	}
	Getisord1996 struct {
		X, Y, Val []float64
		D         float64
		LocalG    []float64
		G30       float64 `json:"G30_at_index120"`
	}
	Ncsids struct {
		SID74, BIR74  []float64
		Nb            []oneOrMore
		Rate1000      []float64              `json:"rate1000"`
		MoranI        [3]float64             `json:"moran_I"`
		MoranZ        float64                `json:"moran_z"`
		LocalI        []float64              `json:"localmoran_Ii"`
		LocalZ        []float64              `json:"localmoran_Z"`
		LocalGstar    []float64              `json:"localGstar"`
		P             []float64              `json:"p_two_sided"`
		Q             []float64              `json:"p_BH"`
		Smoothed      []float64              `json:"EBest_estmm"`
		Raw           []float64              `json:"EBest_raw"`
		Params        struct{ A, B float64 } `json:"EBest_params"`
		SmoothedLocal []float64              `json:"EBlocal_est"`
	}
}

func readPublishedLocal(t *testing.T) publishedLocal {
	t.Helper()
	b, err := os.ReadFile(publishedPath(t, "spdep_forecast.json"))
	require.NoError(t, err)
	var p publishedLocal
	require.NoError(t, json.Unmarshal(b, &p))
	return p
}

// readColumns reads a file of numbers separated by blanks.
func readColumns(t *testing.T, name string) [][]float64 {
	t.Helper()
	b, err := os.ReadFile(publishedPath(t, name))
	require.NoError(t, err)
	var rows [][]float64
	for line := range strings.Lines(string(b)) {
		var row []float64
		for _, field := range strings.Fields(line) {
			v, err := strconv.ParseFloat(field, 64)
			require.NoError(t, err)
			row = append(row, v)
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// newYork is the leukaemia map of upstate New York.
func newYork(t *testing.T) (points []scan.Point, cases []int, population []float64) {
	t.Helper()
	coords := readColumns(t, "satscan-ny/satscan_ny_coords.txt")
	people := readColumns(t, "satscan-ny/satscan_ny_pop.txt")
	counts := readColumns(t, "satscan-ny/satscan_ny_cases.txt")
	require.Len(t, coords, 281)
	for i := range coords {
		require.Equal(t, coords[i][0], people[i][0])
		require.Equal(t, coords[i][0], counts[i][0])
		points = append(points, scan.Point{X: coords[i][2], Y: coords[i][1]})
		cases = append(cases, int(counts[i][1]))
		population = append(population, people[i][2])
	}
	return points, cases, population
}

// permutationStudy reads a space-time permutation example with steps 0 to 1000.
func permutationStudy(t *testing.T, name string) (points []scan.Point, cases []int) {
	t.Helper()
	coords := readColumns(t, "satscan-stp/"+name+".geo")
	counts := readColumns(t, "satscan-stp/"+name+".cas")
	cases = make([]int, len(coords)*permutationSteps)
	for i, row := range coords {
		require.Equal(t, i+1, int(row[0]))
		points = append(points, scan.Point{X: row[1], Y: row[2]})
	}
	for _, row := range counts {
		cases[(int(row[0])-1)*permutationSteps+int(row[2])] += int(row[1])
	}
	return points, cases
}

const permutationSteps = 1001

// publishedKnox holds the numbers of the R package NearRepeat.
type publishedKnox struct {
	Sds, Tds  []float64
	Observed  [][]int
	KnoxRatio [][]float64 `json:"knox_ratio"`
	Pvalues   [][]float64
	Nrep      int
}

func readKnox(t *testing.T) (publishedKnox, []knox.Event) {
	t.Helper()
	b, err := os.ReadFile(publishedPath(t, "nearrepeat_knox.json"))
	require.NoError(t, err)
	var p publishedKnox
	require.NoError(t, json.Unmarshal(b, &p))
	f, err := os.Open(publishedPath(t, "near-repeat/chicago_arson_2016.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var events []knox.Event
	for _, row := range rows[1:] {
		x, err := strconv.ParseFloat(row[0], 64)
		require.NoError(t, err)
		y, err := strconv.ParseFloat(row[1], 64)
		require.NoError(t, err)
		day, err := time.Parse(time.DateOnly, row[2])
		require.NoError(t, err)
		events = append(events, knox.Event{X: x, Y: y, T: float64(day.Unix() / 86400)})
	}
	return p, events
}
