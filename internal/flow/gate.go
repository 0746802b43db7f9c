package flow

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ais-operator/ais-operator/internal/ais"
)

// How long a gate stays closed before one call tries again.
const (
	accountDelay = 30 * time.Minute
	serviceDelay = 10 * time.Minute
	// probePause follows a try that proves nothing. The object that tried waits for its own next attempt; without the pause each of a thousand others
	// would try in its place, one right after the other.
	probePause = 30 * time.Second
)

// gate is closed until its time, then ajar: the next ticket is its probe, and nobody else passes until the probe's call says more. What that says:
//
//	a result, or fault that the service found with the request alone   opens it
//	a verdict of the same scope                                        closes it anew
//	a verdict of the other scope                                       leaves it ajar: its own gate holds back whoever would get the same answer
//	everything else                                                    leaves it ajar, after a pause
type gate struct {
	Gate

	probe *Ticket
	// rested is the end of the pause after a probe that proved nothing. It is not told: it is short, and another process may try at once.
	rested time.Time
}

// opens is when one call may try, unless one does.
func (g *gate) opens() time.Time { return later(g.Until, g.rested) }

// ajar tells whether one call may try.
func (g *gate) ajar(at time.Time) bool { return !at.Before(g.opens()) && g.probe == nil }

// same tells whether the other is this gate as somebody wrote it down, in whole seconds.
func (g *gate) same(other Gate) bool {
	return g.Reason == other.Reason && g.Code == other.Code && g.Until.Sub(other.Until).Abs() < time.Second
}

func (g *gate) hold() *Hold {
	h := &Hold{Reason: HoldAccountProblem, Operation: g.Operation, Code: g.Code, Message: g.Message}
	if g.Reason == ServiceUnavailable {
		h.Reason = HoldServiceUnavailable
	}
	return h
}

// gatesOf returns the closed gates before an operation, the one for all operations first.
func (c *connection) gatesOf(operation string) []*gate {
	if len(c.gates) == 0 {
		return nil
	}
	var found []*gate
	for _, key := range []string{"", operation} {
		if g := c.gates[key]; g != nil {
			found = append(found, g)
		}
	}
	return found
}

// Gates returns the connection's gates that are closed now, that for all operations first.
func (d *Dispatcher) Gates(connectionName string) []Gate {
	d.begin()
	defer d.end()
	c := d.connections[connectionName]
	if c == nil {
		return nil
	}
	var closed []Gate
	for _, g := range c.gates {
		closed = append(closed, g.Gate)
	}
	slices.SortFunc(closed, func(a, b Gate) int { return cmp.Compare(a.Operation, b.Operation) })
	return closed
}

// restoreGates makes the connection's gates those of the argument.
func (d *Dispatcher) restoreGates(c *connection, gates []Gate) {
	before := c.gates
	c.gates = make(map[string]*gate, len(gates))
	changed := false
	for _, spec := range gates {
		g := before[spec.Operation]
		if g == nil || !g.same(spec) {
			g, changed = &gate{Gate: spec}, true
		}
		c.gates[spec.Operation] = g
	}
	for operation := range before {
		if c.gates[operation] == nil {
			c.renewed, changed = d.tick(), true
		}
	}
	if changed {
		d.tell(c, GateChanged)
	}
}

// judge closes and opens gates after a call that was answered. An answer of a call that began before a gate closed or opened is no news.
func (d *Dispatcher) judge(t *Ticket, err error) {
	c := t.connection
	if t.epoch != c.epoch {
		return
	}
	verdict, probed := verdictOf(t.lane.operation, err), t.probes()
	for _, g := range probed {
		g.probe = nil
		switch {
		case isInOrder(err):
			delete(c.gates, g.Operation)
			c.renewed, c.freed = t.began, d.at
			d.tell(c, GateChanged)
		case verdict.Reason == "":
			g.rested = d.at.Add(probePause)
		}
	}
	old := c.gates[verdict.Operation]
	if verdict.Reason != "" && (slices.Contains(probed, old) || old == nil && t.began > c.renewed) {
		verdict.Until = d.at.Add(delayOf(verdict.Reason))
		c.gates[verdict.Operation] = &gate{Gate: verdict}
		d.tell(c, GateChanged)
		d.refuseStaged(c)
	}
	if len(probed) > 0 {
		d.unpark(c)
	}
}

func delayOf(reason GateReason) time.Duration {
	if reason == ServiceUnavailable {
		return serviceDelay
	}
	return accountDelay
}

// probes are the gates that the ticket tries.
func (t *Ticket) probes() []*gate {
	return slices.DeleteFunc(t.connection.gatesOf(t.lane.operation), func(g *gate) bool { return g.probe != t })
}

// isInOrder tells whether an answer shows that account and API are in order. Only the service itself can: what is throttled, fails on the way or inside,
// or is refused for its credentials, may not have come as far as what the gate is about.
func isInOrder(err error) bool {
	e, failed := errors.AsType[*ais.Error](err)
	return !failed || e.Considered()
}

// verdictOf is the gate that an answer closes; its reason is empty when it closes none.
func verdictOf(operation string, err error) Gate {
	e, ok := errors.AsType[*ais.Error](err)
	if !ok {
		return Gate{}
	}
	if e.Scope() == ais.ScopeConnection {
		operation = ""
	}
	switch e.Class() {
	case ais.ClassAccount:
		return Gate{Operation: operation, Reason: AccountProblem, Code: e.Code, Message: explain(e)}
	case ais.ClassService:
		return Gate{Operation: operation, Reason: ServiceUnavailable, Code: e.Code, Message: explain(e)}
	default:
		return Gate{}
	}
}

// explain says what happened and what to do, in the words of the service and without anything that differs from one failure to the next.
func explain(e *ais.Error) string {
	message := e.Op + " failed"
	if e.Code != "" {
		message += " with " + e.Code
	}
	if e.Message != "" {
		message += ": " + e.Message
	}
	advice := "Check spec.endpoints and spec.region of the connection."
	if e.Class() == ais.ClassAccount {
		advice = "Check the account's subscription, balance, quota and permissions."
	}
	return strings.TrimSuffix(message, ".") + ". What to do: " + cmp.Or(e.Measure(), advice)
}
