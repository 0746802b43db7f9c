package source

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/hostile"
	"github.com/ais-operator/ais-operator/internal/netguard"
)

// patience is what a test waits for a server that takes for ever.
const patience = 100 * time.Millisecond

func TestNobodyIsWaitedForWithoutEnd(t *testing.T) {
	const late, broken = "the server did not answer in time", "the server's answer broke off or is not HTTP"
	for _, s := range hostile.Servers() {
		t.Run(s.Name, func(t *testing.T) {
			ctx, message := t.Context(), broken
			if s.Slow {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, patience)
				defer cancel()
				message = late
			}
			target, f := s.Start(t), fetcher(t, loopback)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := f.Fetch(ctx, target, 5_000_000)
			runtime.ReadMemStats(&after)
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindUnreachable || e.Message() != message {
				t.Errorf("Fetch = %v, want %q", err, message)
			}
			// What is announced may be allocated, and little else.
			if n := after.TotalAlloc - before.TotalAlloc; n > 3<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
		})
	}
}

func TestANameServerIsNotWaitedForWithoutEnd(t *testing.T) {
	silent := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		t.Cleanup(func() { _ = server.Close() })
		return client, nil
	}}
	rt, err := netguard.Policy{}.Transport(netguard.TransportOptions{Resolver: silent})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := NewFetcher(rt).Fetch(ctx, "http://pictures.example/", 10); KindOf(err) != KindUnreachable {
		t.Errorf("Fetch = %v, want %s", err, KindUnreachable)
	}
}
