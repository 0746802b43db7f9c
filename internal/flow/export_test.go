package flow

import (
	"fmt"
	"unsafe"
)

// WaiterBytes is the size of what the dispatcher keeps for a waiter, without its place in the map.
const WaiterBytes = unsafe.Sizeof(waiter{})

// Leftovers says what is still held; nothing must be, once all objects have left and all tickets are returned.
func (d *Dispatcher) Leftovers() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []string
	add := func(held bool, format string, args ...any) {
		if held {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	add(d.memory.used != 0, "%d bytes of memory", d.memory.used)
	add(!d.memory.hungry.empty(), "a lane that waits for memory")
	add(len(d.waiters) != 0, "%d waiters", len(d.waiters))
	for _, l := range d.lanes {
		add(l.running != 0 || l.ahead != 0, "%s: running %d, ahead %d", l.operation, l.running, l.ahead)
		add(l.waiting != 0 || l.bare != 0, "%s: waiting %d, bare %d", l.operation, l.waiting, l.bare)
		add(len(l.namespaces) != 0 || !l.turns.empty() || !l.staged.empty(), "%s: namespaces %v", l.operation, l.namespaces)
		add(!l.timer.until.IsZero(), "%s: a timer", l.operation)
		add(l.pace.trial != nil, "%s: a trial", l.operation)
	}
	for _, c := range d.connections {
		add(c.held.calls != 0 || len(c.held.byNamespace) != 0, "%s: %d reserved calls", c.name, c.held.calls)
		add(c.tickets != 0, "%s: %d tickets", c.name, c.tickets)
		add(!c.queues.empty() || !c.parked.empty(), "%s: queues", c.name)
		add(!c.timer.until.IsZero(), "%s: a timer", c.name)
		for _, g := range c.gates {
			add(g.probe != nil, "%s: a probe of the gate of %q", c.name, g.Operation)
		}
	}
	return found
}

// Lanes is the number of lanes, Known that of connections.
func (d *Dispatcher) Lanes() int { return len(d.lanes) }

// Known is the number of connections of which something is remembered.
func (d *Dispatcher) Known() int { return len(d.connections) }
