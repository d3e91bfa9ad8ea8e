package clickhouse

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplitStatements(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                nil,
		"  \n\n;\n":                       nil,
		"-- only a comment;\n":            nil,
		"SELECT 1":                        {"SELECT 1"},
		"SELECT 1;":                       {"SELECT 1"},
		"SELECT 1;\nSELECT 2;\n":          {"SELECT 1", "SELECT 2"},
		"SELECT 1;  \t\nSELECT 2":         {"SELECT 1", "SELECT 2"},
		"SELECT ';' AS a,\n 2;\n":         {"SELECT ';' AS a,\n 2"},
		"SELECT 1,\n  -- two; \n 2;\n":    {"SELECT 1,\n 2"},
		"SELECT 1;\r\nSELECT 2;\r\n":      {"SELECT 1", "SELECT 2"},
		"SELECT 1\n;\n\nSELECT 2\n\n;":    {"SELECT 1\n", "SELECT 2\n\n"},
		"SELECT 'a--b'; -- tail\nFROM x;": {"SELECT 'a--b'; -- tail\nFROM x"},
	} {
		require.Equal(t, want, splitStatements(text), "%q", text)
	}
}
