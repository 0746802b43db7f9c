package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	startTimeout = 30 * time.Second // until a process is healthy
	stopTimeout  = 15 * time.Second // from SIGTERM to SIGKILL
	tailLines    = 15
)

// process is the manager or the engine.
type process struct {
	name, log string
	cmd       *exec.Cmd
	stopping  atomic.Bool
	ended     chan struct{}
}

// startProcess starts a program that writes to <logs>/<name>.log. When it ends before stop, fail is told.
func startProcess(ctx context.Context, fail context.CancelCauseFunc, logs, name, path string, env []string, args ...string) (*process, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the %s is not built; run make demo, or say where it is with -%s: %w", name, name, err)
	}
	p := &process{name: name, log: filepath.Join(logs, name+".log"), ended: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own descriptor
	// It outlives the context: tearDown ends one after the other.
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), path, args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(os.Environ(), env...)
	// Ctrl-C is for the demo alone, which then ends everything in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState says the same
		close(p.ended)
		if !p.stopping.Load() {
			fail(fmt.Errorf("the %s ended by itself: %s", name, p.cmd.ProcessState))
		}
	}()
	return p, nil
}

// healthy waits until the URL answers 200.
func (p *process) healthy(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, url) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the %s is not healthy: %w", p.name, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// stop ends the process, which has time to finish what it is at.
func (p *process) stop() error {
	p.stopping.Store(true)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only for one that has ended
	patience := time.NewTimer(stopTimeout)
	defer patience.Stop()
	select {
	case <-p.ended:
		return nil
	case <-patience.C:
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	return fmt.Errorf("the %s had to be killed: it did not end within %s of SIGTERM", p.name, stopTimeout)
}

// tail returns the last lines of the log.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text), tailLines)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
