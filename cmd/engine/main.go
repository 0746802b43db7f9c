// Command engine is the self-hosted server of the Image Recognition REST API.
// See docs/engine/README.md.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/ais-operator/ais-operator/internal/engine"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	accounts, err := iam.LoadFile(o.accounts)
	if err != nil {
		return err
	}
	var secure *tls.Config
	if o.tlsCert != "" {
		if secure, err = engine.TLSConfig(o.tlsCert, o.tlsKey); err != nil {
			return err
		}
	}
	logger := o.logger(stderr)
	server, err := engine.New(engine.Config{
		Accounts: accounts, MaxMemory: int64(o.maxMemory), MaxOutputPixels: o.maxOutputPixels, Queue: o.queueSize(),
		AllowCIDRs: o.allowCIDRs, DrainDelay: o.drainDelay, Logger: logger,
	})
	if err != nil {
		return err
	}
	limitHeap(int64(o.maxMemory))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listening (--listen): %w", err)
	}
	logger.InfoContext(ctx, "the engine listens", slog.String("address", listener.Addr().String()), slog.Bool("tls", secure != nil))
	return server.Serve(ctx, listener, secure)
}

// limitHeap makes the collector work harder as the heap nears what is admitted
// plus a quarter for everything else, unless GOMEMLIMIT says otherwise.
func limitHeap(admitted int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(admitted + admitted/4)
	}
}
