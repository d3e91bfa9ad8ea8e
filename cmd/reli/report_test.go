package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAReportIsTheSameFromTheCommandAndThroughTheServer(t *testing.T) {
	needEngine(t)
	dir := t.TempDir()
	mustReli(t, "demo", "--data", dir, "--end", demoEnd)
	require.Contains(t, mustReli(t, "report"), "situation")
	form := []string{"report", "situation", "--data", dir, "--period", "2025-10", "--format", "csv", "--table", "situation"}
	alone := mustReli(t, form...)
	require.Contains(t, alone, "项目,县市区,乡镇街道,村居,小计,年度累计")

	for name, args := range map[string][]string{
		"no such report": {"report", "gossip", "--data", dir, "--format", "csv"},
		"no such format": {"report", "situation", "--data", dir, "--format", "doc"},
		"no such period": {"report", "situation", "--data", dir, "--format", "csv", "--period", "2025-13"},
		"no such area":   {"report", "situation", "--data", dir, "--format", "csv", "--area", "nowhere"},
		"bad rates":      {"report", "situation", "--data", dir, "--format", "csv", "--petition-rates", "high"},
	} {
		_, errs, code := reli(t, args...)
		require.NotEqual(t, exitOK, code, "%s: %s", name, errs)
	}

	serve(t, dir)
	require.Equal(t, alone, mustReli(t, form...))
	file := filepath.Join(t.TempDir(), "form.xlsx")
	mustReli(t, "report", "situation", "--data", dir, "--period", "2025-10", "-o", file)
	body, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "PK", string(body[:2]))
	_, _, code := reli(t, "report", "situation", "--data", dir, "--period", "2025-13", "-o", file+".csv")
	require.Equal(t, exitUsage, code)
	require.NoFileExists(t, file+".csv")
}
