package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// This program starts itself for the processes that are measured or must not disturb what is.
const (
	roleVariable = "AIS_BENCH_ROLE"
	roleRemote   = "remote"
	roleLoop     = "loop"
)

func isChild() bool { return os.Getenv(roleVariable) != "" }

// childMain is the main function of a child: it reads a line of JSON from its parent and answers with one. It returns the exit status.
func childMain() int {
	var err error
	in, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	switch role := os.Getenv(roleVariable); role {
	case roleRemote:
		err = remoteMain(in, out)
	case roleLoop:
		err = loopMain(in, out)
	default:
		err = fmt.Errorf("there is no role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// child is a process of this program in another role. It ends, at the latest, when this process does: its standard input ends then.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// startChild starts a child, tells it what to do and reads its answer.
func startChild(ctx context.Context, role string, order, answer any) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self) //nolint:gosec // This very program.
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd, stdin}
	if err = json.NewEncoder(stdin).Encode(order); err == nil {
		err = json.NewDecoder(stdout).Decode(answer)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the %s did not answer: %w", role, err), c.end())
	}
	return c, nil
}

// end lets the child end and waits for it.
func (c *child) end() error {
	return errors.Join(c.stdin.Close(), c.cmd.Wait())
}
