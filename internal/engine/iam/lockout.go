package iam

import (
	"sync"
	"time"
)

// verdict is what came of an attempt to authenticate.
type verdict int

const (
	failed verdict = iota
	passed
	locked
)

// lockout counts failures of each name and locks it when there are too many.
// Callers give it only names that exist, so its size is bounded by the
// accounts file.
type lockout struct {
	limit  int           // the failure that locks
	window time.Duration // failures older than this are forgotten; 0: only a success forgets
	period time.Duration // how long a lock lasts
	now    func() time.Time

	mu    sync.Mutex
	names map[string]*attempts
}

// attempts is the recent past of one name.
type attempts struct {
	failures []time.Time // oldest first, fewer than limit
	until    time.Time   // locked before this time
}

func newLockout(limit int, window, period time.Duration, now func() time.Time) *lockout {
	return &lockout{limit: limit, window: window, period: period, now: now, names: map[string]*attempts{}}
}

// isLocked says whether the name is locked now.
func (l *lockout) isLocked(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.names[name]
	return a != nil && l.now().Before(a.until)
}

// attempt records an attempt and says what it came to. While a name is locked
// nothing passes and nothing counts. Deciding and counting are one step, so
// that attempts made at the same time get no extra tries.
func (l *lockout) attempt(name string, ok bool) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, a := l.now(), l.names[name]
	switch {
	case a != nil && now.Before(a.until):
		return locked
	case ok:
		delete(l.names, name)
		return passed
	case a == nil:
		a = &attempts{}
		l.names[name] = a
	}
	if l.window > 0 {
		for len(a.failures) > 0 && now.Sub(a.failures[0]) >= l.window {
			a.failures = a.failures[1:]
		}
	}
	a.failures = append(a.failures, now)
	if len(a.failures) >= l.limit {
		a.failures, a.until = nil, now.Add(l.period)
	}
	return failed
}
