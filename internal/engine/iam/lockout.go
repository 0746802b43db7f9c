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

// maxEnding is how many names that end are remembered at most.
const maxEnding = 10_000

// lockout counts failures of each name and locks it when there are too many.
// Callers give it only names that exist. Those of the accounts file bound its
// size by themselves; of those that end, temporary access keys, the first to end
// are forgotten when there are too many.
type lockout struct {
	limit  int           // the failure that locks
	window time.Duration // failures older than this are forgotten; 0: only a success forgets
	period time.Duration // how long a lock lasts
	now    func() time.Time

	mu     sync.Mutex
	names  map[string]*attempts
	ending int // how many of the names end
}

// attempts is the recent past of one name.
type attempts struct {
	failures []time.Time // oldest first, fewer than limit
	until    time.Time   // locked before this time
	ends     time.Time   // when the name itself ends; zero: never
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
// that attempts made at the same time get no extra tries. ends is when the name
// itself does; zero for one that stays.
func (l *lockout) attempt(name string, ok bool, ends time.Time) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, a := l.now(), l.names[name]
	switch {
	case a != nil && now.Before(a.until):
		return locked
	case ok:
		l.forget(name)
		return passed
	case a == nil:
		a = l.remember(name, ends, now)
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

// remember makes room for a name.
func (l *lockout) remember(name string, ends, now time.Time) *attempts {
	if !ends.IsZero() {
		if l.ending >= maxEnding {
			l.makeRoom(now)
		}
		l.ending++
	}
	a := &attempts{ends: ends}
	l.names[name] = a
	return a
}

// makeRoom forgets the names that have ended, or else the one that ends first.
func (l *lockout) makeRoom(now time.Time) {
	first, before := "", l.ending
	for name, a := range l.names {
		switch {
		case a.ends.IsZero():
		case !now.Before(a.ends):
			l.forget(name)
		case first == "" || a.ends.Before(l.names[first].ends):
			first = name
		}
	}
	if l.ending == before {
		l.forget(first)
	}
}

func (l *lockout) forget(name string) {
	if a := l.names[name]; a != nil && !a.ends.IsZero() {
		l.ending--
	}
	delete(l.names, name)
}
