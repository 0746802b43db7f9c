// Command demo runs the operator and the engine against a control plane on this machine: it renders sample pictures, applies
// config/samples, shows how the objects fare, and writes what became of them as a page to look at. See docs/demo.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

type options struct {
	out, manager, engine, samples string
	timeout                       time.Duration
	keep                          bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctrl.SetLogger(logr.Discard()) // what goes wrong is returned as an error
	err := run(ctx, parseFlags())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func parseFlags() options {
	o := options{keep: os.Getenv("KEEP") == "1"}
	flag.StringVar(&o.out, "out", "demo-out", "`directory` for the page, the pictures and the logs")
	flag.StringVar(&o.manager, "manager", "bin/manager", "`path` of the manager")
	flag.StringVar(&o.engine, "engine", "bin/engine", "`path` of the engine")
	flag.StringVar(&o.samples, "samples", "config/samples", "`directory` of the manifests")
	flag.DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long the objects may take")
	flag.Parse()
	return o
}

// run is the demo from beginning to end. Whatever it started has ended when it returns.
func run(parent context.Context, o options) (err error) {
	ctx, fail := context.WithCancelCause(parent)
	defer fail(nil)
	tell := newTeller(os.Stdout)
	s := &stage{options: o, tell: tell, fail: fail}
	defer func() { err = errors.Join(err, s.tearDown()) }()

	if err := s.setUp(ctx); err != nil {
		return s.explain(ctx, err)
	}
	samples, err := s.applySamples(ctx)
	if err != nil {
		return s.explain(ctx, err)
	}
	rows, err := s.watch(ctx, samples)
	if err != nil {
		return s.explain(ctx, err)
	}
	problems, err := s.report(ctx, samples, rows)
	if err != nil {
		return s.explain(ctx, err)
	}
	failed := errors.Join(problems...)
	if !o.keep {
		return failed
	}
	if failed != nil {
		fmt.Printf("\n%v\n", failed)
	}
	return errors.Join(failed, s.leaveRunning(parent, ctx))
}

// leaveRunning waits until somebody interrupts the demo, which is no error, or one of the processes ends, which is one.
func (s *stage) leaveRunning(parent, ctx context.Context) error {
	fmt.Printf("\nEverything is still running. Try\n\n  export KUBECONFIG=%s\n  kubectl get ais --all-namespaces\n\nCtrl-C ends it.\n", s.kubeconfig)
	select {
	case <-parent.Done():
		return nil
	case <-ctx.Done():
		return s.explain(ctx, ctx.Err())
	}
}
