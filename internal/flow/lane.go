package flow

import (
	"slices"
	"time"
)

// freeWindow is how many tickets without a call a connection has at once, by operation.
const freeWindow = 4

// laneKey names a lane. Calls share one by endpoint, project and operation. Tickets without a call have one for each connection, and so has what
// waits for a connection that is not open.
type laneKey struct {
	endpoint, project, operation string
	connection                   string
	free                         bool
}

// lane has the slots and the rate of one operation at one endpoint, and the queues of those who want them.
type lane struct {
	laneKey
	limits  Limits // the lowest of all open connections
	shared  bool   // there is an open connection
	touched bool

	namespaces map[string]*namespace
	turns      line[namespace] // for tickets
	staged     line[namespace] // for slots
	waiting    int             // objects in queues
	bare       int             // queues that take turns and need no memory
	ahead      int             // tickets without a slot
	running    int             // tickets with a slot
	foreign    []foreignClaim  // by time
	pace       pace
	timer      alarm
	hungry     place[lane] // among the lanes whose first waiter needs memory
}

// foreignClaim is a slot that another process may have.
type foreignClaim struct {
	connection *connection
	until      time.Time
}

// lane finds the lane of a connection, or makes it.
func (d *Dispatcher) lane(c *connection, operation string, free bool) *lane {
	key := laneKey{operation: operation, connection: c.name, free: free}
	if c.open && !free {
		key = laneKey{endpoint: c.endpoint, project: c.project, operation: operation}
	}
	l := d.lanes[key]
	if l == nil {
		l = &lane{laneKey: key, namespaces: map[string]*namespace{}, pace: pace{share: 1}}
		l.hungry.who = l
		d.lanes[key] = l
		d.limit(l)
	}
	return l
}

// limitLanes takes over the limits of the connections to an endpoint and project.
func (d *Dispatcher) limitLanes(endpoint, project string) {
	for _, l := range d.lanes {
		if l.endpoint == endpoint && l.project == project {
			d.limit(l)
			d.touch(l)
		}
	}
}

// limit takes the lowest limits of the open connections that share the lane.
func (d *Dispatcher) limit(l *lane) {
	l.limits, l.shared = Limits{}, false
	if l.connection != "" {
		return
	}
	for _, c := range d.connections {
		if !c.open || c.endpoint != l.endpoint || c.project != l.project {
			continue
		}
		own := c.limitsOf(l.operation)
		own.Concurrency = max(own.Concurrency, 1)
		if !l.shared {
			l.limits, l.shared = own, true
			continue
		}
		l.limits.Concurrency = min(l.limits.Concurrency, own.Concurrency)
		if rate := own.RequestsPerSecond; rate > 0 && (l.limits.RequestsPerSecond == 0 || rate < l.limits.RequestsPerSecond) {
			l.limits.RequestsPerSecond = rate
		}
	}
}

// restoreClaims makes the claims of other processes on a connection those of the argument.
func (d *Dispatcher) restoreClaims(c *connection, claims []Claim) {
	for _, l := range d.lanes {
		l.foreign = slices.DeleteFunc(l.foreign, func(f foreignClaim) bool { return f.connection == c })
	}
	for _, claim := range claims {
		l := d.lane(c, claim.Operation, false)
		l.foreign = append(l.foreign, foreignClaim{c, claim.Until})
		slices.SortStableFunc(l.foreign, func(a, b foreignClaim) int { return a.until.Compare(b.until) })
	}
}

// concurrency is how many calls may be on their way now.
func (l *lane) concurrency(at time.Time) int {
	if l.free {
		return freeWindow
	}
	return max(1, int(float64(l.limits.Concurrency)*l.pace.shareAt(at)))
}

// window is how many tickets may be ahead of their slots: as many as there are slots, so that the pictures are there when all slots come free at
// once. Before a call that tries out whether the service has recovered there is one, for memory is for those who can call.
func (l *lane) window(at time.Time) int {
	if l.pace.halfOpen {
		return 1
	}
	return l.concurrency(at)
}

// opening tells whether a call may begin now, and if not, when time alone may change that; zero when it does not.
func (l *lane) opening(at time.Time) (now bool, later time.Time) {
	for len(l.foreign) > 0 && !l.foreign[0].until.After(at) {
		l.foreign = l.foreign[1:]
	}
	if l.running+len(l.foreign) >= l.concurrency(at) {
		if len(l.foreign) > 0 {
			later = l.foreign[0].until
		}
		return false, later
	}
	return l.pace.opening(at, l.limits.RequestsPerSecond)
}

// giveSlots hands the free slots to staged tickets, one namespace after the other.
func (d *Dispatcher) giveSlots(l *lane) {
	for !l.staged.empty() && !d.closed {
		now, later := l.opening(d.at)
		if !now {
			l.timer.set(later, d.at, func() {
				d.begin()
				defer d.end()
				l.timer.rang()
				d.touch(l)
			})
			return
		}
		ns := l.staged.first()
		d.start(ns.staged.first())
		if ns.calling.standing() {
			l.staged.rotate(&ns.calling)
		}
	}
	l.timer.stop()
}

// grantOne grants the lane's next ticket, if there may be one now.
func (d *Dispatcher) grantOne(l *lane) bool {
	if d.closed {
		return false
	}
	q := d.nextQueue(l, false)
	if q == nil {
		l.hungry.leave()
		return false
	}
	if !d.memory.has(l, q.waiters.first().bytes) {
		if !l.hungry.standing() {
			d.memory.hungry.push(&l.hungry)
		}
		if q = d.nextQueue(l, true); q == nil {
			return false
		}
	}
	d.grant(q)
	return true
}

// How long a guest waits, an object that is the first of its namespace, in calls that begin before its own, with C slots and N other namespaces in the
// lane, however many objects each of them has:
//
//   - for its ticket: none when N ≤ C. Of the 2C tickets that may be ahead of their slots C may be anybody's, and of the others a namespace has one only if
//     it has none yet, so that N namespaces never have all of them. Else N+1 at most: it stands in line behind N namespaces, and whoever is granted a ticket
//     goes behind it.
//   - for its picture: as many as begin meanwhile. No slot is left free for it.
//   - for its slot: min(N, 2C-1), so that it is called within two turns of the slots. One of each namespace before it is called first, then that namespace
//     stands behind it; and no more stand there than have tickets.
//
// It is longer where memory for its picture is short, and where the service asks for less while it waits: then more are ahead than there may be.

// nextQueue returns the queue at turn, nil when no ticket may be granted. What is held back is parked on the way. When the window is full, a
// namespace that has no ticket in it has one more, up to as many as the window has: it does not wait for the slots of others to read its picture.
func (d *Dispatcher) nextQueue(l *lane, bareOnly bool) *queue {
	window := l.window(d.at)
	most := 2 * window
	if l.pace.halfOpen { // One call goes first. Who else had a ticket would only read its picture in vain, again and again.
		most = window
	}
	if l.ahead >= most || bareOnly && l.bare == 0 {
		return nil
	}
	for ns := range l.turns.all() {
		if l.ahead >= window && ns.ahead > 0 {
			continue
		}
		for q := range ns.turns.all() {
			if _, held := q.connection.holdIn(l, ns.name, d.at); held {
				d.park(q)
				continue
			}
			if !bareOnly || q.bare {
				return q
			}
		}
	}
	return nil
}
