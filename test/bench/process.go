package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of CPU time in /proc on every architecture that Go runs on (USER_HZ).
const tick = 10 * time.Millisecond

// listenTimeout is how long the endpoint for profiles may take to listen and to answer.
const listenTimeout = 10 * time.Second

// proc reads a file of the manager's directory in /proc.
func (m *manager) proc(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(m.cmd.Process.Pid), file)) //nolint:gosec // Files of our own child.
	if err != nil {
		return "", fmt.Errorf("the manager's process: %w", err)
	}
	return string(text), nil
}

// cpu is the CPU time that the manager has used, user and system.
func (m *manager) cpu() (time.Duration, error) {
	text, err := m.proc("stat")
	if err != nil {
		return 0, err
	}
	return parseCPU(text)
}

// parseCPU reads utime and stime, the fields 14 and 15 of proc_pid_stat(5). Field 2, the name, may hold spaces and ends with the last parenthesis.
func parseCPU(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const utime, stime = 14 - 3, 15 - 3
	if len(fields) <= stime {
		return 0, errors.New("/proc/<pid>/stat is not as proc_pid_stat(5) says")
	}
	user, err := strconv.ParseInt(fields[utime], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[stime], 10, 64)
	return time.Duration(user+system) * tick, err
}

// Fields of /proc/<pid>/status, as proc_pid_status(5) names them.
const (
	resident  = "VmRSS:"
	anonymous = "RssAnon:" // without the pages of the binary, which the kernel can drop and shares between processes
)

// memory is what the manager has of one kind of memory, in bytes.
func (m *manager) memory(kind string) (int64, error) {
	text, err := m.proc("status")
	if err != nil {
		return 0, err
	}
	return parseMemory(text, kind)
}

func parseMemory(status, kind string) (int64, error) {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, kind); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/<pid>/status has no %s", kind)
}

func (b *bench) settleTime() time.Duration {
	if b.short {
		return time.Second
	}
	return 5 * time.Second
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// profiled runs f, and with -profile writes the manager's profiles of that time to <out>/<name>.cpu and <name>.heap.
func (b *bench) profiled(ctx context.Context, name string, f func() error) error {
	if !b.profile {
		return f()
	}
	file, err := filepath.Abs(filepath.Join(b.out, name))
	if err != nil {
		return err
	}
	if err := b.manager.ask(ctx, "start", file); err != nil {
		return err
	}
	return errors.Join(f(), b.manager.ask(ctx, "stop", file))
}

// ask tells the endpoint for profiles what to do. A process that has just been started may not listen yet.
func (m *manager) ask(ctx context.Context, what, file string) error {
	ctx, cancel := context.WithTimeout(ctx, listenTimeout)
	defer cancel()
	address := "http://" + m.profile + "/" + what + "?file=" + url.QueryEscape(file)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	for errors.Is(err, syscall.ECONNREFUSED) && pause(ctx, tick) == nil {
		resp, err = http.DefaultClient.Do(req)
	}
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("profile: %s", resp.Status)
	}
	return nil
}
