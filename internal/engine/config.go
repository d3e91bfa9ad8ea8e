package engine

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Places inside the data directory.
const (
	storeFolder   = "clickhouse"        // the engine's own data path
	configFolder  = "clickhouse-config" // written anew at every start
	backupsFolder = "backups"           // the only place backups may go to or come from
	lockFile      = "engine.lock"
)

// serverSettings keep the engine small: it shares a machine of few cores with
// the rest of Reli. System logs have no section, so they are off.
const serverSettings = `    <log-level>warning</log-level>
    <logger><console>1</console><levels><executeQuery>none</executeQuery><ThreadStatus>none</ThreadStatus></levels></logger>
    <background_pool_size>2</background_pool_size>
    <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
    <background_move_pool_size>1</background_move_pool_size>
    <background_fetches_pool_size>1</background_fetches_pool_size>
    <background_common_pool_size>2</background_common_pool_size>
    <background_schedule_pool_size>4</background_schedule_pool_size>
    <merge_tree>
        <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
        <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
        <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    </merge_tree>
`

// grants are all the single user has: everything inside the engine, and none of
// the sources (file, url, remote …) that lead out of it.
var grants = []string{
	"SHOW", "SELECT", "INSERT", "ALTER", "CREATE", "DROP", "UNDROP TABLE", "TRUNCATE", "OPTIMIZE", "BACKUP",
	"KILL QUERY", "CHECK", "SYSTEM MERGES", "SYSTEM FLUSH", "SYSTEM DROP CACHE", "dictGet",
}

// writeConfig writes the engine's configuration and gives its path.
func writeConfig(dataDir string, memoryBytes uint64) (string, error) {
	folder := filepath.Join(dataDir, configFolder)
	backups := filepath.Join(dataDir, backupsFolder)
	for _, each := range []string{folder, backups} {
		if err := os.MkdirAll(each, 0o700); err != nil {
			return "", err
		}
	}
	var server strings.Builder
	server.WriteString("<clickhouse>\n" + serverSettings)
	if memoryBytes > 0 {
		server.WriteString("    <max_server_memory_usage>" + strconv.FormatUint(memoryBytes, 10) + "</max_server_memory_usage>\n")
	}
	server.WriteString("    <backups><allowed_path>" + escapeXML(backups) + "</allowed_path></backups>\n" +
		"    <users_config>" + escapeXML(filepath.Join(folder, "users.xml")) + "</users_config>\n</clickhouse>\n")
	var users strings.Builder
	users.WriteString("<clickhouse>\n    <profiles><default></default></profiles>\n    <quotas><default></default></quotas>\n" +
		"    <users><default>\n        <password></password><networks><ip>::/0</ip></networks>\n" +
		"        <profile>default</profile><quota>default</quota>\n        <grants>\n")
	for _, grant := range grants {
		users.WriteString("            <query>GRANT " + grant + " ON *.*</query>\n")
	}
	users.WriteString("        </grants>\n    </default></users>\n</clickhouse>\n")
	path := filepath.Join(folder, "config.xml")
	if err := os.WriteFile(filepath.Join(folder, "users.xml"), []byte(users.String()), 0o600); err != nil {
		return "", fmt.Errorf("write the engine's users: %w", err)
	}
	if err := os.WriteFile(path, []byte(server.String()), 0o600); err != nil {
		return "", fmt.Errorf("write the engine's configuration: %w", err)
	}
	return path, nil
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
