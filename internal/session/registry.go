package session

import (
	"sync"
	"time"
)

// Rejection is that a service refused the credentials of a session. It is kept until it is in the connection's status.
type Rejection struct {
	// Origin is that of the session.
	Origin string
	// Err is what the service said.
	Err error
	// Announced means that the try stands in status already.
	Announced bool
}

// Registry holds the sessions of all Ready connections. The zero value is empty and ready for use.
type Registry struct {
	mu       sync.Mutex
	sessions map[Ref]*Session
	rejected map[Ref]*Rejection
	waiting  []func(Ref)
	changed  []func(Ref, time.Duration)
}

// Put makes a session available and wakes what waits for it.
func (r *Registry) Put(s *Session) {
	s.reject = func(err error) { r.reject(s, err) }
	r.mu.Lock()
	if r.sessions == nil {
		r.sessions = map[Ref]*Session{}
	}
	old := r.sessions[s.Ref]
	r.sessions[s.Ref] = s
	r.mu.Unlock()
	if old != nil && old.Recognition != s.Recognition {
		old.Close()
	}
	r.Wake(s.Ref)
}

// Wake wakes what waits for a connection, because its session opened or because there is something new to say about it. It does not wait for that.
func (r *Registry) Wake(ref Ref) {
	r.mu.Lock()
	wake := r.waiting
	r.mu.Unlock()
	for _, f := range wake {
		f(ref)
	}
}

// Get returns the session of a connection, or nil when there is none.
func (r *Registry) Get(ref Ref) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[ref]
}

// Remove closes the session of a connection that is gone or no longer Ready.
func (r *Registry) Remove(ref Ref) {
	r.mu.Lock()
	s := r.sessions[ref]
	delete(r.sessions, ref)
	r.mu.Unlock()
	if s != nil {
		s.Close()
	}
}

// reject ends a session whose credentials were refused, so that no other object tries them, and tells the connection's controller. A session that has
// been replaced since by one with the same clients ends, too.
func (r *Registry) reject(s *Session, err error) {
	r.mu.Lock()
	current := r.sessions[s.Ref]
	if current == nil || current.Origin != s.Origin { // Another call said so before, or the credentials have changed since.
		r.mu.Unlock()
		return
	}
	delete(r.sessions, s.Ref)
	r.mu.Unlock()
	current.Close()
	r.Reject(s.Ref, &Rejection{Origin: s.Origin, Err: err})
	r.Note(s.Ref, 0)
}

// Reject keeps a rejection until it is settled.
func (r *Registry) Reject(ref Ref, rejection *Rejection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rejected == nil {
		r.rejected = map[Ref]*Rejection{}
	}
	r.rejected[ref] = rejection
}

// Rejection returns what is to be written down about a connection, or nil.
func (r *Registry) Rejection(ref Ref) *Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rejected[ref]
}

// Settle forgets a rejection, once it is written down or is about nothing that there is.
func (r *Registry) Settle(ref Ref, rejection *Rejection) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rejected[ref] == rejection {
		delete(r.rejected, ref)
	}
}

// Note has the connection's controller write down, after a while, what has become of the connection.
func (r *Registry) Note(ref Ref, after time.Duration) {
	r.mu.Lock()
	tell := r.changed
	r.mu.Unlock()
	for _, f := range tell {
		f(ref, after)
	}
}

// OnWake has f called after every Put and by every Wake. f must not block.
func (r *Registry) OnWake(f func(Ref)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, f)
}

// OnChange has f called when there is something to write down about a connection, after a while. f must not block.
func (r *Registry) OnChange(f func(ref Ref, after time.Duration)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changed = append(r.changed, f)
}
