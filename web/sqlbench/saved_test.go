package sqlbench_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/test/county"
	"reli/web/access"
	"reli/web/sqlbench"
)

func TestSavedQueriesAreOnesOwnOrShared(t *testing.T) {
	b := newBench(t, county.Empty(t, "Asia/Shanghai"))
	mine := access.Principal{ID: "me", Role: access.RoleAnalyst}
	other := access.Principal{ID: "other", Role: access.RoleAdministrator}
	ctx := t.Context()
	made, err := b.Save(ctx, mine, sqlbench.Saved{Name: "按乡镇", Note: "it's", SQL: "SELECT {day:Date}", Parameters: map[string]any{"day": "2025-01-01", "n": json.Number("18446744073709551615")},
		Template: sqlbench.Template{Title: "表", Labels: map[string]string{"a": "甲"}, Chart: &sqlbench.Chart{Kind: "bar", X: "a", Y: []string{"b"}}}})
	require.NoError(t, err)
	require.NotEmpty(t, made.ID)

	got, err := b.Get(ctx, mine, made.ID)
	require.NoError(t, err)
	require.True(t, got.Own)
	got.MadeAt = made.MadeAt // kept in milliseconds
	require.Equal(t, made, got)
	_, err = b.Get(ctx, other, made.ID)
	requireCode(t, err, schemas.CodeNotFound)
	list, err := b.List(ctx, other)
	require.NoError(t, err)
	require.Empty(t, list)

	made.Shared, made.Name = true, "共享"
	_, err = b.Save(ctx, mine, made)
	require.NoError(t, err)
	list, err = b.List(ctx, other)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "共享", list[0].Name)
	require.False(t, list[0].Own)
	_, err = b.Save(ctx, other, list[0])
	requireCode(t, err, schemas.CodeNotFound)
	requireCode(t, b.Remove(ctx, other, made.ID), schemas.CodeNotFound)

	require.NoError(t, b.Remove(ctx, mine, made.ID))
	_, err = b.Get(ctx, mine, made.ID)
	requireCode(t, err, schemas.CodeNotFound)
	requireCode(t, b.Remove(ctx, mine, made.ID), schemas.CodeNotFound)

	for _, bad := range []sqlbench.Saved{
		{SQL: "SELECT 1"}, {Name: "x"}, {Name: strings.Repeat("长", 121), SQL: "SELECT 1"}, {Name: "x", SQL: strings.Repeat("x", 64<<10+1)},
		{Name: "x", SQL: "SELECT 1", Template: sqlbench.Template{Chart: &sqlbench.Chart{Kind: "3d", X: "a", Y: []string{"b"}}}},
	} {
		_, err := b.Save(ctx, mine, bad)
		requireCode(t, err, schemas.CodeBadParameter)
	}
}

func TestTheHistoryHasOnesOwnRuns(t *testing.T) {
	c := county.Empty(t, "Asia/Shanghai")
	c.Now = time.Now // the store forgets runs by its own clock
	b := newBench(t, c)
	me := analyst(cube.Scope{})
	_, err := ask(t, b, me, "SELECT number FROM numbers({n:UInt8})", map[string]any{"n": json.Number("7")})
	require.NoError(t, err)
	_, err = ask(t, b, me, "SELECT hostName()", nil)
	require.Error(t, err)
	runs, err := b.History(t.Context(), me)
	require.NoError(t, err)
	require.Len(t, runs, 2)
	require.Equal(t, schemas.CodeSQLFunction, runs[0].Code)
	require.Empty(t, runs[1].Code)
	require.EqualValues(t, 7, runs[1].Rows)
	require.Equal(t, map[string]any{"n": json.Number("7")}, runs[1].Parameters)
	others, err := b.History(t.Context(), access.Principal{ID: "other", Role: access.RoleAnalyst})
	require.NoError(t, err)
	require.Empty(t, others)
}
