package flow

import "time"

// Enter asks for an object's turn. The ticket is not nil when it has come, now or since the object was woken; whoever takes it returns it. Without
// one the object waits and is woken; the hold says what keeps it waiting besides its turn, if anything does. Whoever asks again keeps its place,
// unless it wants something else now.
func (d *Dispatcher) Enter(want Waiter) (*Ticket, *Hold) {
	d.begin()
	defer d.end()
	if d.closed {
		return nil, nil
	}
	c := d.connection(want.Connection)
	d.roll(c)
	w := d.waiters[want.ID]
	if w != nil && !w.wants(want) {
		d.drop(want.ID, w)
		w = nil
	}
	if w == nil {
		w = &waiter{bytes: max(want.Bytes, 0), since: d.at.UnixNano()}
		w.turn.who = w
		d.waiters[want.ID] = w
		l := d.lane(c, want.Operation, want.Free)
		l.queueOf(c, want.ID.Namespace, w.bytes == 0).add(w, false)
		d.touch(l)
	}
	w.wake, w.bytes = nil, max(want.Bytes, 0) // It is asking: it need not be woken for what comes of this call.
	d.settle()
	w.wake = want.Wake
	if t := d.take(want.ID, w); t != nil {
		return t, nil
	}
	why, _ := c.holdIn(w.queue.lane, want.ID.Namespace, d.at)
	return nil, why
}

// Waited tells for how long nothing but its turn has kept an object waiting; zero when it does not wait, or something else holds it back.
func (d *Dispatcher) Waited(id ID) time.Duration {
	d.begin()
	defer d.end()
	w := d.waiters[id]
	if w == nil {
		return 0
	}
	q := w.queue
	if why, _ := q.connection.holdIn(q.lane, q.namespace.name, d.at); why != nil || !q.connection.open {
		return 0
	}
	return d.at.Sub(w.free())
}

// wants tells whether the waiter stands where it has to stand for what is wanted. More memory than it was promised with its ticket is another matter.
func (w *waiter) wants(want Waiter) bool {
	q := w.queue
	return q.connection.name == want.Connection && q.lane.operation == want.Operation && q.lane.free == want.Free &&
		q.bare == (want.Bytes <= 0) && (w.ticket == nil || want.Bytes <= w.ticket.bytes)
}

// take gives the object the ticket that is reserved for it, if it is still good for anything.
func (d *Dispatcher) take(id ID, w *waiter) *Ticket {
	t := w.ticket
	if t == nil {
		return nil
	}
	if !d.valid(t) { // A gate has closed since. The object keeps its place in front of the others.
		w.ticket = nil
		d.giveBack(t)
		l := d.lane(t.connection, t.lane.operation, t.lane.free)
		l.queueOf(t.connection, id.Namespace, w.bytes == 0).add(w, true)
		d.touch(l)
		return nil
	}
	delete(d.waiters, id)
	t.phase = taken
	d.shrink(t, w.bytes)
	return t
}

// grant gives the first of a queue its ticket, with all that it needs but a slot.
func (d *Dispatcher) grant(q *queue) {
	w, l, c := q.waiters.first(), q.lane, q.connection
	t := &Ticket{
		dispatcher: d, connection: c, epoch: c.epoch, lane: l, namespace: q.namespace, bytes: w.bytes, since: time.Unix(0, w.since), phase: granted,
	}
	t.turn.who = t
	w.ticket = t
	if w.bytes > 0 && l.hungry.standing() {
		d.memory.hungry.rotate(&l.hungry)
	}
	d.memory.used += w.bytes
	c.tickets++
	l.ahead++
	q.namespace.ahead++
	if !l.free {
		d.reserve(t)
		for _, g := range c.gatesOf(l.operation) {
			g.probe = t
		}
	}
	q.took()
	d.remove(w)
	if w.wake != nil {
		d.after.wakes = append(d.after.wakes, w.wake)
	}
}

// Leave ends an object's waiting. A ticket that it has not taken goes to the next.
func (d *Dispatcher) Leave(id ID) {
	d.begin()
	defer d.end()
	if w := d.waiters[id]; w != nil {
		d.drop(id, w)
	}
}

// drop forgets a waiter, and gives back what was granted to it.
func (d *Dispatcher) drop(id ID, w *waiter) {
	delete(d.waiters, id)
	if w.ticket != nil {
		d.giveBack(w.ticket)
		return
	}
	d.touch(w.queue.lane)
	d.remove(w)
}
