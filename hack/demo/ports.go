package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
)

// Addresses that the samples name.
const (
	engineAddress = "127.0.0.1:8443"
	storeAddress  = "127.0.0.1:9000"
	webAddress    = "127.0.0.1:8080"
)

// freePort lets the system choose.
const freePort = "127.0.0.1:0"

// addresses remembers what has another address than the samples say, because something else on this machine has that one.
type addresses struct {
	mu    sync.Mutex
	moved []string // pairs of what the samples say and what is
}

// listen listens where the samples say, or on a free port.
func (a *addresses) listen(ctx context.Context, tell *teller, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	listener, free := config.Listen(ctx, "tcp", freePort)
	if free != nil {
		return nil, fmt.Errorf("listen on %s: %w; on a free port: %w", address, err, free)
	}
	tell.say("%s is taken; the copies of the samples that are applied say %s", address, listener.Addr())
	a.mu.Lock()
	defer a.mu.Unlock()
	a.moved = append(a.moved, address, listener.Addr().String())
	return listener, nil
}

// reserve finds an address for another process to listen on. Nothing else takes it, unless it starts in the same instant.
func (a *addresses) reserve(ctx context.Context, tell *teller, address string) (string, error) {
	listener, err := a.listen(ctx, tell, address)
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// rewrite puts the addresses as they are into the text of a sample.
func (a *addresses) rewrite(text string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.NewReplacer(a.moved...).Replace(text)
}
