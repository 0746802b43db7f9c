package enginetest

import (
	"context"
	"fmt"
	"sync"
)

// Gate keeps requests in flight until it is released.
type Gate struct {
	open chan struct{}
	once sync.Once

	mu      sync.Mutex
	held    int
	changed chan struct{} // closed when held changes
}

// NewGate makes a closed gate.
func NewGate() *Gate {
	return &Gate{open: make(chan struct{}), changed: make(chan struct{})}
}

// Hold keeps every request of an operation in flight (of all operations, if it
// is empty) until the gate is released.
func (s *Server) Hold(op Operation) *Gate {
	g := NewGate()
	s.Add(Fault{Operation: op, Times: Always, Gate: g})
	return g
}

// Release lets everything through, now and later. It may be called twice.
func (g *Gate) Release() { g.once.Do(func() { close(g.open) }) }

// Held is the number of requests that wait at the gate now.
func (g *Gate) Held() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held
}

// Await returns when at least n requests wait at the gate.
func (g *Gate) Await(ctx context.Context, n int) error {
	for {
		g.mu.Lock()
		held, changed := g.held, g.changed
		g.mu.Unlock()
		if held >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d requests arrived at the gate: %w", held, n, ctx.Err())
		}
	}
}

// pass waits until the gate is open, and says whether the client is still there.
func (g *Gate) pass(ctx context.Context) bool {
	g.count(+1)
	defer g.count(-1)
	select {
	case <-g.open:
		return true
	case <-ctx.Done():
		return false
	}
}

func (g *Gate) count(d int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held += d
	close(g.changed)
	g.changed = make(chan struct{})
}
