package flow

import "time"

// connection is what the dispatcher knows of one. It outlives Remove as long as anything depends on it, and its usage until the day is over.
type connection struct {
	name              string
	open              bool
	endpoint, project string
	limits            map[string]Limits
	defaults          Limits

	// epoch tells tickets of before from those of now.
	epoch   int
	tickets int
	// queues are those in which objects wait; parked are those among them that a gate or the budget holds back.
	queues line[queue]
	parked line[queue]
	timer  alarm

	// freed is when something last ceased to hold its objects back: it was opened, one of its gates was, or another day began.
	freed time.Time

	gates map[string]*gate // by operation
	// renewed orders calls after the last opening of a gate: what a call that began before it says about gates is out of date.
	renewed uint64

	budget  Budget
	used    tally     // billed on the day that is counted
	dayEnds time.Time // when that day ends
	held    tally     // reserved, and not billed yet
}

func (c *connection) limitsOf(operation string) Limits {
	if l, ok := c.limits[operation]; ok {
		return l
	}
	return c.defaults
}

// hold tells whether calls of the namespace are held back, and why where its user should know. A reservation that may yet come back is no reason to
// tell.
func (c *connection) hold(operation, namespace string, at time.Time) (why *Hold, held bool) {
	if !c.open {
		return nil, true
	}
	for _, g := range c.gatesOf(operation) {
		if why == nil {
			why = g.hold()
		}
		held = held || !g.ajar(at)
	}
	spent, short := c.spent(namespace)
	if why == nil {
		why = spent
	}
	return why, held || short
}

// holdIn is hold for a lane; what makes no call is not held back.
func (c *connection) holdIn(l *lane, namespace string, at time.Time) (why *Hold, held bool) {
	if l.free {
		return nil, !c.open
	}
	return c.hold(l.operation, namespace, at)
}

// park takes a queue out of its lane's turns until something opens.
func (d *Dispatcher) park(q *queue) {
	q.setOut()
	q.connection.parked.push(&q.turn)
	q.parked = true
	d.rearm(q.connection)
}

// unpark lets the queues of a connection try again.
func (d *Dispatcher) unpark(c *connection) {
	for q := range c.parked.all() {
		q.turn.leave()
		q.parked = false
		q.setIn()
		d.touch(q.lane)
	}
	d.rearm(c)
}

// rearm sets the alarm to when time alone opens something for those who wait, and stops it when nobody does. For a budget that is the end of the day that
// is counted, which may be past: whoever parks something may not have looked at the day of its connection, and then the alarm rings at once.
func (d *Dispatcher) rearm(c *connection) {
	if c.parked.empty() || !c.open || d.closed {
		c.timer.stop()
		return
	}
	var next time.Time
	if c.budget != (Budget{}) {
		next = c.dayEnds
	}
	for _, g := range c.gates {
		if opens := g.opens(); opens.After(d.at) && (next.IsZero() || opens.Before(next)) {
			next = opens
		}
	}
	c.timer.set(next, d.at, func() {
		d.begin()
		defer d.end()
		c.timer.rang()
		d.roll(c)
		d.unpark(c)
	})
}

// refuseStaged tells the connection's staged tickets for which a slot is of no use any more.
func (d *Dispatcher) refuseStaged(c *connection) {
	for _, l := range d.lanes {
		for ns := range l.staged.all() {
			for t := range ns.staged.all() {
				if t.connection == c && !d.valid(t) {
					d.refuse(t)
				}
			}
		}
	}
}

// reassign moves what waits for a connection to the lanes of its endpoint and project.
func (d *Dispatcher) reassign(c *connection) {
	for q := range c.queues.all() {
		if to := d.lane(c, q.lane.operation, q.lane.free); to != q.lane {
			q.detach()
			q.attach(to)
			d.touch(to)
		}
	}
}
