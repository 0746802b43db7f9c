package v1alpha1_test

import (
	"maps"
	"slices"
	"testing"
)

const connectionStatus = `
observedGeneration: 1
conditions:
- {type: Ready, status: "False", reason: InvalidCredentials, message: refused, lastTransitionTime: "2026-03-01T12:00:00Z"}
projectID: 0123456789abcdef
credentialsVersion: u1/42
gate: {reason: InvalidCredentials, code: APIG.0301, message: refused, until: "2026-03-01T12:30:00Z", rejections: 2}
operationGates:
- {operation: Defog, reason: ServiceUnavailable, code: APIG.0101, message: gone, until: "2026-03-01T12:10:00Z"}
verified: 0123456789abcdef0123456789abcdef
recentLogins:
- {at: "2026-03-01T11:50:00.000000Z", account: 0123456789abcdef}
- {at: "2026-03-01T12:00:00.000000Z", account: 0123456789abcdef, lockedUntil: "2026-03-01T12:30:00Z"}
callsToday: {day: "2026-03-01", calls: 42}`

// gateRules hold for the gate of a connection and for those of its operations.
func gateRules() []rule {
	gate := func(change map[string]any) map[string]any {
		g := map[string]any{"operation": "Defog", "reason": "AccountProblem", "until": "2026-03-01T12:10:00Z"}
		maps.Copy(g, change)
		maps.DeleteFunc(g, func(_ string, v any) bool { return v == nil })
		return g
	}
	list := func(gates ...any) set { return set{"status.operationGates": gates} }
	const gates = "status.operationGates"
	rules := []rule{
		{"an operation's gate needs no more than this", list(gate(nil)), "", ""},
		{"an operation has one gate", list(gate(nil), gate(nil)), gates + "[1]", "Duplicate value"},
		{"an operation's gate names it", list(gate(map[string]any{"operation": nil})), gates + "[0].operation", "Required value"},
	}
	for path, change := range map[string]func(map[string]any) set{
		"status.gate": func(c map[string]any) set {
			c["operation"] = nil
			return set{"status.gate": gate(c)}
		},
		gates + "[0]": func(c map[string]any) set { return list(gate(c)) },
	} {
		one := func(field string, value any) set { return change(map[string]any{field: value}) }
		rules = slices.Concat(
			rules,
			bound(path+".code", 64, func(s string) set { return one("code", s) }),
			bound(path+".message", 1024, func(s string) set { return one("message", s) }),
			[]rule{
				{path + " has a reason", one("reason", nil), path + ".reason", "Required value"},
				{
					path + " has a reason that there is", one("reason", "Moon"), path + ".reason",
					`supported values: "InvalidCredentials", "AccountProblem", "ServiceUnavailable"`,
				},
				{path + " opens at last", one("until", nil), path + ".until", "Required value"},
			},
		)
	}
	return rules
}

func TestConnectionStatus(t *testing.T) {
	login := func(int) any {
		return map[string]any{"at": "2026-03-01T12:00:00.000000Z", "account": "0123456789abcdef"}
	}
	one := func(field string, value any) set {
		l := map[string]any{"at": "2026-03-01T12:00:00.000000Z", "account": "0123456789abcdef"}
		if l[field] = value; value == nil {
			delete(l, field)
		}
		return set{"status.recentLogins": []any{l}}
	}
	field := func(path string) func(string) set { return func(s string) set { return set{path: s} } }
	rules := slices.Concat(
		bound("status.projectID", 64, field("status.projectID")),
		bound("status.credentialsVersion", 128, field("status.credentialsVersion")),
		bound("status.verified", 64, field("status.verified")),
		bound("status.recentLogins[0].account", 64, func(s string) set { return one("account", s) }),
		[]rule{
			{"refusals are no less than 0", set{"status.gate.rejections": int64(-1)}, "status.gate.rejections", "greater than or equal to 0"},
			{"3 log-ins may be there", set{"status.recentLogins": many(3, login)}, "", ""},
			{"more are never made", set{"status.recentLogins": many(4, login)}, "status.recentLogins", "must have at most 3 items"},
			{"a log-in has a time", one("at", nil), "status.recentLogins[0].at", "Required value"},
			{"a log-in has an account", one("account", nil), "status.recentLogins[0].account", "Required value"},
			{"an account has a name", one("account", ""), "status.recentLogins[0].account", "should be at least 1 chars long"},
			{"a count has a day", set{"status.callsToday.day": nil}, "status.callsToday.day", "Required value"},
			{"a day has a count", set{"status.callsToday.calls": nil}, "status.callsToday.calls", "Required value"},
			{"a count may be 0", set{"status.callsToday.calls": int64(0)}, "", ""},
			{"a count is no less than 0", set{"status.callsToday.calls": int64(-1)}, "status.callsToday.calls", "greater than or equal to 0"},
			{"a day is a date", set{"status.callsToday.day": "2026-02-30"}, "status.callsToday.day", "must be of type date"},
		},
		gateRules(), conditionRules(),
	)
	checkStatus(t, connection, connectionStatus, rules)
	checkStatus(t, clusterConnection, connectionStatus, rules)
}
