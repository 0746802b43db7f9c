package flow

import (
	"errors"
	"time"

	"github.com/ais-operator/ais-operator/internal/ais"
)

// Ticket is an object's turn. Its methods may be called from any goroutine; a ticket that was returned ignores them.
type Ticket struct {
	dispatcher *Dispatcher
	connection *connection
	epoch      int
	lane       *lane
	namespace  *namespace
	turn       place[Ticket] // among the staged of its namespace

	phase    phase
	bytes    int64
	reserved bool // one call of the budget
	since    time.Time
	began    uint64
	run      func(ok bool)
}

// phase is how far a ticket has come.
type phase int

const (
	granted  phase = iota // the object was woken
	taken                 // the object is preparing its call
	staged                // it waits for a slot
	calling               // it has one
	ended                 // it has given it back
	refused               // it was told that it gets none
	returned              // it has given back everything
)

// Slot asks for a slot, with a picture that takes so many bytes, at most those of the waiter; the rest is given back. run is called once, on a
// goroutine of its own: with true when the ticket has a slot, with false when it gets none, because its connection was removed or changed, its gate
// closed, its budget went, the service asked for a long pause, the process ends, or the ticket was returned. Then the caller returns it.
func (t *Ticket) Slot(bytes int64, run func(ok bool)) {
	d := t.dispatcher
	d.begin()
	defer d.end()
	if t.phase != taken || t.lane.free {
		d.after.runs = append(d.after.runs, func() { run(false) })
		return
	}
	t.run = run
	d.shrink(t, max(bytes, 0))
	t.phase = staged
	t.namespace.staged.push(&t.turn)
	if !t.namespace.calling.standing() {
		t.lane.staged.push(&t.namespace.calling)
	}
	if !d.valid(t) {
		d.refuse(t)
	}
	d.shed(t.lane)
	d.touch(t.lane)
}

// valid tells whether the ticket's call may still be made: it is of the connection as it is now, no gate holds it back, and its budget is there.
func (d *Dispatcher) valid(t *Ticket) bool {
	c := t.connection
	if d.closed || !c.open || t.epoch != c.epoch {
		return false
	}
	if t.lane.free {
		return true
	}
	for _, g := range c.gatesOf(t.lane.operation) {
		if g.probe != t {
			return false
		}
	}
	return !c.overdrawn(t.namespace.name, 0)
}

// start gives a staged ticket a slot.
func (d *Dispatcher) start(t *Ticket) {
	run := t.run
	d.unstage(t)
	d.call(t, t.lane)
	d.metrics.waited(t.lane.operation, d.at.Sub(t.since))
	d.after.runs = append(d.after.runs, func() { run(true) })
}

// call begins a call in a lane.
func (d *Dispatcher) call(t *Ticket, l *lane) {
	t.lane, t.phase, t.began = l, calling, d.tick()
	l.running++
	l.pace.begin(t, d.at, l.limits.RequestsPerSecond)
}

// refuse tells a staged ticket that it gets no slot. What others may want at once is given back; the memory is, when the ticket is returned.
func (d *Dispatcher) refuse(t *Ticket) {
	run := t.run
	d.unstage(t)
	t.phase = refused
	d.letGo(t)
	d.after.runs = append(d.after.runs, func() { run(false) })
}

// unstage takes a ticket out of those that wait for a slot.
func (d *Dispatcher) unstage(t *Ticket) {
	t.run = nil
	t.turn.leave()
	if t.namespace.staged.empty() {
		t.namespace.calling.leave()
	}
	d.arrive(t)
}

// arrive takes a ticket out of those that are ahead of their slots.
func (d *Dispatcher) arrive(t *Ticket) {
	t.lane.ahead--
	t.namespace.ahead--
	t.lane.tidy(t.namespace)
	d.touch(t.lane)
}

// shed refuses staged tickets when the service asks for a long pause: until its end pictures would lie in memory, and signed addresses expire. One stays,
// to be the first afterwards.
func (d *Dispatcher) shed(l *lane) {
	if l.staged.empty() || l.pace.until.Sub(d.at) <= longPause {
		return
	}
	first := l.staged.first().staged.first()
	for ns := range l.staged.all() {
		for t := range ns.staged.all() {
			if t != first {
				d.refuse(t)
			}
		}
	}
}

// Done tells how the call ended, with the error that the client returned; nil: it brought a result. The slot goes to the next. An error that is no
// *[ais.Error] tells that the call was not made.
func (t *Ticket) Done(err error) {
	d := t.dispatcher
	d.begin()
	defer d.end()
	if t.phase != calling {
		return
	}
	t.phase = ended
	d.roll(t.connection)
	e, answered := errors.AsType[*ais.Error](err)
	if !answered && err != nil {
		d.letGo(t)
		d.leaveSlot(t)
		return
	}
	d.unreserve(t, err == nil || e.Billed())
	if pace := &t.lane.pace; ais.ClassOf(err) == ais.ClassThrottled {
		d.metrics.throttled(t.lane.operation)
		pace.throttled(t.began, d.tick(), d.at, e.RetryAfter)
		d.shed(t.lane)
	} else {
		pace.passed(t, d.at)
	}
	d.judge(t, err)
	d.leaveSlot(t)
}

func (d *Dispatcher) leaveSlot(t *Ticket) {
	t.lane.running--
	t.lane.pace.leave(t)
	d.touch(t.lane)
}

// TrySlot asks for a slot of another operation of the same connection, for another call on the same picture. It neither waits nor goes before those who
// do: false tells that there is none free right now, that a gate is closed, or that there is no budget or no token.
func (t *Ticket) TrySlot(operation string) bool {
	d := t.dispatcher
	d.begin()
	defer d.end()
	c := t.connection
	if t.phase != ended || d.closed || !c.open || t.epoch != c.epoch {
		return false
	}
	d.roll(c)
	if len(c.gatesOf(operation)) > 0 || c.overdrawn(t.namespace.name, 1) {
		return false
	}
	l := d.lane(c, operation, false)
	if now, _ := l.opening(d.at); !now || l.pace.halfOpen || !l.staged.empty() {
		return false
	}
	d.reserve(t)
	d.call(t, l)
	return true
}

// Return gives back everything that the ticket still holds. A call that was not reported with Done counts as not made.
func (t *Ticket) Return() {
	d := t.dispatcher
	d.begin()
	defer d.end()
	d.giveBack(t)
}

// giveBack ends a ticket, wherever it is.
func (d *Dispatcher) giveBack(t *Ticket) {
	switch t.phase {
	case granted, taken:
		d.arrive(t)
	case staged:
		d.refuse(t)
	case calling:
		d.leaveSlot(t)
	case ended, refused:
	case returned:
		return
	}
	d.letGo(t)
	d.shrink(t, 0)
	t.phase = returned
	t.connection.tickets--
}

// letGo gives back what the ticket has reserved, and lets another probe the gates that it was to probe.
func (d *Dispatcher) letGo(t *Ticket) {
	d.unreserve(t, false)
	for _, g := range t.probes() {
		g.probe = nil
		d.unpark(t.connection)
	}
}

// shrink keeps at most so many bytes of the memory that the ticket holds.
func (d *Dispatcher) shrink(t *Ticket, bytes int64) {
	if bytes < t.bytes {
		d.memory.used -= t.bytes - bytes
		t.bytes = bytes
	}
}
