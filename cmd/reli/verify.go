package main

// verifyCmd looks whether what is kept is what was written.
type verifyCmd struct {
	Audit verifyAuditCmd `cmd:"" help:"Hold every entry of the audit trail to the one before it."`
	Data  verifyDataCmd  `cmd:"" help:"Read all data, and compare the cube with one computed from nothing."`
}
