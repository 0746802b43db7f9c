package flow

import (
	"maps"
	"time"
)

// dayFormat is how days are written.
const dayFormat = "2006-01-02"

// nextDay is when the next UTC day begins.
func nextDay(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// tally counts calls by namespace.
type tally struct {
	calls       int
	byNamespace map[string]int
}

// add counts n more calls; a namespace without any is forgotten.
func (t *tally) add(namespace string, n int) {
	t.calls += n
	if t.byNamespace == nil {
		t.byNamespace = map[string]int{}
	}
	t.byNamespace[namespace] += n
	if t.byNamespace[namespace] == 0 {
		delete(t.byNamespace, namespace)
	}
}

// roll begins a new day if the last one is over: what was billed is forgotten, what is reserved counts for the new one. All that is parked tries again:
// what was billed may have held it back together with what is reserved, though no budget was used up.
func (d *Dispatcher) roll(c *connection) {
	if d.at.Before(c.dayEnds) {
		return
	}
	before := c.exhaustion()
	c.used, c.dayEnds = tally{}, nextDay(d.at)
	if before != c.exhaustion() {
		c.freed = d.at
		d.tell(c, BudgetChanged)
	}
	d.unpark(c)
}

// merge takes the larger of each number of today.
func (c *connection) merge(u Usage, at time.Time) {
	if u.Day != at.UTC().Format(dayFormat) {
		return
	}
	c.used.calls = max(c.used.calls, u.Calls)
	for namespace, n := range u.ByNamespace {
		if more := n - c.used.byNamespace[namespace]; more > 0 {
			c.used.add(namespace, more)
			c.used.calls -= more // The total is counted on its own.
		}
	}
}

// exhaustion is which budgets are used up: that of the connection, and those of how many namespaces.
type exhaustion struct {
	all        bool
	namespaces int
}

func (c *connection) exhaustion() exhaustion {
	var e exhaustion
	e.all = c.budget.PerDay > 0 && c.used.calls >= c.budget.PerDay
	if c.budget.PerDayPerNamespace > 0 {
		for _, n := range c.used.byNamespace {
			if n >= c.budget.PerDayPerNamespace {
				e.namespaces++
			}
		}
	}
	return e
}

// spent tells whether there is no budget for one more call of a namespace, and says why where it is not for reservations alone, which may come back.
func (c *connection) spent(namespace string) (why *Hold, short bool) {
	b := c.budget
	switch {
	case b.PerDay > 0 && c.used.calls >= b.PerDay:
		return &Hold{
			Reason: HoldBudget,
			Message: "the connection's budget of billed calls is used up for today (UTC); it begins anew tomorrow, " +
				"or raise spec.budget.callsPerDay of the connection",
		}, true
	case b.PerDayPerNamespace > 0 && c.used.byNamespace[namespace] >= b.PerDayPerNamespace:
		return &Hold{
			Reason: HoldNamespaceBudget,
			Message: "the namespace's share of the connection's budget of billed calls is used up for today (UTC); it begins anew tomorrow, " +
				"or raise spec.budget.callsPerDayPerNamespace of the connection",
		}, true
	}
	return nil, c.overdrawn(namespace, 1)
}

// overdrawn tells whether what is billed and reserved, and n more calls of a namespace, are above the budget.
func (c *connection) overdrawn(namespace string, n int) bool {
	b := c.budget
	return b.PerDay > 0 && c.used.calls+c.held.calls+n > b.PerDay ||
		b.PerDayPerNamespace > 0 && c.used.byNamespace[namespace]+c.held.byNamespace[namespace]+n > b.PerDayPerNamespace
}

// reserve sets one call aside for the ticket.
func (d *Dispatcher) reserve(t *Ticket) {
	t.reserved = true
	t.connection.held.add(t.namespace.name, 1)
}

// unreserve gives it back, billed or not.
func (d *Dispatcher) unreserve(t *Ticket, billed bool) {
	if !t.reserved {
		return
	}
	t.reserved = false
	c := t.connection
	c.held.add(t.namespace.name, -1)
	if !billed {
		if c.budget != (Budget{}) {
			d.unpark(c)
		}
		return
	}
	c.used.add(t.namespace.name, 1)
	d.tell(c, UsageChanged)
	if c.used.calls == c.budget.PerDay || c.used.byNamespace[t.namespace.name] == c.budget.PerDayPerNamespace {
		d.tell(c, BudgetChanged)
	}
}

// Usage returns the connection's billed calls of today.
func (d *Dispatcher) Usage(connectionName string) Usage {
	d.begin()
	defer d.end()
	u := Usage{Day: d.at.UTC().Format(dayFormat), ByNamespace: map[string]int{}}
	if c := d.connections[connectionName]; c != nil {
		d.roll(c)
		u.Calls = c.used.calls
		maps.Copy(u.ByNamespace, c.used.byNamespace)
	}
	return u
}
