package flow

// memory is what the pictures of all tickets may take.
type memory struct {
	limit, used int64
	// hungry are the lanes whose first waiter did not find the memory that it needs. The first of them waits until it does, so that small pictures do
	// not starve large ones; then it is the next one's turn.
	hungry line[lane]
}

// has tells whether the lane's first waiter may have the memory that it needs.
func (m *memory) has(l *lane, bytes int64) bool {
	if bytes == 0 {
		return true
	}
	if first := m.hungry.first(); first != nil && first != l {
		return false
	}
	return m.used == 0 || m.used+bytes <= m.limit
}

// feed lets the lanes that need memory take their turns.
func (d *Dispatcher) feed() {
	for l := d.memory.hungry.first(); l != nil; l = d.memory.hungry.first() {
		if !d.grantOne(l) && d.memory.hungry.first() == l {
			return
		}
	}
}
