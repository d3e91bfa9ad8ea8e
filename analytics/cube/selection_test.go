package cube

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"reli/schemas"
)

func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	for d := Day(0); d < 1<<16; d++ {
		want := time.Unix(int64(d)*86400, 0).UTC()
		require.Equal(t, want.Format(time.DateOnly), d.String())
		require.Equal(t, d, DayOf(want))
		require.Equal(t, (int(want.Weekday())+6)%7+1, d.Weekday())
		if d > 0 {
			parsed, err := ParseDay(d.String())
			require.NoError(t, err)
			require.Equal(t, d, parsed)
		}
	}
	require.Equal(t, "2024-03-01", DayOf(time.Date(2024, 3, 1, 0, 30, 0, 0, zone(t, "Europe/Berlin"))).String(), "the day is that of its own zone")
	require.Equal(t, 7, Day(-4).Weekday(), "Sunday, 1969-12-28")
	text, err := Day(19783).MarshalText()
	require.NoError(t, err)
	require.Equal(t, "2024-03-01", string(text))
}

func TestBadDaysAreRefused(t *testing.T) {
	for _, text := range []string{"", "2024", "2024-1-1", "2024-13-01", "2024-02-30", "2023-02-29", "1970-01-01", "1969-12-31", "2149-06-07",
		"2024-01-01T00:00:00Z", " 2024-01-01", "2024-01-01 ", "20240101", "0000-00-00", "-024-01-01", "２０２４-01-01", "now"} {
		_, err := ParseDay(text)
		require.Error(t, err, text)
	}
}

func TestAYearBefore(t *testing.T) {
	for from, want := range map[string]string{"2024-02-29": "2023-02-28", "2024-03-01": "2023-03-01", "2025-02-28": "2024-02-28", "2025-01-01": "2024-01-01", "2024-12-31": "2023-12-31"} {
		d, err := ParseDay(from)
		require.NoError(t, err)
		require.Equal(t, want, d.AddYears(-1).String())
	}
}

func TestStepsBeginWhereTheyShould(t *testing.T) {
	for step, want := range map[Step]string{StepDay: "2025-03-05", StepWeek: "2025-03-03", StepMonth: "2025-03-01"} {
		d, err := ParseDay("2025-03-05") // a Wednesday
		require.NoError(t, err)
		require.Equal(t, want, step.Begin(d).String())
		require.Equal(t, step.Begin(d), step.Begin(step.Begin(d)))
		require.True(t, step.Valid())
	}
	require.False(t, Step("year").Valid())
}

// catalogue knows the codes of the tests.
func catalogue(t testing.TB) *Catalogue {
	t.Helper()
	return &Catalogue{Tree: treeOf(t, smallCounty(t)), Categories: merge(someCategories), Sources: merge(someSources), Channels: merge(someChannels)}
}

const someDay = Day(20_000) // 2024-10-04

func parse(t testing.TB, query string) (Selection, error) {
	t.Helper()
	q, err := url.ParseQuery(query)
	require.NoError(t, err)
	return ParseSelection(q, catalogue(t), someDay)
}

func TestSelectionsAreRead(t *testing.T) {
	base := Selection{From: someDay - 29, To: someDay + 1, Measure: MeasureCount}
	for query, change := range map[string]func(*Selection){
		"":                                func(*Selection) {},
		"x=1&z=9":                         func(*Selection) {}, // the endpoint's own
		"from=2024-01-01&to=2024-02-01":   func(s *Selection) { s.From, s.To = 19723, 19754 },
		"from=1970-01-02&to=1970-01-03":   func(s *Selection) { s.From, s.To = 1, 2 },
		"to=2149-06-06&from=2149-06-05":   func(s *Selection) { s.From, s.To = 65534, 65535 },
		"area=t0v1g0":                     func(s *Selection) { s.Area = "t0v1g0" },
		"category=wage,family,wage":       func(s *Selection) { s.Categories = []string{"family", "wage"} },
		"category=it%27s":                 func(s *Selection) { s.Categories = []string{"it's"} },
		"channel=a%26b%3Dc,visit":         func(s *Selection) { s.Channels = []string{"a&b=c", "visit"} },
		"source=%E7%9F%9B%E7%9B%BE,12345": func(s *Selection) { s.Sources = []string{"12345", "矛盾"} },
		"category=&hours=&status=&area=&weekdays=&measure=&from=&to=": func(*Selection) {},
		"status=overdue":      func(s *Selection) { s.Status = StatusOverdue },
		"hours=8-18":          func(s *Selection) { s.Hours = 0x3ff00 },
		"hours=22-24,0":       func(s *Selection) { s.Hours = 0xc00001 },
		"hours=0-24":          func(*Selection) {},
		"hours=0-12,12-24":    func(*Selection) {},
		"weekdays=1-5":        func(s *Selection) { s.Weekdays = 0b111110 },
		"weekdays=7":          func(s *Selection) { s.Weekdays = 0b10000000 },
		"weekdays=1-7":        func(*Selection) {},
		"measure=median_days": func(s *Selection) { s.Measure = MeasureDays },
	} {
		want := base
		change(&want)
		got, err := parse(t, query)
		require.NoError(t, err, query)
		require.Equal(t, want, got, query)
	}
}

func TestBadParametersAreRefusedByName(t *testing.T) {
	for query, want := range map[string]struct{ field, code string }{
		"from=yesterday":                                    {"from", schemas.CodeBadParameter},
		"to=2024-02-30":                                     {"to", schemas.CodeBadParameter},
		"from=x&to=y":                                       {"from", schemas.CodeBadParameter},
		"from=2024-01-01&to=2024-01-01":                     {"to", schemas.CodeBadParameter},
		"from=2024-01-02&to=2024-01-01":                     {"to", schemas.CodeBadParameter},
		"from=1970-01-02&to=2100-01-01":                     {"to", schemas.CodeBadParameter},
		"from=2024-01-01&from=2024-01-02":                   {"from", schemas.CodeBadParameter},
		"category=nonsense":                                 {"category", schemas.CodeUnknownCategory},
		"category=wage,":                                    {"category", schemas.CodeUnknownCategory},
		"category=wage&category=land":                       {"category", schemas.CodeBadParameter},
		"category=" + strings.Repeat("wage,", 300) + "wage": {"category", schemas.CodeBadParameter},
		"source=nonsense":                                   {"source", schemas.CodeBadParameter},
		"source=%00":                                        {"source", schemas.CodeBadParameter},
		"channel=%FF":                                       {"channel", schemas.CodeBadParameter},
		"channel=,":                                         {"channel", schemas.CodeBadParameter}, // "" is a code in use, and no filter
		"area=nowhere":                                      {"area", schemas.CodeUnknownArea},
		"area=c,t0":                                         {"area", schemas.CodeUnknownArea},
		"area=c&area=t0":                                    {"area", schemas.CodeBadParameter},
		"status=closed,open":                                {"status", schemas.CodeBadParameter},
		"status=OPEN":                                       {"status", schemas.CodeBadParameter},
		"hours=24":                                          {"hours", schemas.CodeBadParameter},
		"hours=-1":                                          {"hours", schemas.CodeBadParameter},
		"hours=8-8":                                         {"hours", schemas.CodeBadParameter},
		"hours=8-25":                                        {"hours", schemas.CodeBadParameter},
		"hours=18-8":                                        {"hours", schemas.CodeBadParameter},
		"hours=8-9-10":                                      {"hours", schemas.CodeBadParameter},
		"hours=8,":                                          {"hours", schemas.CodeBadParameter},
		"hours=99999999999999999999":                        {"hours", schemas.CodeBadParameter},
		"hours=0x8":                                         {"hours", schemas.CodeBadParameter},
		"weekdays=0":                                        {"weekdays", schemas.CodeBadParameter},
		"weekdays=8":                                        {"weekdays", schemas.CodeBadParameter},
		"weekdays=5-1":                                      {"weekdays", schemas.CodeBadParameter},
		"weekdays=mon":                                      {"weekdays", schemas.CodeBadParameter},
		"measure=counts":                                    {"measure", schemas.CodeBadParameter},
		"measure=count&measure=open":                        {"measure", schemas.CodeBadParameter},
	} {
		for range 20 { // which of two faults is named must not be chance
			_, err := parse(t, query)
			problem, ok := schemas.AsProblem(err)
			require.True(t, ok, "%.60s: %v", query, err)
			require.Equal(t, want.field, problem.Field, "%.60s", query)
			require.Equal(t, want.code, problem.Code, "%.60s", query)
			require.Equal(t, 400, problem.Status)
			require.Less(t, len(problem.Detail), 200, "a hostile value does not fill an answer")
		}
	}
}

func TestAWindowThatIsOverIsClosed(t *testing.T) {
	s := Selection{From: someDay - 10, To: someDay}
	require.True(t, s.Closed(someDay))
	require.False(t, s.Closed(someDay-1))
	require.Equal(t, 10, s.Days())
}

// aSelection draws one of those that ParseSelection gives.
func aSelection(t *rapid.T) Selection {
	subset := func(codes []string, name string) []string {
		var out []string
		if rapid.IntRange(0, 2).Draw(t, name+" filtered") > 0 {
			return nil
		}
		for _, c := range codes {
			if c != "" && rapid.Bool().Draw(t, name) {
				out = append(out, c)
			}
		}
		slices.Sort(out)
		return out
	}
	from := Day(rapid.IntRange(1, 65534).Draw(t, "from"))
	s := Selection{From: from, To: from + Day(rapid.IntRange(1, min(maxWindowDays, int(65535-from))).Draw(t, "days")),
		Area: rapid.SampledFrom([]string{"", "c", "t1", "t0v1g0"}).Draw(t, "area"), Categories: subset(someCategories, "category"),
		Sources: subset(someSources, "source"), Channels: subset(someChannels, "channel"),
		Status: rapid.SampledFrom([]Status{"", StatusOpen, StatusClosed, StatusOverdue}).Draw(t, "status"),
		Hours:  Hours(rapid.Uint32().Draw(t, "hours")) & allHours, Weekdays: Weekdays(rapid.Uint8().Draw(t, "weekdays")) & allWeekdays,
		Measure: rapid.SampledFrom(Measures()).Draw(t, "measure").Code}
	s.Hours, s.Weekdays = s.Hours.normal(), s.Weekdays.normal()
	return s
}

func TestTheCanonicalTextIsReadBack(t *testing.T) {
	cat := catalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		s := aSelection(t)
		q, err := url.ParseQuery(s.Canonical())
		require.NoError(t, err)
		back, err := ParseSelection(q, cat, someDay)
		require.NoError(t, err)
		require.Equal(t, s, back)
		require.Equal(t, s.Canonical(), back.Canonical())
	})
}

// Selections that pick the same have one text: the order and repetition of
// codes, "all" written out and the default measure make no other.
func TestEqualSelectionsHaveEqualTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := aSelection(t)
		other := s
		for _, codes := range []*[]string{&other.Categories, &other.Sources, &other.Channels} {
			if len(*codes) > 0 {
				*codes = rapid.Permutation(append(slices.Clone(*codes), (*codes)[0])).Draw(t, "order")
			}
		}
		if s.Hours == 0 {
			other.Hours = allHours
		}
		if s.Weekdays == 0 {
			other.Weekdays = allWeekdays
		}
		if s.Measure == MeasureCount {
			other.Measure = ""
		}
		kept := slices.Clone(other.Categories)
		require.Equal(t, s.Canonical(), other.Canonical())
		require.Equal(t, kept, other.Categories, "the selection itself stays as it is")
		other.To++
		require.NotEqual(t, s.Canonical(), other.Canonical())
	})
}

func FuzzParseSelection(f *testing.F) {
	for _, query := range []string{"", "from=2024-01-01&to=2024-02-01", "hours=8-18,22&weekdays=1-5", "category=wage,it%27s&channel=a%26b%3Dc", "area=c&status=open&measure=change_year"} {
		f.Add(query)
	}
	cat := catalogue(f)
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		s, err := ParseSelection(q, cat, someDay)
		if err != nil {
			problem, ok := schemas.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Contains(t, Parameters(), problem.Field)
			return
		}
		require.Less(t, s.From, s.To)
		again, err := url.ParseQuery(s.Canonical())
		require.NoError(t, err)
		back, err := ParseSelection(again, cat, someDay)
		require.NoError(t, err)
		require.Equal(t, s, back)
	})
}
