// Package flow decides which object may make its paid call next, over all connections of the process.
//
// Whoever wants to call enters with a [Waiter] and gets a [Ticket] when it is its turn; until then it costs a few hundred bytes and neither a
// goroutine nor polling, and it is woken. With the ticket it reads its picture, then waits for a slot, calls, and returns the ticket:
//
//	        Enter                Slot                 run(true)            Done
//	waiting ──────▶ has a ticket ──────▶ staged ────────────────▶ calling ──────▶ ended ──▶ Return
//	                     │                 └─ run(false) ──▶ Return    ▲            │
//	                     └──▶ Return                                   └─ TrySlot ──┘
//
// What an object needs on its way, in this order: its turn among the namespaces, no gate, budget, memory for its picture, a slot, and a token of the
// rate. All of it is given back by [Ticket.Return], and what is given back goes to the next in the same critical section.
package flow

import "time"

// Options are what a dispatcher needs.
type Options struct {
	// Now is the clock.
	Now func() time.Time
	// PictureMemory bounds, in bytes and over all connections, what the pictures of granted tickets may take. A single picture above it is granted
	// when no other is held.
	PictureMemory int64
	// Metrics, if set, tell what the dispatcher does. They belong to one dispatcher.
	Metrics *Metrics
	// Changed, if set, is told what changed about a connection. It is called without locks held and must not block.
	Changed func(connection string, what Change)
}

// Change is what changed about a connection.
type Change int

// What may change about a connection.
const (
	// GateChanged: a gate closed, opened or closed again.
	GateChanged Change = iota
	// BudgetChanged: the budget of the connection or of one of its namespaces was used up, or there is some again.
	BudgetChanged
	// UsageChanged: a call was billed.
	UsageChanged
)

// Limits bound the calls of one operation.
type Limits struct {
	// Concurrency is how many calls may be on their way at once; less than 1 counts as 1.
	Concurrency int
	// RequestsPerSecond is how many calls may begin in a second; 0: any number.
	RequestsPerSecond int
}

// Budget bounds the billed calls of a UTC day.
type Budget struct {
	// PerDay is for the whole connection; 0: any number.
	PerDay int
	// PerDayPerNamespace is for each namespace that uses the connection; 0: any number.
	PerDayPerNamespace int
}

// Usage counts the billed calls of one day.
type Usage struct {
	// Day is the UTC day, as 2006-01-02.
	Day string
	// Calls is the number of billed calls.
	Calls int
	// ByNamespace divides them by the namespace that made them.
	ByNamespace map[string]int
}

// Connection is what the dispatcher has to know of a connection.
type Connection struct {
	// Name is unique.
	Name string
	// Endpoint and Project say which limits of the service the connection shares with others.
	Endpoint, Project string
	// Limits are by operation.
	Limits map[string]Limits
	// DefaultLimits are those of every other operation.
	DefaultLimits Limits
	// Budget bounds the billed calls of a day.
	Budget Budget
	// Used is what is known of today from elsewhere. Of each number the larger counts, this or the dispatcher's own; those of another day count for
	// nothing.
	Used Usage
	// Gates are those that are closed already. A gate whose time is up lets one call try.
	Gates []Gate
	// Claims are calls of other processes that may still be on their way.
	Claims []Claim
}

// Claim is a call of another process that may still be on its way; it occupies a slot until its time.
type Claim struct {
	// Operation is what is called.
	Operation string
	// Until is when it is certainly over.
	Until time.Time
}

// GateReason says why a gate is closed.
type GateReason string

// The reasons of gates.
const (
	// AccountProblem: subscription, arrears, quota or permission. Tried again after 30 minutes.
	AccountProblem GateReason = "AccountProblem"
	// ServiceUnavailable: the API is not there. Tried again after 10 minutes.
	ServiceUnavailable GateReason = "ServiceUnavailable"
)

// Gate holds back the calls of a connection after an answer that holds for all of them.
type Gate struct {
	// Operation is the one that is held back; empty: all.
	Operation string
	// Reason says why.
	Reason GateReason
	// Code is the error code that closed the gate.
	Code string
	// Message says what happened and what to do, for a condition: it holds no time, host or request ID.
	Message string
	// Until is when one call may try again. It lies in the past while that call is awaited.
	Until time.Time
}

// ID names a waiting object.
type ID struct{ Kind, Namespace, Name string }

// Waiter is an object that wants to make a call.
type Waiter struct {
	// ID names it. An object waits for one thing at a time.
	ID ID
	// Connection and Operation are what it waits for.
	Connection, Operation string
	// Free tells that no call is going to be made: the ticket is for the memory of the picture alone, whatever gates and budgets say.
	Free bool
	// Bytes is the most that its picture may take in memory; 0: none is read.
	Bytes int64
	// Wake is called when its turn may have come; it enters again then. It is called without locks held and must not block.
	Wake func()
}

// HoldReason says what holds an object back.
type HoldReason string

// The reasons of holds.
const (
	// HoldBudget: the connection's budget of today is used up.
	HoldBudget HoldReason = "Budget"
	// HoldNamespaceBudget: the namespace's share of it is used up.
	HoldNamespaceBudget HoldReason = "NamespaceBudget"
	// HoldAccountProblem: see [AccountProblem].
	HoldAccountProblem HoldReason = "AccountProblem"
	// HoldServiceUnavailable: see [ServiceUnavailable].
	HoldServiceUnavailable HoldReason = "ServiceUnavailable"
)

// Hold is what holds an object back that its user should know of.
type Hold struct {
	// Reason says what it is.
	Reason HoldReason
	// Operation is the one that is held back; empty: all of the connection.
	Operation string
	// Code is the error code behind it, if there is one.
	Code string
	// Message says what happened and what to do. It is stable, as a condition wants it.
	Message string
}
