package flow

import "time"

// alarm is a timer that is there only while it is set. It may ring when it was stopped or set anew just before; whoever it wakes looks again.
type alarm struct {
	timer *time.Timer
	until time.Time // zero: not set
}

// set has the alarm ring at a time; a zero time stops it.
func (a *alarm) set(until, now time.Time, ring func()) {
	switch {
	case until.IsZero():
		a.stop()
	case until.Equal(a.until):
	case a.timer == nil:
		a.until, a.timer = until, time.AfterFunc(until.Sub(now), ring)
	default:
		a.until = until
		a.timer.Reset(until.Sub(now))
	}
}

func (a *alarm) stop() {
	if !a.until.IsZero() {
		a.timer.Stop()
		a.until = time.Time{}
	}
}

// rang is called when the alarm has rung.
func (a *alarm) rang() { a.until = time.Time{} }
