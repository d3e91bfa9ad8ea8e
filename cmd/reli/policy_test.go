package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"reli/analytics/level"
	"reli/schemas"
)

// policyRun runs a policy command that needs no data.
func policyRun(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"policy"}, args...), func(string) string { return "" }, nil, &out, &errs)
	return code, out.String(), errs.String()
}

func policyFile(t *testing.T, replace ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.NewReplacer(replace...).Replace(string(schemas.DefaultPolicy()))), 0o600))
	return path
}

func TestPolicyCheckTellsFaultsWithTheirPlace(t *testing.T) {
	code, out, _ := policyRun(t, "check")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "holds together")
	bad := policyFile(t, "needs: [overdue]", "needs: [critical_late]")
	code, out, _ = policyRun(t, "check", bad)
	require.Equal(t, exitUsage, code)
	require.Regexp(t, `^`+bad+`:[0-9]+:[0-9]+ rules\[12\]\.needs\[0\]: .*\(cycle\)\n$`, out)
	code, _, errs := policyRun(t, "check", filepath.Join(t.TempDir(), "none.yaml"))
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "policy:")
}

func TestPolicyDiffListsWhatDiffers(t *testing.T) {
	other := policyFile(t, "at: 70", "at: 75")
	code, out, _ := policyRun(t, "diff", "default", other)
	require.Equal(t, exitOK, code)
	require.Equal(t, "levels.red.at: \"70\" → \"75\"\n", out)
	code, out, _ = policyRun(t, "diff", "--json", other, other)
	require.Equal(t, exitOK, code)
	var edits []level.Edit
	require.NoError(t, json.Unmarshal([]byte(out), &edits))
	require.Empty(t, edits)
}

func TestWebhookSettingsAreNotPrinted(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, printConfig(&out, Config{Webhooks: "a=http://h/?token=hush", WebhookSecret: "hush hush hush hush"}))
	require.NotContains(t, out.String(), "hush")
}
