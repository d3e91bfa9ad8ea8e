package roster_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/schemas"
	"reli/schemas/roster"
)

const owners = `区划编码,类型,责任岗位,开始日期,结束日期
990101000000,包县,市委政法委副书记,2025-01-01,
990101100000,包乡,县委副书记,2025-01-01,2025-06-30
990101100000,包乡,县委统战部部长,2025-07-01,
990101100001,包村,镇综治中心主任,2025-01-01,
990101100000,包案,县信访局局长,2025-03-01,2025-03-31
`

// Who answers is who the dated table says, on the first and last day too.
func TestF58OwnersAreThoseOfTheDatedTable(t *testing.T) {
	r, err := roster.Parse([]byte("\ufeff"+owners), nil)
	require.NoError(t, err)
	village := []string{"990101100001", "990101100000", "990101000000"}
	for day, want := range map[string]string{
		"2024-12-31": "",
		"2025-01-01": "镇综治中心主任 县委副书记 市委政法委副书记",
		"2025-03-31": "镇综治中心主任 县委副书记 县信访局局长 市委政法委副书记",
		"2025-06-30": "镇综治中心主任 县委副书记 市委政法委副书记",
		"2025-07-01": "镇综治中心主任 县委统战部部长 市委政法委副书记",
		"2031-01-01": "镇综治中心主任 县委统战部部长 市委政法委副书记",
	} {
		var posts []string
		for _, o := range r.Owners(village, day) {
			posts = append(posts, o.Post)
		}
		require.ElementsMatch(t, strings.Fields(want), posts, day)
	}
	require.Equal(t, "包村", r.Owners(village, "2025-01-01")[0].Kind, "the area's own first")
	require.Empty(t, r.Owners([]string{"990101200000"}, "2025-01-01"))
}

func TestStaffIsThatOfTheDay(t *testing.T) {
	r, err := roster.Parse(nil, []byte("area,staff,from,to\ng1,2,2025-01-01,2025-05-31\ng1,3,2025-06-01,\ng2,1,2025-01-01,\n"))
	require.NoError(t, err)
	require.Equal(t, map[string]int{"g1": 2, "g2": 1}, r.StaffOn("2025-05-31"))
	require.Equal(t, map[string]int{"g1": 3, "g2": 1}, r.StaffOn("2025-06-01"))
	require.Empty(t, r.StaffOn("2024-12-31"))
	require.NotNil(t, r.StaffOn("2024-12-31"), "none on that day is another thing than no table")
}

func TestNoTableIsAnEmptyRoster(t *testing.T) {
	for _, r := range []*roster.Roster{nil, parsed(t)} {
		require.Empty(t, r.Owners([]string{"a"}, "2025-01-01"))
		require.Nil(t, r.StaffOn("2025-01-01"))
	}
}

func parsed(t testing.TB) *roster.Roster {
	t.Helper()
	r, err := roster.Parse(nil, nil)
	require.NoError(t, err)
	return r
}

func TestWrongTablesAreRefusedWithThePlace(t *testing.T) {
	for _, c := range []struct{ file, text, at, why string }{
		{roster.OwnersFile, "", "line 1, column 1", "column names"},
		{roster.OwnersFile, "area,kind,from\na,包乡,2025-01-01\n", "line 1, column 1", "post"},
		{roster.OwnersFile, "area,kind,post,from,phone\n", "line 1, column 21", "phone"},
		{roster.OwnersFile, "area,kind,post,from\na,包乡,,2025-01-01\n", "line 2, column 10", "empty"},
		{roster.OwnersFile, "area,kind,post,from\na,包乡,书记,2025-1-1\n", "line 2, column 17", "no day"},
		{roster.OwnersFile, "area,kind,post,from,to\na,包乡,书记,2025-02-01,2025-01-01\n", "line 2, column 28", "before"},
		{roster.OwnersFile, "area,kind,post,from\na,包乡,书记 13800138000,2025-01-01\n", "line 2, column 10", "telephone"},
		{roster.OwnersFile, "area,kind,post,from\na,包乡,书记,2025-01-01\na,包乡,主任,2025-05-01\n", "line 3, column 17", "same days"},
		{roster.OwnersFile, "area,kind,post,from\na,包乡\n", "line 2, column 1", "fields"},
		{roster.OwnersFile, "area,kind,post,from\n\"a,包乡\n", "line 2, column 11", "\""},
		{roster.OwnersFile, "area,kind,post,from\na,包乡,\xff,2025-01-01\n", "line 1, column 1", "UTF-8"},
		{roster.OwnersFile, "area,kind,post,from\na,包乡," + strings.Repeat("书", 81) + ",2025-01-01\n", "line 2, column 10", "80"},
		{roster.StaffFile, "area,staff,from\na,two,2025-01-01\n", "line 2, column 3", "two"},
		{roster.StaffFile, "area,staff,from\na,-1,2025-01-01\n", "line 2, column 3", "-1"},
		{roster.StaffFile, "area,staff,from\na,1,2025-01-01\na,1,2026-01-01\n", "line 3, column 5", "same days"},
	} {
		owners, staff := []byte(c.text), []byte(nil)
		if c.file == roster.StaffFile {
			owners, staff = nil, owners
		}
		_, err := roster.Parse(owners, staff)
		var wrong *schemas.FileError
		require.True(t, errors.As(err, &wrong), "%q: %v", c.text, err)
		require.Equal(t, [2]string{c.file, c.at}, [2]string{wrong.File, wrong.At}, "%q: %v", c.text, err)
		require.Contains(t, wrong.Why, c.why, "%q", c.text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(owners, "area,staff,from\na,1,2025-01-01\n")
	f.Add("\"", "\n\n")
	f.Fuzz(func(t *testing.T, owners, staff string) {
		r, err := roster.Parse([]byte(owners), []byte(staff))
		if err != nil {
			var wrong *schemas.FileError
			require.True(t, errors.As(err, &wrong), err.Error())
			return
		}
		for _, o := range r.Owners([]string{"990101100000"}, "2025-01-01") {
			require.LessOrEqual(t, o.From, "2025-01-01")
		}
	})
}
