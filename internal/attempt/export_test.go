package attempt

// Remembered counts what the runner keeps in memory: answers that are not in status yet, and claims whose calls were never made.
func (r *Runner[T]) Remembered() (records, unsent int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.records), len(r.unsent)
}
