package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/test/county"
)

type seriesAnswer struct {
	Step   string
	Points []struct {
		From  string
		Count int64
	}
	Total       int64
	DataVersion uint64 `json:"data_version"`
}

type breakdownAnswer struct {
	By     string
	Groups []struct {
		Key, Zh, En string
		Count       int64
		Value       float64
	}
	Total int64
}

// filters are queries of every kind of parameter.
func (s *site) filters() []string {
	township := s.Store.Current().Catalogue.Tree.AtLevel(2)[3].Code
	return []string{
		"from=2025-01-01&to=2026-01-01", "from=2025-02-03&to=2025-05-21", "from=2025-02-03&to=2025-05-21&category=land,family",
		"from=2025-01-01&to=2026-01-01&hours=8-12&weekdays=1-5", "from=2025-01-01&to=2025-07-01&status=closed",
		"from=2025-01-01&to=2026-01-01&area=" + township,
	}
}

func TestSeriesOfEveryStepAddUpAndLeaveNoStepOut(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, filter := range s.filters() {
		q, err := url.ParseQuery(filter)
		require.NoError(t, err)
		first, err := time.Parse(time.DateOnly, q.Get("from"))
		require.NoError(t, err)
		end, err := time.Parse(time.DateOnly, q.Get("to"))
		require.NoError(t, err)
		var days seriesAnswer
		s.json(t, "/v1/series?step=day&"+filter, &days)
		require.Positive(t, days.Total, filter)
		byStart := map[string]map[string]int64{"day": {}, "week": {}, "month": {}}
		for i, p := range days.Points {
			day := first.AddDate(0, 0, i)
			require.Equal(t, day.Format(time.DateOnly), p.From)
			monday, month := day.AddDate(0, 0, -(int(day.Weekday())+6)%7), day.AddDate(0, 0, 1-day.Day())
			byStart["day"][p.From] += p.Count
			byStart["week"][latest(monday, first)] += p.Count
			byStart["month"][latest(month, first)] += p.Count
		}
		require.Len(t, days.Points, int(end.Sub(first).Hours()/24))
		for step, want := range byStart {
			var a seriesAnswer
			s.json(t, "/v1/series?step="+step+"&"+filter, &a)
			require.Equal(t, step, a.Step)
			require.Equal(t, days.Total, a.Total)
			got := map[string]int64{}
			for i, p := range a.Points {
				require.True(t, i == 0 || a.Points[i-1].From < p.From)
				got[p.From] = p.Count
			}
			require.Equal(t, want, got, "%s of %s", step, filter)
		}
	}
}

func latest(a, b time.Time) string {
	if a.Before(b) {
		a = b
	}
	return a.Format(time.DateOnly)
}

func TestBreakdownsByEveryDimensionAddUpToTheSeries(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, filter := range s.filters() {
		var series seriesAnswer
		s.json(t, "/v1/series?"+filter, &series)
		var placed breakdownAnswer
		s.json(t, "/v1/breakdown?by=county&"+filter, &placed)
		for _, by := range []string{"total", "category", "source", "channel", "status", "hour", "weekday", "county", "township", "village", "grid"} {
			var b breakdownAnswer
			s.json(t, "/v1/breakdown?by="+by+"&"+filter, &b)
			require.Equal(t, by, b.By)
			var sum int64
			for i, g := range b.Groups {
				require.True(t, i == 0 || b.Groups[i-1].Count >= g.Count, "%s of %s is not descending", by, filter)
				require.Positive(t, g.Count)
				require.True(t, by == "total" || g.Zh != "" && g.En != "", "%s of %s has no name", g.Key, by)
				sum += g.Count
			}
			require.Equal(t, sum, b.Total)
			switch by {
			case "village", "grid": // some records name a township only
				require.LessOrEqual(t, b.Total, placed.Total, "%s of %s", by, filter)
			case "township", "county": // some name no place at all
				require.Equal(t, placed.Total, b.Total, "%s of %s", by, filter)
				require.LessOrEqual(t, b.Total, series.Total)
			default:
				require.Equal(t, series.Total, b.Total, "%s of %s", by, filter)
			}
		}
	}
	var all breakdownAnswer
	s.json(t, "/v1/breakdown?by=county&from=2025-01-01&to=2026-01-01", &all)
	require.Equal(t, s.Store.Current().Catalogue.Placed, all.Total)
}

func TestOneHexagonIsCountedAlikeEverywhere(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for _, res := range []int{5, 7, 9, 10} {
		cells := s.Store.Current().Cells(res)
		cell := cells[len(cells)/2]
		var n int64
		low, high := cell.ChildRange(10)
		require.NoError(t, s.DB.Row(t.Context(), fmt.Sprintf(`SELECT toInt64(count()) FROM incidents FINAL
WHERE cell BETWEEN %d AND %d AND toYear(toDate(occurred_at, 'Asia/Shanghai')) = 2025`, uint64(low), uint64(high)), []any{&n}))
		require.Positive(t, n)
		var series seriesAnswer
		s.json(t, "/v1/series"+year+"&cell="+cell.String(), &series)
		require.Equal(t, n, series.Total)
		for _, by := range []string{"category", "hour", "township"} {
			var b breakdownAnswer
			s.json(t, "/v1/breakdown"+year+"&by="+by+"&cell="+cell.String(), &b)
			if by == "township" {
				require.LessOrEqual(t, b.Total, n)
				continue
			}
			require.Equal(t, n, b.Total, by)
		}
	}
}

func TestFreshnessIsWhatWasTakenIn(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var f struct {
		DataVersion        uint64 `json:"data_version"`
		Incidents, Located int64
		Unlocated          int64
		FirstDay           string `json:"first_day"`
		LastDay            string `json:"last_day"`
		Today              string
		TimeZone           string     `json:"time_zone"`
		BBox               [4]float64 `json:"bbox"`
		Sources            []struct {
			Source    string
			Incidents int64
		}
	}
	s.json(t, "/v1/freshness", &f)
	require.Equal(t, s.Made.Records, f.Incidents)
	require.Equal(t, f.Incidents, f.Located+f.Unlocated)
	require.Equal(t, "2025-01-01", f.FirstDay)
	require.Equal(t, "2025-12-31", f.LastDay)
	require.Equal(t, "2026-01-01", f.Today)
	require.Equal(t, "Asia/Shanghai", f.TimeZone)
	require.Equal(t, s.Store.Current().Version, f.DataVersion)
	require.Less(t, f.BBox[0], f.BBox[2])
	require.Less(t, f.BBox[1], f.BBox[3])
	sources := map[string]int64{}
	for _, source := range f.Sources {
		sources[source.Source] = source.Incidents
	}
	for _, file := range s.Made.Incidents {
		require.Equal(t, file.Records, sources[file.Source], file.Source)
	}
}

type areasAnswer struct {
	Areas []struct {
		Code, Name, Level, Parent string
		Population                uint32
		BBox                      [4]float64
		Center                    [2]float64
		Path                      []struct{ Code, Name, Level string }
	}
}

func TestAreasAreFoundByLevelParentAndText(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for level, n := range map[string]int{"county": 1, "township": 9, "village": 157, "grid": 609} {
		var a areasAnswer
		s.json(t, "/v1/areas?level="+level, &a)
		require.Len(t, a.Areas, n)
		for _, one := range a.Areas {
			require.Equal(t, level, one.Level)
			require.True(t, one.BBox[0] <= one.Center[0] && one.Center[0] <= one.BBox[2], "%s", one.Code)
			require.True(t, one.BBox[1] <= one.Center[1] && one.Center[1] <= one.BBox[3], "%s", one.Code)
		}
	}
	var townships areasAnswer
	s.json(t, "/v1/areas?level=township", &townships)
	inside := 0
	for _, township := range townships.Areas {
		var villages, grids areasAnswer
		s.json(t, "/v1/areas?parent="+township.Code, &villages)
		for _, v := range villages.Areas {
			require.Equal(t, township.Code, v.Parent)
		}
		s.json(t, "/v1/areas?level=grid&parent="+township.Code, &grids)
		inside += len(grids.Areas)

		var found areasAnswer
		s.json(t, "/v1/areas?q="+url.QueryEscape(strings.ToUpper(township.Name)), &found)
		require.NotEmpty(t, found.Areas, township.Name)
		require.Equal(t, township.Code, found.Areas[0].Code, "who types a township's name means the township")
		require.Len(t, found.Areas[0].Path, 2)
		s.json(t, "/v1/areas?q="+township.Code, &found)
		require.Equal(t, township.Code, found.Areas[0].Code)
	}
	require.Equal(t, 609, inside, "every grid is in one township")
	var nothing areasAnswer
	s.json(t, "/v1/areas?q="+url.QueryEscape("这里没有"), &nothing)
	require.Empty(t, nothing.Areas)

	var one struct {
		Path     []struct{ Code, Level string }
		Geometry struct {
			Type        string
			Coordinates any
		}
	}
	var grids areasAnswer
	s.json(t, "/v1/areas?level=grid", &grids)
	s.json(t, "/v1/areas/"+grids.Areas[100].Code+"?geometry=1", &one)
	require.Equal(t, "MultiPolygon", one.Geometry.Type)
	require.Len(t, one.Path, 4)
	require.Equal(t, "county", one.Path[0].Level)
	require.Equal(t, grids.Areas[100].Code, one.Path[3].Code)
}

func TestDictionariesNameEveryCodeInUse(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var d map[string][]struct{ Code, Zh, En string }
	s.json(t, "/v1/dictionaries", &d)
	for by, list := range map[string]string{"category": "categories", "source": "sources", "channel": "channels", "status": "statuses"} {
		known := map[string]bool{}
		for _, e := range d[list] {
			require.NotEmpty(t, e.Zh, "%s %s", list, e.Code)
			require.NotEmpty(t, e.En, "%s %s", list, e.Code)
			known[e.Code] = true
		}
		var b breakdownAnswer
		s.json(t, "/v1/breakdown"+year+"&by="+by, &b)
		require.NotEmpty(t, b.Groups)
		for _, g := range b.Groups {
			require.True(t, known[g.Key], "%s %s", by, g.Key)
		}
	}
	require.NotEmpty(t, d["measures"])
	for _, m := range d["measures"] {
		a := s.get(t, s.middle("township", 8)+year+"&measure="+m.Code)
		require.Equal(t, http.StatusOK, a.Status, m.Code)
	}
}
