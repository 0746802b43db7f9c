// Command bench measures what the operator costs and how fast it is, against a real kube-apiserver and etcd: calls, API writes, CPU, memory, the
// drain of a queue, a restart, a wrong key. See make bench.
//
// Four processes work beside the control plane. The manager is the binary that users run, so that its CPU and memory are its own. The remote is a lean
// server of the service's protocol with a fixed latency, of the pictures and of an object storage. A loop is what a user would write instead of the
// operator: plain HTTP calls in goroutines. This process creates the objects and reads the figures. Everything speaks plain http, so none of them
// measures TLS.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

type options struct {
	objects, batch, finished, serial int
	concurrency                      int
	latency, watch                   time.Duration
	out, only                        string
	profile, short                   bool
}

func main() {
	if isChild() {
		os.Exit(childMain())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctrl.SetLogger(logr.Discard()) // what goes wrong is returned as an error
	err := run(ctx, parseFlags())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parseFlags() options {
	var o options
	flag.IntVar(&o.objects, "objects", 1000, "objects of the drain and of the wrong key")
	flag.IntVar(&o.batch, "batch", 200, "objects that are created while their connection is Ready, of each kind")
	flag.IntVar(&o.finished, "finished", 10000, "finished objects at the restart")
	flag.IntVar(&o.serial, "serial", 50, "calls of the loop that makes one after the other")
	flag.IntVar(&o.concurrency, "concurrency", 10, "calls that the connection allows at once")
	flag.DurationVar(&o.latency, "latency", 300*time.Millisecond, "time that the remote takes for a call")
	flag.DurationVar(&o.watch, "watch", 30*time.Second, "how long a wrong key is watched")
	flag.StringVar(&o.out, "out", "bench-out", "`directory` for results.json, the manager's log and the profiles")
	flag.StringVar(&o.only, "only", "", "comma-separated scenarios to run (default all): "+strings.Join(scenarioNames(), ", "))
	flag.BoolVar(&o.profile, "profile", false, "write CPU and heap profiles of the manager, which is built with an endpoint for them")
	flag.BoolVar(&o.short, "short", false, "run everything with few objects and little latency: shows that it works, not how fast")
	flag.Parse()
	if o.short {
		o = o.shortened()
	}
	return o
}

// shortened is the same in seconds. Its figures say nothing about speed.
func (o options) shortened() options {
	o.objects, o.batch, o.finished, o.serial = 100, 30, 200, 5
	o.latency, o.watch, o.short = 50*time.Millisecond, 3*time.Second, true
	return o
}

// run measures and reports. Whatever it started has ended when it returns.
func run(ctx context.Context, o options) error {
	if o.objects < 1 || o.batch < 1 || o.finished < 1 || o.serial < 1 || o.concurrency < 1 || o.latency <= 0 {
		return fmt.Errorf("-objects, -batch, -finished, -serial, -concurrency and -latency must be positive")
	}
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o)
	defer b.tearDown()
	if err != nil {
		return err
	}
	for _, s := range chosen {
		b.say("%s: %s", s.name, s.about)
		if err := s.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w%s", s.name, err, b.managerTail())
		}
	}
	return b.report()
}
