package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// controlHandler is how the bench reads and steers the remote, on a port of its own.
func (s *service) controlHandler() http.Handler {
	mux := http.NewServeMux()
	// command wraps what is done under the lock and answered with the tally after it.
	command := func(do func()) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			do()
			_ = json.NewEncoder(w).Encode(s.tally) // nobody is left to be told
		}
	}
	mux.HandleFunc("POST /read", command(func() {}))
	mux.HandleFunc("POST /reset", command(s.reset))
	mux.HandleFunc("POST /hold", command(func() { s.hold = make(chan struct{}) }))
	mux.HandleFunc("POST /release", command(func() {
		if s.hold != nil {
			close(s.hold)
			s.hold = nil
		}
	}))
	return mux
}

// Commands to the remote.
const (
	read    = "read"
	reset   = "reset" // forget what was counted
	hold    = "hold"  // hold answers back until release
	release = "release"
)

// command carries out a command and returns what the remote has counted since the last reset.
func (r *remote) command(ctx context.Context, name string) (tally, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Control+"/"+name, http.NoBody)
	if err != nil {
		return tally{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return tally{}, fmt.Errorf("the remote: %w", err)
	}
	defer resp.Body.Close()
	var t tally
	if err := json.NewDecoder(resp.Body).Decode(&t); err != nil {
		return tally{}, fmt.Errorf("the remote: %s: %w", resp.Status, err)
	}
	return t, nil
}

// tagged is how often the operator called ImageTagging; the calls of the loops have another project.
func (t tally) tagged() int { return t.Calls[opTagging+"/"+project] }

// billed is how many paid calls the operator made.
func (t tally) billed() int { return t.tagged() + t.Calls[opDarkEnhance] }
