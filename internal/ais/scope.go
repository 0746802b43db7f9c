package ais

import "cmp"

// Scope says how much of a connection an error concerns, and so what a gate
// holds back until it has passed.
type Scope string

// The scopes; an error that closes no gate has none.
const (
	// ScopeConnection: nothing of the connection works. Arrears, quota, project,
	// and the address that the calls come from.
	ScopeConnection Scope = "Connection"
	// ScopeOperation: this operation does not work; others may. Subscription,
	// permission, and an API that is not there.
	ScopeOperation Scope = "Operation"
)

// scopeOf is the scope of ClassAccount and ClassService. A refusal that is not
// known more closely concerns its operation: one more call shows whether the
// others are concerned, too, while a gate too wide would stop what works.
func scopeOf(class Class, code string) Scope {
	switch class {
	case ClassAccount:
		row, _ := lookUp(code)
		return cmp.Or(row.scope, ScopeOperation)
	case ClassService:
		return ScopeOperation
	default:
		return ""
	}
}
