package tip_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/analytics/level"
	"reli/analytics/tip"
	"reli/geo/area"
	"reli/schemas"
)

func TestEveryRiseHasOneTipAndEveryTipItsNumber(t *testing.T) {
	o := newOffice(t)
	made := o.issue(t)
	require.NotEmpty(t, made)
	rises := 0
	for _, e := range o.levels.Board().Entries {
		if e.Level > e.Was {
			rises++
		}
	}
	byCause := map[string]int{}
	for i, m := range made {
		byCause[m.Cause]++
		require.Equal(t, i+1, m.Number)
		require.Equal(t, fmt.Sprintf("2026-%d", i+1), m.ID)
		require.Equal(t, fmt.Sprintf("〔2026〕%d号", i+1), m.Label())
		require.NotEmpty(t, m.Body.Zh, "addressed")
		require.NotEmpty(t, m.TextZh)
		require.NotEmpty(t, m.TextEn)
		require.NotEmpty(t, m.Policy, "each with the version of the rules")
		require.NotEmpty(t, m.Area)
		require.Greater(t, m.AnswerBy, m.Day)
	}
	require.Equal(t, rises, byCause[tip.CauseLevel])
	require.Positive(t, byCause[tip.CauseDeadline])

	require.Empty(t, o.issue(t), "nothing is tipped twice")
	o.start(t)
	require.Empty(t, o.issue(t), "nor after a restart")

	listed, err := o.tips.List(t.Context(), 0, 0)
	require.NoError(t, err)
	require.Len(t, listed, len(made))
	require.Equal(t, made[len(made)-1].ID, listed[0].ID, "the newest first")
	none, err := o.tips.List(t.Context(), 0, o.store.Today())
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestALevelSetByHandIsTippedAndAFallIsNot(t *testing.T) {
	o := newOffice(t)
	o.issue(t)
	var quiet string
	for _, a := range o.store.Current().Catalogue.Tree.AtLevel(area.Village) {
		if o.levels.Board().Level(a.Code) == level.None {
			quiet = a.Code
		}
	}
	set := func(l level.Level) []tip.Tip {
		o.at = o.at.Add(time.Minute)
		_, err := o.levels.SetOverride(t.Context(), quiet, l, "重点时段", "admin", o.at.Add(100*time.Hour))
		require.NoError(t, err)
		return o.issue(t)
	}
	made := set(level.Orange)
	require.Len(t, made, 1)
	require.Equal(t, level.Orange, made[0].Level)
	require.Contains(t, made[0].TextZh, "重点时段")
	require.Contains(t, made[0].Body.Zh, "牵头")
	require.Empty(t, set(level.Blue), "a fall calls for nobody")
	require.Len(t, set(level.Yellow), 1, "a rise after it does")

	o.at = o.at.AddDate(1, 0, 0)
	o.start(t)
	made = o.issue(t)
	for _, m := range made {
		require.Equal(t, 2027, m.Year)
	}
}

// F32: 21 areas put at a level are 21 tips, each with the version of the rules,
// its area and the next number, and no more when asked again.
func TestF32TwentyOneTipsAreTwentyOne(t *testing.T) {
	o := newOffice(t)
	before := len(o.issue(t))
	tipped := map[string]bool{}
	for _, a := range o.store.Current().Catalogue.Tree.AtLevel(area.Village) {
		if len(tipped) < 21 && o.levels.Board().Level(a.Code) == level.None {
			o.at = o.at.Add(time.Minute)
			_, err := o.levels.SetOverride(t.Context(), a.Code, level.Blue, "重点时段", "admin", o.at.Add(100*time.Hour))
			require.NoError(t, err)
			tipped[a.Code] = true
		}
	}
	require.Len(t, tipped, 21)
	made := o.issue(t)
	require.Len(t, made, 21)
	for i, m := range made {
		require.Equal(t, before+i+1, m.Number)
		require.NotEmpty(t, m.Policy)
		require.True(t, tipped[m.Area])
		delete(tipped, m.Area)
	}
	require.Empty(t, tipped)
	require.Empty(t, o.issue(t))
	listed, err := o.tips.List(t.Context(), 0, 0)
	require.NoError(t, err)
	require.Len(t, listed, before+21)
}

func TestTheFirstAcknowledgementCounts(t *testing.T) {
	o := newOffice(t)
	id := o.issue(t)[0].ID
	acked, err := o.tips.Ack(t.Context(), id, "镇综治中心", "已派员核实")
	require.NoError(t, err)
	require.True(t, acked.Acked())
	o.at = o.at.Add(time.Hour)
	again, err := o.tips.Ack(t.Context(), id, "另一人", "")
	require.NoError(t, err)
	require.Equal(t, acked.AckedAt.UTC(), again.AckedAt.UTC())
	require.Equal(t, "镇综治中心", again.AckedBy)
	require.Equal(t, "已派员核实", again.Note)
	for _, bad := range []string{"2026-9999", "", "x' OR 1=1"} {
		_, err = o.tips.Ack(t.Context(), bad, "a", "")
		p, ok := schemas.AsProblem(err)
		require.True(t, ok)
		require.Equal(t, 404, p.Status)
	}
	_, err = o.tips.Ack(t.Context(), id, "a", "联系 13912345678")
	require.Error(t, err)
}

func TestATipIsLateAfterItsDayAndStaysLate(t *testing.T) {
	zone := time.FixedZone("local", 8*3600)
	x := tip.Tip{AnswerBy: 100}
	require.False(t, x.Late(100, zone))
	require.True(t, x.Late(101, zone))
	x.AckedAt = cube.Day(100).Time().Add(15 * time.Hour) // 23:00 local
	require.False(t, x.Late(300, zone))
	x.AckedAt = cube.Day(100).Time().Add(17 * time.Hour) // 01:00 local of the next day
	require.True(t, x.Late(300, zone))
}

// TestOverdueMattersAreTippedAgainOnlyAfterAWhile lets days go by.
func TestOverdueMattersAreTippedAgainOnlyAfterAWhile(t *testing.T) {
	o := newOffice(t)
	last := map[string]cube.Day{}
	every := cube.Day(o.levels.Policy().Tips.Every)
	again := 0
	for range 9 {
		for _, m := range o.issue(t) {
			if m.Cause != tip.CauseDeadline {
				continue
			}
			if before, told := last[m.Area]; told {
				require.GreaterOrEqual(t, m.Day-before, every)
				again++
			}
			last[m.Area] = m.Day
		}
		o.at = o.at.AddDate(0, 0, 1)
		o.start(t)
	}
	require.Positive(t, again)
}

// TestSupervisionAgreesWithTheCube compares the list with the map's measure.
func TestSupervisionAgreesWithTheCube(t *testing.T) {
	o := newOffice(t)
	o.issue(t)
	list, err := o.tips.Supervision(t.Context(), func(tip.Matter) bool { return true })
	require.NoError(t, err)
	require.NotEmpty(t, list.Matters)
	sel := cube.Selection{From: list.Day - 500, To: list.AsOf, Measure: cube.MeasureOverdue} // overdue at 24:00 of the day before
	for _, tier := range []area.Level{area.Township, area.Village} {
		groups, _, err := o.store.Tallies(t.Context(), o.store.Current(), cube.Query{Selection: sel, By: cube.Dimension(tier.String())})
		require.NoError(t, err)
		want, got := map[string]int{}, map[string]int{}
		for _, g := range groups {
			if g.Overdue > 0 && g.Key != "" {
				want[g.Key] = int(g.Overdue)
			}
		}
		for _, p := range list.Places {
			if p.Tier == tier && p.Overdue > 0 {
				got[p.Area] = p.Overdue
			}
		}
		require.Equal(t, want, got)
	}
	urgent, failed, supervised := 0, 0, 0
	for _, m := range list.Matters {
		require.True(t, m.Urgent || m.Overdue || m.DueSoon || m.Failed, "%s", m.SourceID)
		for n, is := range map[*int]bool{&urgent: m.Urgent, &failed: m.Failed, &supervised: m.Supervised} {
			if is {
				*n++
			}
		}
	}
	require.Positive(t, urgent)
	require.Positive(t, failed)
	require.Positive(t, supervised)
	one := list.Places[0].Area
	part, err := o.tips.Supervision(t.Context(), func(m tip.Matter) bool { return strings.HasPrefix(m.Area, one[:9]) })
	require.NoError(t, err)
	require.Less(t, len(part.Matters), len(list.Matters))
}

func TestTheTipIsPrintedOnAPageOfItsOwn(t *testing.T) {
	zone := time.FixedZone("local", 8*3600)
	x := tip.Tip{ID: "2026-1", Year: 2026, Number: 1, Cause: tip.CauseLevel, Level: level.Red, Body: level.Body{Zh: "东县县级专班"},
		AnswerBy: 20455, MadeAt: time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), Policy: "2026.1"}
	var b strings.Builder
	require.NoError(t, tip.Print(&b, x, "东县 › <b>东镇</b>", "东县综治中心", "得分 29(规则:1,234 分,至 10:30)", zone))
	page := b.String()
	for _, want := range []string{"〔2026〕1号", "东县县级专班\uff1a", "Ⅰ 红色", "2026年1月1日", "东县 › &lt;b&gt;", "@page", "规则 2026.1",
		"得分 29\uff08规则\uff1a1,234 分\uff0c至 10:30\uff09"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, page, "http", "it asks for nothing")
	require.NotContains(t, page, "<script")
	style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
	sum := sha256.Sum256([]byte(style))
	require.Contains(t, tip.StyleHash(), base64.StdEncoding.EncodeToString(sum[:]))
}
