package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"reli/test/county"
)

type indicatorsAnswer struct {
	Level      string
	Base       *struct{ From, To string }
	Indicators []struct {
		Code, Zh, En string
		Definition   string `json:"definition_zh"`
	}
	Areas []struct {
		Code, Name string
		Values     []struct {
			State                  string
			Value, Low, High       *float64
			Numerator, Denominator int64
			Change                 *struct{ Base, Percent, Points *float64 }
		}
	}
}

func TestIndicatorsComeWithTheirDefinitions(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var a indicatorsAnswer
	s.json(t, "/v1/indicators?from=2025-07-01&to=2026-01-01&compare=prev", &a)
	require.Equal(t, "township", a.Level)
	require.Len(t, a.Areas, 9)
	require.Equal(t, "2024-12-29", a.Base.From)
	for _, place := range a.Areas {
		require.Len(t, place.Values, len(a.Indicators))
		for i, v := range place.Values {
			require.NotEmpty(t, a.Indicators[i].Definition)
			if v.State == "ok" {
				require.NotNil(t, v.Value)
			} else {
				require.Nil(t, v.Value, a.Indicators[i].Code)
			}
			require.NotNil(t, v.Change)
			require.False(t, v.Change.Percent != nil && v.Change.Points != nil, "per cent and points never mix")
		}
	}
	var few indicatorsAnswer
	s.json(t, "/v1/indicators?from=2025-07-01&to=2026-01-01&level=grid&indicator=closing_rate,relapse_rate&limit=12", &few)
	require.Len(t, few.Areas, 12)
	require.Len(t, few.Indicators, 2)
	require.Nil(t, few.Base)
	require.Nil(t, few.Areas[0].Values[0].Change)
}

func TestLedgersCarryOver(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var a struct {
		From  string
		Areas []struct {
			Ledgers []struct {
				Kind   string
				Rounds []struct{ Opening, Registered, Closed, Closing int64 }
			}
		}
		Matters []struct {
			Matter string
			Days   int
		}
	}
	s.json(t, "/v1/ledgers?from=2025-04-01&to=2026-01-01&days=30", &a)
	require.Len(t, a.Areas, 1)
	require.Len(t, a.Areas[0].Ledgers, 3)
	for _, l := range a.Areas[0].Ledgers {
		require.Len(t, l.Rounds, 9)
		for i, r := range l.Rounds {
			require.Equal(t, r.Opening+r.Registered-r.Closed, r.Closing)
			if i > 0 {
				require.Equal(t, l.Rounds[i-1].Closing, r.Opening)
			}
		}
	}
	require.NotEmpty(t, a.Matters)
	s.json(t, "/v1/ledgers", &a)
	require.Equal(t, "2026-01-01", a.From, "without a window the base day is the first of this year")
}

func TestReportsInEveryFormat(t *testing.T) {
	s := newSite(t, county.Shared(t))
	var list struct {
		Slots   []struct{ Report, Cadence, State string }
		Formats []struct{ Code string }
	}
	s.json(t, "/v1/reports", &list)
	require.NotEmpty(t, list.Slots)
	require.Len(t, list.Formats, 5)

	const address = "/v1/reports/situation"
	page := s.get(t, address+".html?period=2025-11")
	require.Equal(t, http.StatusOK, page.Status)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Contains(t, page.Header.Get("Content-Security-Policy"), "style-src 'self' 'sha256-")
	require.NotContains(t, page.Header.Get("Content-Security-Policy"), "script")
	require.Contains(t, string(page.Body), "年度累计")
	again := s.get(t, address+".html?period=2025-10", "If-None-Match", s.get(t, address+".html?period=2025-10").Header.Get("ETag"))
	require.Contains(t, []int{http.StatusOK, http.StatusNotModified}, again.Status, "the minute in which it was made is on it")

	book := s.get(t, address+".xlsx?period=2025-11")
	require.Equal(t, http.StatusOK, book.Status)
	require.Contains(t, book.Header.Get("Content-Disposition"), "attachment")
	require.Contains(t, book.Header.Get("Content-Disposition"), "2025-11.xlsx")
	opened, err := excelize.OpenReader(bytes.NewReader(book.Body))
	require.NoError(t, err)
	require.NoError(t, opened.Close())

	require.True(t, strings.HasPrefix(string(s.get(t, address+".csv?period=2025-11").Body), "\ufeff"))
	reader, err := ipc.NewReader(bytes.NewReader(s.get(t, address+".arrow?period=2025-11").Body))
	require.NoError(t, err)
	reader.Release()
	var d struct {
		State  string
		Tables []struct{ Code string }
	}
	a := s.get(t, address+".json?period=2025-11")
	require.Equal(t, http.StatusOK, a.Status)
	require.NoError(t, json.Unmarshal(a.Body, &d))
	require.Equal(t, "current", d.State)
	require.Equal(t, "situation", d.Tables[0].Code)
	require.Equal(t, http.StatusOK, s.get(t, "/v1/reports/ranking.csv?period=2025-Q3&table=ranking").Status)
}

func TestBadQuestionsAboutFiguresNameTheParameter(t *testing.T) {
	s := newSite(t, county.Shared(t))
	for address, field := range map[string]string{
		"/v1/indicators?level=street": "level", "/v1/indicators?compare=yesterday": "compare", "/v1/indicators?indicator=joy": "indicator",
		"/v1/indicators?limit=0": "limit", "/v1/indicators?litigation_numerator=x": "litigation_numerator", "/v1/indicators?litigation_denominator=x": "litigation_denominator",
		"/v1/indicators?area=nowhere": "area", "/v1/indicators?nonsense=1": "nonsense",
		"/v1/ledgers?days=-1": "days", "/v1/ledgers?reports=x": "reports", "/v1/ledgers?limit=99999": "limit", "/v1/ledgers?level=hex": "level",
		"/v1/ledgers?from=1980-01-01&to=2026-01-01": "from", "/v1/reports?x=1": "x",
		"/v1/reports/overview.html?period=October": "period", "/v1/reports/ranking.html?period=2025-10": "period",
		"/v1/reports/overview.html?area=nowhere": "area", "/v1/reports/overview.csv?table=nowhere": "table",
		"/v1/reports/overview.csv?period=2025-10&period=2025-11": "period",
	} {
		a := s.get(t, address)
		require.Equal(t, http.StatusBadRequest, a.Status, "%s: %s", address, a.Body)
		var p problem
		require.NoError(t, json.Unmarshal(a.Body, &p))
		require.NotEmpty(t, p.Errors, address)
		require.Equal(t, field, p.Errors[0].Field, address)
	}
	for _, address := range []string{"/v1/reports/overview", "/v1/reports/overview.pdf", "/v1/reports/nothing.html", "/v1/reports/.html"} {
		requireProblem(t, s.get(t, address), http.StatusNotFound, "not_found")
	}
}
