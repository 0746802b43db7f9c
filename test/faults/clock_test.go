package faults_test

import (
	"sync"
	"time"
)

// clock is the time of a world: its operators' and its service's. It runs with the true one, ahead of it, or stands.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
	stood time.Time // zero while it runs
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stood.IsZero() {
		return c.stood
	}
	return time.Now().Add(c.ahead)
}

// stop lets the clock stand at the present time.
func (c *clock) stop() {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stood = now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
	if !c.stood.IsZero() {
		c.stood = c.stood.Add(d)
	}
}

// lead is how far the clock has been advanced.
func (c *clock) lead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// startAtNoon goes to the next noon in UTC, so that no day ends by itself.
func (c *clock) startAtNoon() {
	const day = 24 * time.Hour
	now := c.now()
	c.advance(now.Truncate(day).Add(day + day/2).Sub(now))
}
