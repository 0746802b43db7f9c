package flow

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Dispatcher decides which object may make its paid call next. All of its methods may be called at any time, from callbacks too, and none blocks.
type Dispatcher struct {
	now     func() time.Time
	metrics *Metrics
	changed func(string, Change)

	mu          sync.Mutex
	at          time.Time // when the critical section began
	closed      bool
	count       uint64 // of what happened; orders the beginnings of calls, cuts and gates
	memory      memory
	lanes       map[laneKey]*lane
	connections map[string]*connection
	waiters     map[ID]*waiter

	// What is to be done before the lock is released, and after it.
	touched []*lane
	after   after
}

// after is what has to wait until the lock is released.
type after struct {
	runs    []func()
	wakes   []func()
	changes []change
}

type change struct {
	connection string
	what       Change
}

// New makes a dispatcher without connections.
func New(o Options) *Dispatcher {
	d := &Dispatcher{
		now: o.Now, metrics: o.Metrics, changed: o.Changed,
		memory: memory{limit: o.PictureMemory}, lanes: map[laneKey]*lane{}, connections: map[string]*connection{}, waiters: map[ID]*waiter{},
	}
	if d.metrics == nil {
		d.metrics = newMetrics()
	}
	d.metrics.attach(d)
	return d
}

// begin starts a critical section.
func (d *Dispatcher) begin() {
	d.mu.Lock()
	d.at = d.now()
}

// end hands over all that the critical section has set free, then releases the lock and tells everybody.
func (d *Dispatcher) end() {
	d.settle()
	todo := d.after
	d.after = after{}
	d.mu.Unlock()
	for _, run := range todo.runs {
		go run()
	}
	for _, wake := range todo.wakes {
		wake()
	}
	for _, c := range todo.changes {
		d.changed(c.connection, c.what)
	}
}

// touch has a lane settled before the critical section ends.
func (d *Dispatcher) touch(l *lane) {
	if !l.touched {
		l.touched = true
		d.touched = append(d.touched, l)
	}
}

// settle gives slots and tickets to all that they are there for.
func (d *Dispatcher) settle() {
	for len(d.touched) > 0 {
		l := d.touched[0]
		d.touched, l.touched = d.touched[1:], false
		d.giveSlots(l)
		for d.grantOne(l) {
		}
	}
	d.touched = nil
	d.feed()
}

// tick counts one thing that happened.
func (d *Dispatcher) tick() uint64 {
	d.count++
	return d.count
}

// tell has the connection's change told after the critical section.
func (d *Dispatcher) tell(c *connection, what Change) {
	if ch := (change{c.name, what}); d.changed != nil && !slices.Contains(d.after.changes, ch) {
		d.after.changes = append(d.after.changes, ch)
	}
}

// Open makes a connection known or changes it. Gates and claims are those of the argument afterwards: without any the gates open. Where endpoint or
// project changed, tickets of before are of no use any more, and what waits goes on waiting for the new ones.
func (d *Dispatcher) Open(spec Connection) {
	d.begin()
	defer d.end()
	if d.closed {
		return
	}
	c := d.connection(spec.Name)
	d.roll(c)
	before, oldEndpoint, oldProject := c.exhaustion(), c.endpoint, c.project
	if c.open && (c.endpoint != spec.Endpoint || c.project != spec.Project) {
		c.epoch++
	}
	c.open, c.endpoint, c.project = true, spec.Endpoint, spec.Project
	c.limits, c.defaults, c.budget = maps.Clone(spec.Limits), spec.DefaultLimits, spec.Budget
	c.freed = d.at
	c.merge(spec.Used, d.at)
	if c.exhaustion() != before {
		d.tell(c, BudgetChanged)
	}
	d.restoreGates(c, spec.Gates)
	d.reassign(c)
	d.restoreClaims(c, spec.Claims)
	d.limitLanes(oldEndpoint, oldProject)
	d.limitLanes(c.endpoint, c.project)
	d.refuseStaged(c)
	d.unpark(c)
	d.sweep()
}

// Remove forgets a connection. What waits for it is woken and waits no longer, staged tickets are told that there is no slot, calls on their way go
// on.
func (d *Dispatcher) Remove(name string) {
	d.begin()
	defer d.end()
	c := d.connections[name]
	if c == nil {
		return
	}
	c.open, c.gates = false, map[string]*gate{}
	c.epoch++
	c.renewed = d.tick()
	d.refuseStaged(c)
	for id, w := range d.waiters {
		if w.queue.connection == c {
			d.after.wakes = append(d.after.wakes, w.wake)
			d.drop(id, w)
		}
	}
	d.restoreClaims(c, nil)
	d.limitLanes(c.endpoint, c.project)
	d.sweep()
}

// Close ends all grants. Staged tickets are told that there is no slot; nobody is woken.
func (d *Dispatcher) Close() {
	d.begin()
	defer d.end()
	d.closed = true
	for _, c := range d.connections {
		d.refuseStaged(c)
	}
	for id, w := range d.waiters {
		d.drop(id, w)
	}
}

// connection finds a connection, or makes a closed one: objects may wait for it before it is opened.
func (d *Dispatcher) connection(name string) *connection {
	c := d.connections[name]
	if c == nil {
		c = &connection{name: name, gates: map[string]*gate{}}
		d.connections[name] = c
	}
	return c
}

// sweep forgets connections and lanes of which nothing is left. What was billed today and what the service has said about its rate are kept.
func (d *Dispatcher) sweep() {
	maps.DeleteFunc(d.connections, func(_ string, c *connection) bool {
		return !c.open && c.queues.empty() && c.tickets == 0 && (c.used.calls == 0 || !d.at.Before(c.dayEnds))
	})
	maps.DeleteFunc(d.lanes, func(key laneKey, l *lane) bool {
		return d.connections[key.connection] == nil && !l.shared && len(l.namespaces) == 0 && l.running == 0 && l.pace.calm(d.at)
	})
}
