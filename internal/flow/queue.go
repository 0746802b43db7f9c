package flow

import "time"

// waiter is an object that waits, or that has a ticket which it has not taken yet.
type waiter struct {
	turn   place[waiter]
	queue  *queue
	wake   func()
	bytes  int64
	since  int64   // Unix time in nanoseconds of its first Enter
	ticket *Ticket // nil while it waits
}

// free is since when nothing but its turn has kept it waiting, if nothing else does now. Its connection keeps one time for all of its objects: nothing has
// to be written down for each of ten thousand when a gate opens, and those that were never behind that gate are at worst a little younger than they are.
func (w *waiter) free() time.Time { return later(time.Unix(0, w.since), w.queue.connection.freed) }

// queue holds, in the order of their coming, the waiters of one namespace and one connection in a lane, those with a picture and those without apart:
// what holds one of them back holds all of them back.
type queue struct {
	turn       place[queue] // among its namespace's queues, or while parked among its connection's
	mine       place[queue] // in its connection's list
	lane       *lane
	namespace  *namespace
	connection *connection
	bare       bool
	parked     bool
	waiters    line[waiter]
	length     int
}

// queueKey finds a queue in its namespace.
type queueKey struct {
	connection *connection
	bare       bool
}

// namespace is what one namespace has in a lane.
type namespace struct {
	name    string
	turn    place[namespace] // among those whose waiters are not held back
	calling place[namespace] // among those with staged tickets
	queues  map[queueKey]*queue
	turns   line[queue]
	staged  line[Ticket]
	ahead   int // tickets without a slot
}

// namespace finds a namespace, or makes it.
func (l *lane) namespace(name string) *namespace {
	ns := l.namespaces[name]
	if ns == nil {
		ns = &namespace{name: name, queues: map[queueKey]*queue{}}
		ns.turn.who, ns.calling.who = ns, ns
		l.namespaces[name] = ns
	}
	return ns
}

// tidy forgets a namespace that has nothing in the lane any more.
func (l *lane) tidy(ns *namespace) {
	if len(ns.queues) == 0 && ns.ahead == 0 {
		delete(l.namespaces, ns.name)
	}
}

// queueOf finds the queue of a waiter, or makes it.
func (l *lane) queueOf(c *connection, namespaceName string, bare bool) *queue {
	if ns := l.namespaces[namespaceName]; ns != nil {
		if q := ns.queues[queueKey{c, bare}]; q != nil {
			return q
		}
	}
	q := &queue{connection: c, bare: bare}
	q.turn.who, q.mine.who = q, q
	c.queues.push(&q.mine)
	q.attachAs(l, namespaceName)
	return q
}

func (q *queue) attach(l *lane) { q.attachAs(l, q.namespace.name) }

func (q *queue) attachAs(l *lane, namespaceName string) {
	q.lane, q.namespace = l, l.namespace(namespaceName)
	q.namespace.queues[queueKey{q.connection, q.bare}] = q
	l.waiting += q.length
	if !q.parked {
		q.setIn()
	}
}

// detach takes the queue out of its lane; a parked one stays parked.
func (q *queue) detach() {
	if !q.parked {
		q.setOut()
	}
	q.lane.waiting -= q.length
	delete(q.namespace.queues, queueKey{q.connection, q.bare})
	q.lane.tidy(q.namespace)
}

// setIn lets the queue take turns.
func (q *queue) setIn() {
	ns := q.namespace
	ns.turns.push(&q.turn)
	if !ns.turn.standing() {
		q.lane.turns.push(&ns.turn)
	}
	if q.bare {
		q.lane.bare++
	}
}

// setOut ends its taking turns.
func (q *queue) setOut() {
	ns := q.namespace
	q.turn.leave()
	if ns.turns.empty() {
		ns.turn.leave()
	}
	if q.bare {
		q.lane.bare--
	}
}

// took passes the turn on after the first waiter was granted its ticket.
func (q *queue) took() {
	ns := q.namespace
	ns.turns.rotate(&q.turn)
	q.lane.turns.rotate(&ns.turn)
}

// add lets a waiter stand in the queue, at its end or in front.
func (q *queue) add(w *waiter, first bool) {
	w.queue = q
	if first {
		q.waiters.pushFirst(&w.turn)
	} else {
		q.waiters.push(&w.turn)
	}
	q.length++
	q.lane.waiting++
}

// remove takes a waiter out, and the queue with its last one.
func (d *Dispatcher) remove(w *waiter) {
	q := w.queue
	w.turn.leave()
	q.length--
	q.lane.waiting--
	if q.length > 0 {
		return
	}
	c := q.connection
	if q.parked {
		q.turn.leave()
		d.rearm(c)
	}
	q.detach()
	q.mine.leave()
}
