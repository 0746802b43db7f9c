package flow

import "time"

// How a lane gives way when the service throttles it, and how it recovers.
//
// An answer that throttles halves what the lane may do, calls on their way and calls in a second alike. Answers to calls that began before are the
// same news told again and cut no more. Then the lane pauses, for as long as the service asks and at least 1 s, 2 s, 4 s … 60 s with every cut in a
// row; after that one call tries, and once one is not throttled the others follow. From then on the lane regains a twentieth of its limits every 15
// s, so that all is back 5 minutes after it had nothing left, and 2½ minutes after a single cut.
const (
	recovery  = 5 * time.Minute
	leastPart = 1.0 / 64
	pauseBase = time.Second
	pauseMax  = time.Minute
	// longPause is the one from which pictures are not kept for it, neither in memory nor by an address that may expire.
	longPause = 10 * time.Second
)

// pace is how fast a lane may go.
type pace struct {
	// share of the limits, above 0 and up to 1, that the lane had at a time.
	share float64
	since time.Time
	// cut orders the last cut among the beginnings of calls; row counts the cuts without a success between them.
	cut uint64
	row int
	// until is the end of the pause. halfOpen lasts from its beginning to the first call that was not throttled, which is then on trial.
	until    time.Time
	halfOpen bool
	trial    *Ticket
	// due is when the bucket that holds the tokens of the rate is full again.
	due time.Time
}

// shareAt is the share of the limits that the lane has; it grows with time.
func (p *pace) shareAt(at time.Time) float64 {
	if p.share >= 1 || !at.After(p.since) {
		return p.share
	}
	return min(1, p.share+float64(at.Sub(p.since))/float64(recovery))
}

// calm tells that nothing is remembered.
func (p *pace) calm(at time.Time) bool { return !p.halfOpen && p.shareAt(at) >= 1 && !p.due.After(at) }

// interval is the time between two tokens, and slack how far the next one may come before its time: 100 ms' worth of tokens may be used at once.
func (p *pace) interval(at time.Time, perSecond int) (interval, slack time.Duration) {
	rate := float64(perSecond) * p.shareAt(at)
	interval = time.Duration(float64(time.Second) / rate)
	return interval, max(0, 100*time.Millisecond-interval)
}

// opening tells whether a call may begin now, and if not, when time alone may change that; zero when it does not.
func (p *pace) opening(at time.Time, perSecond int) (now bool, later time.Time) {
	if p.halfOpen && p.trial != nil {
		return false, time.Time{}
	}
	if at.Before(p.until) {
		return false, p.until
	}
	if perSecond == 0 {
		return true, time.Time{}
	}
	_, slack := p.interval(at, perSecond)
	if next := p.due.Add(-slack); at.Before(next) {
		return false, next
	}
	return true, time.Time{}
}

// begin takes a token for a call, and puts it on trial where one is needed.
func (p *pace) begin(t *Ticket, at time.Time, perSecond int) {
	if p.halfOpen {
		p.trial = t
	}
	if perSecond > 0 {
		interval, _ := p.interval(at, perSecond)
		if p.due.Before(at) {
			p.due = at
		}
		p.due = p.due.Add(interval)
	}
}

// throttled slows the lane down after an answer to a call that began at a count.
func (p *pace) throttled(began, now uint64, at time.Time, retryAfter time.Duration) {
	pause := retryAfter
	p.share, p.since = p.shareAt(at), later(p.since, at)
	if began > p.cut {
		p.share, p.cut = max(leastPart, p.share/2), now
		pause = max(pause, min(pauseBase<<min(p.row, 6), pauseMax))
		p.row++
	}
	if until := at.Add(pause); pause > 0 && until.After(p.until) {
		p.until, p.halfOpen = until, true
	}
	p.since = later(p.since, p.until)
}

// passed is called after a call that was not throttled.
func (p *pace) passed(t *Ticket, at time.Time) {
	if t.began > p.cut {
		p.row = 0
	}
	if p.trial == t && !at.Before(p.until) {
		p.halfOpen = false
	}
}

// leave is called when a ticket gives its slot back.
func (p *pace) leave(t *Ticket) {
	if p.trial == t {
		p.trial = nil
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
