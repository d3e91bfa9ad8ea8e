package web

import (
	"slices"

	"reli/web/audit"
)

// auditKind says how the requests of a route get into the audit trail.
type auditKind int

const (
	// auditEach request is an entry: it changes something, or hands data out to keep.
	auditEach auditKind = iota
	// auditShown is an entry once a principal, object, outcome and hour: what is shown
	// may hold counts below the least that visitors are told. Who is shown
	// protected counts only is shown nothing of the kind.
	auditShown
	// auditEntrance is an entry also for nobody: who he is, is the question.
	auditEntrance
	// auditBatched is an entry once a batch, which may hold many short requests.
	auditBatched
	// auditMarked is an entry where the handler says so.
	auditMarked
)

type auditRule struct {
	action audit.Action
	kind   auditKind
}

// auditRules is the one table of what gets into the audit trail, by method and
// route. A test holds that every route which changes something or hands data
// out is in it.
func auditRules() map[string]auditRule {
	return map[string]auditRule{
		"POST /v1/session":              {"session.begin", auditEntrance},
		"POST /v1/session/first":        {"session.first", auditEntrance},
		"POST /v1/session/password":     {"session.password", auditEntrance},
		"GET /v1/session/oidc/callback": {"session.oidc", auditEntrance},
		"DELETE /v1/session":            {"session.end", auditEach},
		"GET /*":                        {"session.kiosk", auditMarked},

		"POST /v1/incidents":   {"ingest.incidents", auditBatched},
		"POST /v1/transitions": {"ingest.transitions", auditBatched},
		"POST /v1/areas":       {"area.replace", auditEach},

		"POST /v1/links":           {"link.declare", auditEach},
		"POST /v1/links/decisions": {"link.decide", auditEach},
		"GET /v1/links":            {"view.links", auditShown},

		"POST /v1/quality/expected": {"quality.expect", auditEach},

		"POST /v1/sql":                        {"sql.run", auditEach},
		"GET /v1/sql/saved/{id}/run.{format}": {"sql.run", auditEach},
		"POST /v1/sql/saved":                  {"sql.save", auditEach},
		"DELETE /v1/sql/saved/{id}":           {"sql.remove", auditEach},
		"GET /v1/reports/{document}":          {"report.export", auditEach},
		"PUT /v1/levels/{area}/override":      {"level.override", auditEach},
		"POST /v1/tips/{id}/ack":              {"tip.ack", auditEach},
		"POST /v1/policy/simulate":            {"policy.simulate", auditEach},
		"POST /v1/webhooks/{receiver}/retry":  {"webhook.retry", auditEach},
		"POST /v1/users":                      {"user.add", auditEach},
		"PATCH /v1/users/{user}":              {"user.change", auditEach},
		"DELETE /v1/users/{user}":             {"user.remove", auditEach},
		"POST /v1/tokens":                     {"token.add", auditEach},
		"PATCH /v1/tokens/{token}":            {"token.change", auditEach},
		"DELETE /v1/tokens/{token}":           {"token.revoke", auditEach},
		"GET /v1/audit":                       {"audit.read", auditEach},
		"GET /v1/audit/export.{format}":       {"audit.export", auditEach},

		"GET " + tileRoute:              {actionTiles, auditShown},
		"GET /v1/playback/{layer}":      {"view.playback", auditShown},
		"GET /v1/series":                {"view.series", auditShown},
		"GET /v1/breakdown":             {"view.breakdown", auditShown},
		"GET /v1/hotspots":              {"view.hotspots", auditShown},
		"GET /v1/warnings":              {"view.warnings", auditShown},
		"GET /v1/forecast":              {"view.forecast", auditShown},
		"GET /v1/indicators":            {"view.indicators", auditShown},
		"GET /v1/ledgers":               {"view.ledgers", auditShown},
		"GET /v1/levels":                {"view.levels", auditShown},
		"GET /v1/levels/{area}/history": {"view.levels", auditShown},
		"GET /v1/tips":                  {"view.tips", auditShown},
		"GET /v1/tips/{document}":       {"view.tips", auditShown},
		"GET /v1/supervision":           {"view.supervision", auditShown},
		"GET /v1/tone":                  {"view.tone", auditShown},
		"GET /v1/quality":               {"view.quality", auditShown},
		"GET /v1/users":                 {"view.users", auditShown},
		"GET /v1/tokens":                {"view.tokens", auditShown},
	}
}

const actionTiles audit.Action = "view.tiles"

// AuditedRoutes lists the routes of the table, as "METHOD pattern".
func AuditedRoutes() []string {
	var out []string
	for route := range auditRules() {
		out = append(out, route)
	}
	slices.Sort(out)
	return out
}
