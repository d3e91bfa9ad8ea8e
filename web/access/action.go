package access

import "slices"

// Action is what a request does, as far as permission goes.
type Action string

// Actions.
const (
	ActionView     Action = "view"     // the map, its numbers, warnings and forecasts
	ActionHandle   Action = "handle"   // acknowledge tips and the like
	ActionReport   Action = "report"   // reports and exports
	ActionSQL      Action = "sql"      // statements of one's own
	ActionIngest   Action = "ingest"   // send records
	ActionAreas    Action = "areas"    // replace the division tree
	ActionOverride Action = "override" // set a level by hand
	ActionPolicy   Action = "policy"   // change rules
	ActionAccounts Action = "accounts" // accounts and tokens
	ActionAudit    Action = "audit"    // read the audit trail
)

// permissions is the one table of who may do what. The administrator cannot
// read the audit trail, as it is kept of him too.
func permissions() map[Role][]Action {
	return map[Role][]Action{
		RoleWall:       {ActionView},
		RoleLeader:     {ActionView, ActionReport},
		RoleTownship:   {ActionView, ActionHandle, ActionReport},
		RoleDepartment: {ActionView, ActionHandle, ActionReport},
		RoleAnalyst:    {ActionView, ActionReport, ActionSQL},
		RoleAuditor:    {ActionAudit},
		RoleIngest:     {ActionIngest},
		RoleAdministrator: {ActionView, ActionHandle, ActionReport, ActionSQL, ActionIngest, ActionAreas, ActionOverride,
			ActionPolicy, ActionAccounts},
	}
}

// Roles lists all roles.
func Roles() []Role {
	return []Role{RoleWall, RoleLeader, RoleTownship, RoleDepartment, RoleAnalyst, RoleAuditor, RoleIngest, RoleAdministrator}
}

// Known reports whether r is a role.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// Actions lists what the role may do.
func (r Role) Actions() []Action { return permissions()[r] }

// May reports whether the role may do something; no role may do nothing.
func (r Role) May(a Action) bool { return slices.Contains(permissions()[r], a) }
