package session

import (
	"sync"
	"time"
)

// Registry holds the sessions of all Ready connections. The zero value is empty and ready for use.
type Registry struct {
	mu       sync.Mutex
	sessions map[Ref]*Session
	rejected map[Ref]string
	waiting  []func(Ref)
	changed  []func(Ref, time.Duration)
}

// Put makes a session available and wakes what waits for it.
func (r *Registry) Put(s *Session) {
	s.reject = func() { r.reject(s) }
	r.mu.Lock()
	if r.sessions == nil {
		r.sessions = map[Ref]*Session{}
	}
	old := r.sessions[s.Ref]
	r.sessions[s.Ref] = s
	r.mu.Unlock()
	if old != nil {
		old.Close()
	}
	r.Wake(s.Ref)
}

// Wake wakes what waits for a connection, because its session opened or because there is something new to say about it.
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

// reject ends a session whose credentials were refused, so that no other object tries them, and tells the connection's controller.
func (r *Registry) reject(s *Session) {
	r.mu.Lock()
	if r.sessions[s.Ref] != s { // Another call said so before, or the Secret has changed since.
		r.mu.Unlock()
		return
	}
	delete(r.sessions, s.Ref)
	if r.rejected == nil {
		r.rejected = map[Ref]string{}
	}
	r.rejected[s.Ref] = s.CredentialsVersion
	r.mu.Unlock()
	s.Close()
	r.Note(s.Ref, 0)
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

// TakeRejection returns the version of the credentials that a call found refused since the last time, or "".
func (r *Registry) TakeRejection(ref Ref) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	version := r.rejected[ref]
	delete(r.rejected, ref)
	return version
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
