// Package access says who asks and what he may see: the principal of a
// request, his role, and the scope that every one of his Selections keeps to.
//
// It is not the protection of small counts (analytics/disclose makes that; a
// Role says whether it applies) and it answers no HTTP: package web reads the
// cookie or token, asks here who it is, and puts the Principal into the
// request's context. Only web and cmd/reli call it.
package access

import (
	"context"

	"reli/analytics/cube"
)

// Role is what a principal is there for. Scope says where.
type Role string

// Roles.
const (
	RoleWall          Role = "wall"          // a display that visitors see
	RoleLeader        Role = "leader"        // browses the map
	RoleTownship      Role = "township"      // works in a township
	RoleDepartment    Role = "department"    // works in a department of the county
	RoleAnalyst       Role = "analyst"       // writes SQL and reports
	RoleAuditor       Role = "auditor"       // reads the audit trail, and nothing else
	RoleIngest        Role = "ingest"        // a machine that sends records
	RoleAdministrator Role = "administrator" // accounts, policy, overrides
)

// Principal is who a request comes from.
type Principal struct {
	ID    string // stable, for the audit trail
	Name  string // for people
	Role  Role
	Scope cube.Scope // empty for everything
}

type principalKey struct{}

// With puts the principal into a context.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From gives the principal of a context. Where none was put it is one who may
// do nothing.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}
