package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// teller says what the demo does, with the seconds since its start. It is safe for concurrent use.
type teller struct {
	mu    sync.Mutex
	w     io.Writer
	start time.Time
}

func newTeller(w io.Writer) *teller { return &teller{w: w, start: time.Now()} }

// say writes one line.
func (t *teller) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "%5.1fs  %s\n", time.Since(t.start).Seconds(), fmt.Sprintf(format, args...)) //nolint:errcheck // Nobody is left to be told.
}
