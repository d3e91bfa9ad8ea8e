package triage_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/ingest/triage"
	"reli/schemas"
)

func dictionary(t testing.TB, text string) *triage.Dictionary {
	t.Helper()
	d, err := triage.Parse([]byte(text))
	require.NoError(t, err)
	return d
}

const small = `
version: t.1
category:
  least: 3
  ahead: 2
  words:
    labour: {5: 劳动合同, 2: 单位}
    contract: {4: 合同, 2: 违约}
    wage: {3: 拖欠, 2: 工资}
  events: [拖欠]
urgency:
  least: 3
  words:
    urgent: {3: 打架 停水}
    critical: {3: 菜刀}
tone:
  steps: [1, 3, 6]
  exclamation: 1
  words:
    any: {2: 气愤}
negations: [没有, 未]
reach: 3
traditional: 勞劳 動动 資资
`

func TestWordsDecide(t *testing.T) {
	d := dictionary(t, small)
	f := func(text, category string, urgency schemas.Urgency, tone triage.Tone) {
		t.Helper()
		a := d.Read(text)
		require.Equal(t, []any{category, urgency, tone}, []any{a.Category, a.Urgency, a.Tone}, "%q %+v", text, a)
	}
	f("没签劳动合同", "labour", schemas.UrgencyNormal, triage.Calm)          // the longest word: no 合同
	f("合同违约", "contract", schemas.UrgencyNormal, triage.Calm)          // both words
	f("合同和劳动合同", "", schemas.UrgencyUnknown, triage.Calm)              // 5 to 4 is no lead of 2
	f("单位", "", schemas.UrgencyUnknown, triage.Calm)                   // too little
	f("单位单位单位", "", schemas.UrgencyUnknown, triage.Calm)               // a word counts once
	f("", "", schemas.UrgencyUnknown, triage.Calm)                     //
	f("勞 動\u200b合同", "labour", schemas.UrgencyNormal, triage.Calm)     // traditional, blanks, marks of format
	f("没有拖欠工资", "", schemas.UrgencyUnknown, triage.Calm)               // a denied event
	f("未发工资，拖欠三个月", "wage", schemas.UrgencyNormal, triage.Calm)        // the mark ends the denial
	f("没有拖欠，又拖欠工资", "wage", schemas.UrgencyNormal, triage.Calm)        // denied once, not the other time
	f("没有合同，违约", "contract", schemas.UrgencyNormal, triage.Calm)       // a denied topic is a topic
	f("没有打架", "", schemas.UrgencyUnknown, triage.Calm)                 //
	f("没有因为这件事打架", "", schemas.UrgencyUrgent, triage.Calm)             // out of reach
	f("拿菜刀打架，气愤！", "", schemas.UrgencyCritical, triage.Angry)          // 2 and a full-width mark
	f("气愤！！！！", "", schemas.UrgencyUnknown, triage.Agitated)           //
	f("劳动合同，停水", "labour", schemas.UrgencyUrgent, triage.Calm)         //
	f(strings.Repeat("长", 4000)+"劳动合同", "", schemas.UrgencyUnknown, 1) // beyond what is read
	require.Equal(t, "t.1", d.Version())
}

// Form of writing changes nothing, and any text has an answer.
func TestFormChangesNothing(t *testing.T) {
	d := triage.Default()
	wide := strings.NewReplacer(",", "，", "!", "！", "4", "４", "s", "Ｓ")
	heldout := readLabelled(t, "heldout.txt")
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom(heldout).Draw(rt, "text").text
		blanks := []rune(text)
		at := rapid.IntRange(0, len(blanks)).Draw(rt, "blank")
		require.Equal(rt, d.Read(text), d.Read(wide.Replace(string(blanks[:at])+" \u3000"+string(blanks[at:]))))
		a := d.Read(rapid.String().Draw(rt, "any"))
		require.True(rt, a.Tone >= triage.Calm && a.Tone <= triage.Agitated)
		require.True(rt, a.Category == "" || a.Score > a.Next)
	})
}

func TestWrongFilesAreRefusedWithThePlace(t *testing.T) {
	for change, at := range map[string]string{
		"version: t.1|version: 一":                      "version",
		"least: 3|least: 0":                            "category",
		"ahead: 2|ahead: -1":                           "category",
		"reach: 3|reach: 99":                           "reach",
		"steps: [1, 3, 6]|steps: [3, 1, 6]":            "tone.steps",
		"exclamation: 1|exclamation: -1":               "tone.exclamation",
		"labour:|LABOUR:":                              "category.words.LABOUR",
		"{5: 劳动合同, 2: 单位}|{500: 劳动合同}":                 "category.words.labour",
		"{5: 劳动合同, 2: 单位}|{5: 单位, 2: 单位}":              "category.words.labour",
		"events: [拖欠]|events: [打架]":                    "category.events",
		"urgent: {3|soon: {3":                          "urgency.words.soon",
		"negations: [没有, 未]|negations: ['']":           "negations",
		"traditional: 勞劳|traditional: 勞劳 勞动":           "traditional",
		"reach: 3|reach: 3\nreech: 1":                  "file",
		"{3: 菜刀}|{3: " + strings.Repeat("刀", 25) + "}": "urgency.words.critical",
	} {
		old, new, _ := strings.Cut(change, "|")
		require.Contains(t, small, old)
		_, err := triage.Parse([]byte(strings.Replace(small, old, new, 1)))
		var e *schemas.FileError
		require.ErrorAs(t, err, &e, change)
		require.Equal(t, at, e.At, change)
	}
}

func TestTheEmbeddedDictionary(t *testing.T) {
	codes := map[string]bool{}
	for _, e := range schemas.LoadDictionary().Categories {
		codes[e.Code] = true
	}
	d := triage.Default()
	for _, l := range append(readLabelled(t, "heldout.txt"), readLabelled(t, "tuning.txt")...) {
		require.True(t, l.category == "" || codes[l.category], l.category)
		if got := d.Read(l.text).Category; got != "" {
			require.True(t, codes[got], got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(schemas.TriageDictionary())
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := triage.Parse(text)
		if err != nil {
			return
		}
		d.Read(string(text))
	})
}

func BenchmarkRead(b *testing.B) {
	d := triage.Default()
	all := readLabelled(b, "heldout.txt")
	n := 0
	for b.Loop() {
		d.Read(all[n%len(all)].text)
		n++
	}
}
