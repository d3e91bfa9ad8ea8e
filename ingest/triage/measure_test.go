package triage_test

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/ingest/triage"
	"reli/schemas"
)

// labelled is an invented complaint with the answers of a clerk.
type labelled struct {
	category string // "" for unsure
	urgency  schemas.Urgency
	tone     triage.Tone
	text     string
}

func readLabelled(t testing.TB, name string) []labelled {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer f.Close()
	var all []labelled
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		p := strings.SplitN(s.Text(), "|", 4)
		require.Len(t, p, 4, s.Text())
		urgency, err := strconv.Atoi(p[1])
		require.NoError(t, err)
		tone, err := strconv.Atoi(p[2])
		require.NoError(t, err)
		all = append(all, labelled{strings.TrimSuffix(p[0], "unsure"), schemas.Urgency(urgency), triage.Tone(tone), p[3]})
	}
	return all
}

// table counts how often a class was right, given and wanted.
type table struct {
	right, given, wanted map[string]int
}

func newTable() table { return table{map[string]int{}, map[string]int{}, map[string]int{}} }

func (t table) add(want, got string) {
	t.wanted[want]++
	t.given[got]++
	if want == got {
		t.right[want]++
	}
}

func (t table) print(of string, unsure string) string {
	var b strings.Builder
	classes := []string{}
	for class := range t.wanted {
		classes = append(classes, class)
	}
	slices.Sort(classes)
	var right, given, wanted int
	for _, class := range classes {
		name := class
		if class == unsure {
			name = "unsure"
		} else {
			right, given, wanted = right+t.right[class], given+t.given[class], wanted+t.wanted[class]
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s |\n", of, name, t.wanted[class], share(t.right[class], t.given[class]), share(t.right[class], t.wanted[class]))
	}
	fmt.Fprintf(&b, "| %s | all but unsure | %d | %s | %s |\n", of, wanted, share(right, given), share(right, wanted))
	return b.String()
}

func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f (%d/%d)", float64(n)/float64(of), n, of)
}

func measure(d *triage.Dictionary, all []labelled) (category, urgency, tone table) {
	category, urgency, tone = newTable(), newTable(), newTable()
	for _, l := range all {
		a := d.Read(l.text)
		category.add(l.category, a.Category)
		if l.category != "" { // a text that says nothing wants no urgency
			urgency.add(strconv.Itoa(int(l.urgency)), strconv.Itoa(int(a.Urgency)))
		}
		tone.add(strconv.Itoa(int(l.tone)), strconv.Itoa(int(a.Tone)))
	}
	return category, urgency, tone
}

func TestTuning(t *testing.T) {
	d := triage.Default()
	all := readLabelled(t, "tuning.txt")
	c, u, tone := measure(d, all)
	t.Log("\n" + c.print("category", "") + u.print("urgency", "0") + tone.print("tone", "0"))
	require.Greater(t, 20*c.sum(c.right), 19*c.sum(c.wanted), "19 of 20 of what the dictionary was made with")
}

// TestHeldOut measures the dictionary on complaints that were written before it
// and not used in making it. docs/triage.md has the figures: they change with
// the dictionary alone.
func TestHeldOut(t *testing.T) {
	d := triage.Default()
	all := readLabelled(t, "heldout.txt")
	require.GreaterOrEqual(t, len(all), 300)
	c, u, tone := measure(d, all)
	report := c.print("category", "") + u.print("urgency", "0") + tone.print("tone", "0")
	t.Logf("dictionary %s, %d complaints\n%s", d.Version(), len(all), report)
	doc, err := os.ReadFile("../../docs/triage.md")
	require.NoError(t, err)
	require.Contains(t, string(doc), "Dictionary "+d.Version()+", "+strconv.Itoa(len(all))+" complaints")
	require.Contains(t, string(doc), report, "write the new table into docs/triage.md, with a new version of the dictionary")
	require.Greater(t, 10*c.sum(c.right), 9*c.sum(c.given), "precision")
	require.Greater(t, 10*c.sum(c.right), 8*c.sum(c.wanted), "recall")
}

// sum adds up all classes but “unsure”.
func (t table) sum(of map[string]int) (n int) {
	for class, count := range of {
		if class != "" && class != "0" {
			n += count
		}
	}
	return n
}
