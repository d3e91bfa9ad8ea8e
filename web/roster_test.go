package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/geo/area"
	"reli/schemas/roster"
	"reli/test/county"
	"reli/web"
)

// F58: beside an area stands who answers for it on the day, as the table has
// it, with those of the areas above. F56: and its staff is in the indicators.
func TestF58OwnersStandBesideTheArea(t *testing.T) {
	c := county.Shared(t)
	tree := c.Store.Current().Catalogue.Tree
	village := tree.AtLevel(area.Village)[4]
	town := tree.Path(village.Code)[1]
	grids := tree.AtLevel(area.Grid)
	duties, err := roster.Parse([]byte("区划编码,类型,责任岗位,开始日期,结束日期\n"+
		town+",包乡,县委副书记,2025-01-01,2025-06-30\n"+town+",包乡,县委统战部部长,2025-07-01,\n"+village.Code+",包村,镇综治中心主任,2025-01-01,\n"),
		[]byte("网格编码,网格员数,起\n"+grids[0].Code+",2,2025-01-01\n"))
	require.NoError(t, err)
	log := &lockedText{}
	opt := options(c, log)
	opt.Roster = duties
	w := web.New(opt)
	s := serve(t, c, w, w.Handler(), log)

	var a struct {
		Owners []struct{ Kind, Post, Name, Area, From, To string }
	}
	s.json(t, "/v1/areas/"+village.Code+"?day=2025-06-30", &a)
	require.Len(t, a.Owners, 2)
	require.Equal(t, []string{"包村", "镇综治中心主任", village.Name}, []string{a.Owners[0].Kind, a.Owners[0].Post, a.Owners[0].Name})
	require.Equal(t, []string{"包乡", "县委副书记", "2025-06-30"}, []string{a.Owners[1].Kind, a.Owners[1].Post, a.Owners[1].To})
	s.json(t, "/v1/areas/"+village.Code+"?day=2025-07-01", &a)
	require.Equal(t, "县委统战部部长", a.Owners[1].Post)
	s.json(t, "/v1/areas/"+village.Code, &a)
	require.Equal(t, "县委统战部部长", a.Owners[1].Post, "today by default")
	require.Equal(t, http.StatusBadRequest, s.get(t, "/v1/areas/"+village.Code+"?day=yesterday").Status)

	var staffed indicatorsAnswer
	s.json(t, "/v1/indicators"+year+"&level=grid&indicator=staff_per_grid", &staffed)
	require.Equal(t, grids[0].Code, staffed.Areas[0].Code)
	require.Equal(t, 2.0, *staffed.Areas[0].Values[0].Value)
	require.Zero(t, staffed.Areas[1].Values[0].Numerator)
}
