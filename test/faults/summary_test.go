package faults_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// summary is what the recipes have to say at the end of a long run, a line each.
var summary struct {
	mu    sync.Mutex
	lines []string
}

// report tells what a recipe has done: in the test's log, and in the long form on standard output.
func report(t *testing.T, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	summary.mu.Lock()
	defer summary.mu.Unlock()
	recipe, _, _ := strings.Cut(t.Name(), "/")
	summary.lines = append(summary.lines, fmt.Sprintf("%-34s %s", recipe, line))
}

func printSummary() {
	if !*long {
		return
	}
	slices.Sort(summary.lines)
	for _, line := range summary.lines {
		fmt.Println(line)
	}
}

// stopwatch reports how long a recipe took.
func stopwatch() func() string {
	start := time.Now()
	return func() string { return time.Since(start).Round(100 * time.Millisecond).String() }
}

// counter counts what parallel scenarios did.
type counter struct{ n atomic.Int64 }

func (c *counter) add(n int)    { c.n.Add(int64(n)) }
func (c *counter) value() int64 { return c.n.Load() }
