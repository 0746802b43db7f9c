package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	managerLog  = "manager.log"
	stopTimeout = 90 * time.Second // the manager waits for calls in flight
	tailLines   = 10

	profileVariable = "AIS_BENCH_PROFILE"
)

// repositoryRoot is the directory of go.mod.
func repositoryRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// buildManager builds cmd/manager as make build does.
func (b *bench) buildManager(ctx context.Context) error {
	b.binary = filepath.Join(b.temp, "manager")
	args := []string{"build", "-trimpath", "-ldflags", "-s -w", "-o", b.binary}
	if b.profile {
		overlay, err := b.writeOverlay()
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/manager")...) //nolint:gosec // Builds this repository.
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the manager: %w\n%s", err, out)
	}
	return nil
}

// writeOverlay adds the endpoint for profiles to cmd/manager, in this build alone.
func (b *bench) writeOverlay() (string, error) {
	text, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(b.root, "cmd", "manager", "profile_of_bench.go"): filepath.Join(b.root, "test", "bench", "testdata", "profile.go"),
	}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(b.temp, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// manager is a running manager, a process of its own.
type manager struct {
	cmd     *exec.Cmd
	started time.Time
	profile string        // address of the endpoint for profiles, where it was built with one
	ended   chan struct{} // closed
}

// startManager starts the operator with its defaults, in place of the one that runs.
func (b *bench) startManager(ctx context.Context) error {
	if err := b.stopManager(); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(b.out, managerLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // For whoever runs this to read.
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own descriptor
	m := &manager{ended: make(chan struct{})}
	// It outlives an interrupt, to be ended in order.
	m.cmd = exec.CommandContext(context.WithoutCancel(ctx), b.binary, //nolint:gosec // Built above.
		"--allow-cidrs=127.0.0.0/8", "--metrics-bind-address=0", "--health-probe-bind-address=0", "--operator-namespace="+operatorNamespace)
	m.cmd.Stdout, m.cmd.Stderr = log, log
	m.cmd.Env = append(os.Environ(), "KUBECONFIG="+b.kubeconfig)
	if b.profile {
		if m.profile, err = freeAddress(ctx); err != nil {
			return err
		}
		m.cmd.Env = append(m.cmd.Env, profileVariable+"="+m.profile)
	}
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the bench alone.
	m.started = time.Now()
	if err := m.cmd.Start(); err != nil {
		return err
	}
	b.manager = m
	go func() {
		_ = m.cmd.Wait() // ProcessState says the same
		close(m.ended)
	}()
	return nil
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// stopManager ends the manager that runs, if one does.
func (b *bench) stopManager() error {
	if b.manager == nil {
		return nil
	}
	m := b.manager
	b.manager = nil
	return m.stop()
}

func (m *manager) stop() error {
	select {
	case <-m.ended:
		return fmt.Errorf("the manager ended by itself: %s", m.cmd.ProcessState)
	default:
	}
	_ = m.cmd.Process.Signal(syscall.SIGTERM) // fails only for one that has ended
	patience := time.NewTimer(stopTimeout)
	defer patience.Stop()
	select {
	case <-m.ended:
		return nil
	case <-patience.C:
	}
	_ = m.cmd.Process.Kill()
	<-m.ended
	return fmt.Errorf("the manager had to be killed: it did not end within %s of SIGTERM", stopTimeout)
}

// managerTail is the end of the manager's log, to be shown after an error.
func (b *bench) managerTail() string {
	text, err := os.ReadFile(filepath.Join(b.out, managerLog))
	if err != nil || len(text) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return "\n\nthe end of the manager's log:\n" + strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
