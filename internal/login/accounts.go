package login

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Accounts counts the tries of all accounts.
type Accounts struct {
	now func() time.Time

	mu sync.Mutex
	by map[Account]*account
}

// account is what is known of one.
type account struct {
	// pending counts the tries that are being made. Each may fail.
	pending int
	// failed are the times of the tries that failed.
	failed []time.Time
	// locked is when the account may be tried again after the service locked it.
	locked time.Time
	// waiting are to be woken when a try ends.
	waiting map[string]func()
	// line are those that are held, in the order in which they came.
	line []string
}

// stagger is what each that is held comes later than the one before it, so that those that came first find the tries that are there again.
const stagger = time.Second

// NewAccounts counts nothing yet.
func NewAccounts(now func() time.Time) *Accounts {
	return &Accounts{now: now, by: map[Account]*account{}}
}

// Hold says why an account is not to be tried.
type Hold int

// The holds.
const (
	// Free: it may be tried.
	Free Hold = iota
	// Busy: as many tries are being made as may fail.
	Busy
	// Spent: as many have failed as may fail.
	Spent
	// Locked: the service said that the account is locked.
	Locked
)

// Ask tells whether an account may be tried, and if not, how long it is until whoever asks should ask again. While the account is Busy that is not known:
// then wake is called when a try has ended.
func (a *Accounts) Ask(name Account, who string, wake func()) (Hold, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	acc := a.account(name)
	hold, left := acc.hold(a.now())
	place := slices.Index(acc.line, who)
	switch {
	case hold == Free && place >= 0:
		acc.line = slices.Delete(acc.line, place, place+1)
	case hold != Free && place < 0:
		place = len(acc.line)
		acc.line = append(acc.line, who)
	}
	switch hold {
	case Free:
		return Free, 0
	case Busy:
		acc.waiting[who] = wake
		return Busy, 0
	default:
		return hold, left + time.Duration(place)*stagger
	}
}

// Forget takes somebody who is gone out of all lines.
func (a *Accounts) Forget(who string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, acc := range a.by {
		acc.line = slices.DeleteFunc(acc.line, func(other string) bool { return other == who })
		delete(acc.waiting, who)
	}
}

// Begin begins a try. It returns what has to be called with the try's end; nil: the try is not to be made.
func (a *Accounts) Begin(name Account) (end func(error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	acc := a.account(name)
	if hold, _ := acc.hold(a.now()); hold != Free {
		return nil
	}
	acc.pending++
	return func(err error) { a.end(name, err) }
}

// end takes a try out of those that are being made. One that was not refused counts no more. Success takes no older failure back: whether the service
// counts failures in a row or in a quarter of an hour is not documented for every lock.
func (a *Accounts) end(name Account, err error) {
	a.mu.Lock()
	acc := a.account(name)
	acc.pending--
	acc.note(err, a.now())
	waiting := acc.waiting
	acc.waiting = map[string]func(){}
	a.mu.Unlock()
	for _, wake := range waiting {
		wake()
	}
}

// Note counts a request that was no try and whose error may be a refusal all the same, such as a call that was signed.
func (a *Accounts) Note(name Account, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.account(name).note(err, a.now())
}

// Restore counts a try of an earlier process. It may have failed at that time; a lock that it met ends at the other, if that is not zero.
func (a *Accounts) Restore(name Account, at, lockedUntil time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	acc := a.account(name)
	acc.fail(at)
	acc.lock(lockedUntil)
}

// account finds an account. Those about which there is nothing left to know are forgotten on the way: tries are rare.
func (a *Accounts) account(name Account) *account {
	now := a.now()
	maps.DeleteFunc(a.by, func(_ Account, acc *account) bool {
		acc.prune(now)
		return acc.pending == 0 && len(acc.failed) == 0 && !now.Before(acc.locked)
	})
	acc := a.by[name]
	if acc == nil {
		acc = &account{waiting: map[string]func(){}}
		a.by[name] = acc
	}
	return acc
}

func (acc *account) prune(now time.Time) {
	acc.failed = slices.DeleteFunc(acc.failed, func(at time.Time) bool { return now.Sub(at) >= Window })
}

func (acc *account) hold(now time.Time) (Hold, time.Duration) {
	failed := len(acc.failed)
	switch {
	case now.Before(acc.locked):
		return Locked, acc.locked.Sub(now)
	case acc.pending+failed < MaxTries:
		return Free, 0
	case failed < MaxTries:
		return Busy, 0
	default:
		return Spent, acc.failed[failed-MaxTries].Add(Window).Sub(now)
	}
}

func (acc *account) note(err error, now time.Time) {
	if !IsRefusal(err) {
		return
	}
	acc.fail(now)
	if pause := PauseOf(err); pause > 0 {
		acc.lock(now.Add(pause))
	}
}

func (acc *account) fail(at time.Time) {
	acc.failed = append(acc.failed, at)
	slices.SortFunc(acc.failed, time.Time.Compare)
}

func (acc *account) lock(until time.Time) {
	if until.After(acc.locked) {
		acc.locked = until
	}
}
