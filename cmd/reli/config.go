package main

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"reli/analytics/cube"
	"reli/analytics/disclose"
	"reli/ingest/triage"
	"reli/schemas/calendar"
	"reli/schemas/deadlines"
	"reli/web"
	"reli/web/basemap"
)

// Config is all that can be set: defaults here < file < environment < flags.
type Config struct {
	ConfigFile      string        `name:"config-file" help:"YAML file with settings." placeholder:"FILE" env:"RELI_CONFIG_FILE"`
	Data            string        `help:"Data directory." default:"data" env:"RELI_DATA" type:"path"`
	Clickhouse      string        `help:"embedded, or http(s)://user:pass@host:8123/database." default:"embedded" env:"RELI_CLICKHOUSE"`
	Library         string        `help:"Path of libchdb; searched for when empty." env:"RELI_LIBRARY"`
	TimeZone        string        `help:"Zone of the local days." default:"Asia/Shanghai" env:"RELI_TIME_ZONE"`
	Calendar        string        `help:"File of holidays and special periods; that of mainland China when empty." env:"RELI_CALENDAR"`
	Deadlines       string        `help:"File of deadlines by source, category and urgency for records that bring no date; ours when empty, none for none." env:"RELI_DEADLINES"`
	Links           string        `help:"File of rules that say which reports of different sources are of one matter; ours when empty." env:"RELI_LINKS"`
	Roster          string        `help:"Folder with owners.csv and staff.csv: who answers for a place, and how many work in it (docs/levels.md); none when empty." env:"RELI_ROSTER"`
	Triage          string        `help:"Dictionary that the category and urgency of texts are derived with; ours when empty, none for none." env:"RELI_TRIAGE"`
	Tone            bool          `help:"Derive the tone of texts and tell it per township and month (docs/triage.md)." env:"RELI_TONE"`
	ToneLeast       uint64        `help:"Least reports of a township in a month whose tone is told, 10 or more." default:"10" env:"RELI_TONE_LEAST"`
	Listen          string        `help:"Address to serve on." default:"127.0.0.1:8080" env:"RELI_LISTEN"`
	TLSCert         string        `name:"tls-cert" help:"File of the certificate chain; read again when it changes." env:"RELI_TLS_CERT"`
	TLSKey          string        `name:"tls-key" help:"File of the certificate's key." env:"RELI_TLS_KEY"`
	TrustedProxies  string        `help:"Addresses and networks of proxies whose X-Forwarded-For and -Proto count, joined by commas." env:"RELI_TRUSTED_PROXIES"`
	CORSOrigins     string        `name:"cors-origins" help:"Origins of other sites whose pages may read the API, joined by commas." env:"RELI_CORS_ORIGINS"`
	AdminListen     string        `help:"Address of /metrics; off when empty." env:"RELI_ADMIN_LISTEN"`
	OIDC            string        `name:"oidc" help:"YAML file of the identity provider (docs/access.md)." env:"RELI_OIDC"`
	SessionIdle     time.Duration `help:"A session ends after so long without a request." default:"1h" env:"RELI_SESSION_IDLE"`
	SessionLifetime time.Duration `help:"A session ends so long after the sign-in." default:"12h" env:"RELI_SESSION_LIFETIME"`
	ResidentBytes   int64         `help:"Bound on the cube in memory; a larger one stays in ClickHouse." default:"1073741824" env:"RELI_RESIDENT_BYTES"`
	EngineBytes     int64         `help:"Bound on the memory of the embedded engine (max_server_memory_usage); nine tenths of the machine's when 0." default:"0" env:"RELI_ENGINE_BYTES"`
	FreeBytes       int64         `help:"Free space below which nothing is taken in; 0 takes in until the disk is full." default:"536870912" env:"RELI_FREE_BYTES"`
	RetainRecords   int           `help:"Months that incidents and their transitions are kept, at least 24; 0 for ever." default:"0" env:"RELI_RETAIN_RECORDS"`
	RetainCube      int           `help:"Months that daily numbers by place are kept, at least as many; 0 for ever." default:"0" env:"RELI_RETAIN_CUBE"`
	CacheBytes      int64         `help:"Bound on the finished tiles kept." default:"268435456" env:"RELI_CACHE_BYTES"`
	Basemap         string        `help:"Raster tiles under the map: http(s)://… or a folder, with {z} {x} {y}, or an archive FILE.pmtiles; several joined by |, lowest first." placeholder:"TEMPLATE" env:"RELI_BASEMAP"`
	BasemapCredit   string        `help:"Whose base map it is." env:"RELI_BASEMAP_CREDIT"`
	BasemapNumber   string        `help:"审图号 of the base map." env:"RELI_BASEMAP_NUMBER"`
	BasemapDate     string        `help:"Date of the base map's data." env:"RELI_BASEMAP_DATE"`
	Ahead           string        `help:"Forecasts, warnings and hot spots made ahead after every change: all, main (all categories together) or none." default:"all" enum:"all,main,none" env:"RELI_AHEAD"`
	BacktestHour    int           `help:"Local hour, 0 to 23, at which the forecasts are measured against what came." default:"2" env:"RELI_BACKTEST_HOUR"`
	VisitorsLeast   int64         `help:"Least count that a display for visitors (role wall) is told; 1 tells all." default:"5" env:"RELI_VISITORS_LEAST"`
	Policy          string        `help:"File with the rules of the four-level response; the default rules when empty." env:"RELI_POLICY"`
	Webhooks        string        `help:"Receivers of tips as name=URL, several joined by |; none when empty." env:"RELI_WEBHOOKS"`
	WebhookSecret   string        `help:"Secret that signs what receivers are sent." env:"RELI_WEBHOOK_SECRET"`
	PetitionRates   string        `help:"及时受理率, 按期答复率 and 满意率 in per cent, below which the notice lists a township." default:"95,95,85" env:"RELI_PETITION_RATES"`
	AuditDays       int           `help:"Days that the audit trail is kept, at least 190; whole months are deleted." default:"190" env:"RELI_AUDIT_DAYS"`
	AuditKey        string        `help:"File of the key that seals the audit trail; audit.key in the data directory when empty." env:"RELI_AUDIT_KEY"`
	LogLevel        string        `help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"RELI_LOG_LEVEL"`
}

// guard protects what displays for visitors are told; nil where all is told.
func (c Config) guard(store *cube.Store) (*disclose.Guard, error) {
	policy := disclose.Restricted(c.VisitorsLeast)
	if policy.Open() {
		return nil, nil
	}
	if tree := store.Current().Catalogue.Tree; tree == nil || len(tree.All()) == 0 {
		policy.Family = disclose.Hexagons // until areas are loaded and the server is started again
	}
	g, err := disclose.New(store, policy)
	if err != nil {
		return nil, fmt.Errorf("visitors-least: %w", err)
	}
	return g, nil
}

// zone loads the zone of the local days.
func (c Config) zone() (*time.Location, error) {
	z, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time-zone: unknown zone %q", c.TimeZone)
	}
	return z, nil
}

// calendar reads the calendar of holidays.
func (c Config) calendar() (*calendar.Calendar, error) {
	if c.Calendar == "" {
		return calendar.China(), nil
	}
	text, err := readSetting("calendar", c.Calendar)
	if err != nil {
		return nil, err
	}
	return calendar.Parse(text)
}

// readSetting reads the file that a setting names.
func readSetting(name, path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// noRules stands for no file of deadlines or words: nothing is derived.
const noRules = "none"

// deadlines reads the file of deadlines; nil where none are computed.
func (c Config) deadlines() (*deadlines.Rules, error) {
	if c.Deadlines == noRules {
		return nil, nil
	}
	days, err := c.calendar()
	if err != nil {
		return nil, err
	}
	if c.Deadlines == "" {
		return deadlines.Default(days), nil
	}
	text, err := readSetting("deadlines", c.Deadlines)
	if err != nil {
		return nil, err
	}
	return deadlines.Parse(text, days)
}

// triage reads the dictionary of triage; nil where nothing is derived.
func (c Config) triage() (*triage.Dictionary, error) {
	switch c.Triage {
	case noRules:
		return nil, nil
	case "":
		return triage.Default(), nil
	}
	text, err := readSetting("triage", c.Triage)
	if err != nil {
		return nil, err
	}
	return triage.Parse(text)
}

// keys gives the names of the settings as they stand in a file: the flags'.
func configKeys() []string {
	var names []string
	for field := range fields(Config{}) {
		names = append(names, field.name)
	}
	return names
}

type setting struct {
	name  string
	value any
}

// fields walks over the settings of a Config.
func fields(c Config) func(yield func(setting) bool) {
	return func(yield func(setting) bool) {
		v := reflect.ValueOf(c)
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("name")
			if name == "" {
				name = dashed(v.Type().Field(i).Name)
			}
			if !yield(setting{name, v.Field(i).Interface()}) {
				return
			}
		}
	}
}

// dashed writes a field name the way kong names its flag.
func dashed(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// readConfigFile reads the file that --config-file or RELI_CONFIG_FILE names
// into a resolver for flags that neither the command line nor the environment
// sets. An unknown key is an error.
func readConfigFile(args []string, getenv func(string) string) (kong.Resolver, error) {
	path := configPath(args, getenv)
	values := map[string]any{}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("config-file: %w", err)
		}
		if err := yaml.Unmarshal(text, &values); err != nil {
			return nil, fmt.Errorf("config-file %s: %s", path, yaml.FormatError(err, false, true))
		}
		known := configKeys()
		for key := range values {
			if !slices.Contains(known, key) {
				return nil, fmt.Errorf("config-file %s: unknown key %q; known are %s", path, key, strings.Join(known, ", "))
			}
		}
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		value, ok := values[flag.Name]
		if !ok {
			return nil, nil
		}
		for _, name := range flag.Envs {
			if getenv(name) != "" {
				return nil, nil // the environment wins over the file
			}
		}
		return fmt.Sprint(value), nil
	}), nil
}

func configPath(args []string, getenv func(string) string) string {
	for i, a := range args {
		if path, ok := strings.CutPrefix(a, "--config-file="); ok {
			return path
		}
		if a == "--config-file" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return getenv("RELI_CONFIG_FILE")
}

type configCmd struct{}

// Run prints the configuration in force, secrets hidden, as a file that can
// be given back with --config-file.
func (configCmd) Run(p *process) error {
	return printConfig(p.stdout, p.config)
}

func printConfig(w io.Writer, c Config) error {
	c.Clickhouse = hidePassword(c.Clickhouse)
	if c.Basemap != "" {
		c.Basemap = "(hidden: it may hold a key)"
	}
	if c.Webhooks != "" {
		c.Webhooks = "(hidden: it may hold a key)"
	}
	if c.WebhookSecret != "" {
		c.WebhookSecret = "(hidden)"
	}
	for field := range fields(c) {
		if field.name == "config-file" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %v\n", field.name, field.value); err != nil {
			return err
		}
	}
	return nil
}

// baseMap opens the configured base map; without one it is empty.
func (c Config) baseMap() (web.BaseMap, error) {
	m := web.BaseMap{Credit: c.BasemapCredit, Approval: c.BasemapNumber, Date: c.BasemapDate}
	if c.Basemap == "" {
		return m, nil
	}
	for template := range strings.SplitSeq(c.Basemap, "|") {
		source, err := basemap.New(template)
		if err != nil {
			return m, err
		}
		m.Layers = append(m.Layers, source)
	}
	return m, nil
}
