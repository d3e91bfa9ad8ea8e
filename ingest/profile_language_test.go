package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/schemas"
)

func TestHeadersDrift(t *testing.T) {
	b := newBinding([]string{"at", "id"}, map[string]names{"at": {"受理时间", "村(社区)"}, "id": {"ID", "工单编号"}})
	f := func(header string, field int) {
		t.Helper()
		require.Equal(t, field, b.column(header).field, header)
	}
	f("受理时间", 0)
	f(" 受理 时间：", 0)
	f("*受理时间", 0)
	f("受理\n时间", 0)
	f("受理时间（年月日）", 0)
	f("受理时间【必填】", 0)
	f("村（社区）", 0)
	f("ｉｄ", 1)
	f("受理时间2", -1)
	f("(受理时间)", -1)
	_, err := b.columns([]string{"受理时间(开始)", "受理时间(结束)"})
	requireProblem(t, err, schemas.CodeBadInput)
}

func TestAffixes(t *testing.T) {
	f := func(s, want string, cuts ...string) {
		t.Helper()
		var all []affix
		for _, c := range cuts {
			a, err := newAffix(c)
			require.NoError(t, err)
			all = append(all, a)
		}
		require.Equal(t, want, stripped(s, all))
	}
	f("所属区域: 永安镇", "永安镇", "所属区域:")
	f("【督办】物业类", "物业", "【…】", "…类")
	f("【督办", "【督办", "【…】")
	f("纠纷", "纠纷", "…纠纷")
	f("SH12345", "12345", "12345", "SH")
	f("12345SH1", "1", "12345", "SH")
	for _, bad := range []string{"", "…", "a…", "a…b…c"} {
		_, err := newAffix(bad)
		require.Error(t, err, bad)
	}
}

func TestNumbersWithUnits(t *testing.T) {
	people := measure{factor: 1, units: peopleUnits()}
	f := func(m measure, s string, want float64) {
		t.Helper()
		got, ok := m.read(s)
		require.Equal(t, want >= 0, ok, s)
		require.InDelta(t, max(want, 0), got, 1e-6, s)
	}
	f(people, "3", 3)
	f(people, "1,200人", 1200)
	f(people, "1.5万人", 15000)
	f(people, "约30余人", 30)
	f(measure{factor: 1e4, units: peopleUnits()}, "1.5", 15000)
	f(measure{factor: 1e4, units: peopleUnits()}, "30人", 30)
	f(people, "3,5", -1)
	f(people, "-3", -1)
	f(people, "3户", -1)
	f(people, "人", -1)
	f(measure{factor: 3600, units: timeUnits()}, "2天", 172800)
}

const valuesProfile = `name: test
record: incident
source: test
times: ["2006-01-02", "2006-01-02 15:04"]
columns: {source_id: id, reported_at: at, due_at: due, closed_at: closed, category: class, urgency: how, handling_unit: unit, state: state}
units: {due_at: 小时}
category_map: {测试: refuse, 邻居: neighbour, "*": business}
values:
  urgency: {作废: refuse, 快: "3", "": "1", "*": "2"}
  handling_unit: {城管局: 城市管理局, 城管: 城市管理局, 某单位: refuse}
  state: {完: resolved, 未: ""}
`

func TestValuesMapManyToOneAndRefuse(t *testing.T) {
	p, err := ParseProfile([]byte(valuesProfile))
	require.NoError(t, err)
	store, rep := taken(t, p, "a.csv", `id,at,due,closed,class,how,unit,state
1,2024-01-01 09:00,48,2024-01-01,邻居,快,城管局,完
2,2024-01-01,3天,,闲事,慢,城管,未
3,2024-01-01,2024-01-05,,测试,作废,某单位,x
`)
	one, two := store.incidents[[2]string{"test", "1"}], store.incidents[[2]string{"test", "2"}]
	require.Equal(t, "neighbour 3 城市管理局", strings.Join([]string{one.Category, string('0' + byte(one.Urgency)), one.HandlingUnit}, " "))
	require.Equal(t, 48*time.Hour, one.DueAt.Sub(one.ReportedAt))
	require.Equal(t, one.OccurredAt, one.ClosedAt, "closed on the day it came in")
	require.Equal(t, "business 2 城市管理局", strings.Join([]string{two.Category, string('0' + byte(two.Urgency)), two.HandlingUnit}, " "))
	require.Equal(t, 72*time.Hour, two.DueAt.Sub(two.ReportedAt))
	require.Equal(t, schemas.StateRegistered, two.State)
	codes := map[string]string{}
	for _, e := range rep.Errors {
		codes[e.Field] = e.Code
	}
	require.Equal(t, map[string]string{"category": FaultRefused, "urgency": FaultRefused, "handling_unit": FaultRefused, "state": FaultUnknown}, codes)
}

// The example in the guide is a profile.
func TestTheGuidesExampleWorks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "ingest.md"))
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "```")
	p, err := ParseProfile([]byte(block))
	require.NoError(t, err)
	require.Equal(t, "jixian-12345", p.Name())
	for _, name := range BuiltinProfiles() {
		require.Contains(t, string(text), "`"+name+"`")
	}
}

func TestAProfileExtendsAnother(t *testing.T) {
	p, err := ParseProfile([]byte(`name: own
extends: "12345"
crs: BD09
times: ["02.01.2006"]
columns: {source_id: 案号, category: 办理状态}
category_map: {物业管理: housing, 办理中: contract}
values: {urgency: {普通: "2"}}
`))
	require.NoError(t, err)
	store, rep := taken(t, p, "a.csv", "案号,工单编号,受理时间,办理状态,紧急程度,X坐标,Y坐标\n一,SH2,05.03.2024,办理中,普通,131.1,46.7\n二,3,2024年3月5日,物业管理,加急,,\n")
	require.Empty(t, rep.Errors)
	one, two := store.incidents[[2]string{"12345", "一"}], store.incidents[[2]string{"12345", "二"}]
	require.Equal(t, "contract", one.Category)
	require.Equal(t, schemas.Urgency(2), one.Urgency)
	require.NotZero(t, one.Cell)
	require.Equal(t, "housing", two.Category)
	require.Equal(t, one.ReportedAt, two.ReportedAt)
	require.Equal(t, schemas.StateRegistered, two.State, "its header feeds another field now")
}
