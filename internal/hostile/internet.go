package hostile

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// openHost is the only address that is to be reached; tests open it as an operator
// would.
const openHost = "127.0.0.1"

// Open is the prefix of the host that tests open.
const Open = openHost + "/32"

// Internet is an open host that sends whoever asks for it elsewhere, and some that
// must not be reached.
type Internet struct {
	port    string
	reached atomic.Int64
}

// NewInternet starts the servers.
func NewInternet(tb testing.TB) *Internet {
	tb.Helper()
	i := &Internet{}
	server := httptest.NewServer(handler())
	// Every request makes a connection, and so is judged anew.
	server.Config.SetKeepAlivesEnabled(false)
	tb.Cleanup(server.Close)
	_, i.port, _ = net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{"127.0.0.2", "::1"} {
		// Where the system has no such address, nothing can be reached there.
		if l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", net.JoinHostPort(host, i.port)); err == nil {
			tb.Cleanup(func() { _ = l.Close() })
			go i.count(l)
		}
	}
	return i
}

// count counts who reaches a private host.
func (i *Internet) count(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		i.reached.Add(1)
		_ = conn.Close()
	}
}

// Reached is how often a private host was reached.
func (i *Internet) Reached() int { return int(i.reached.Load()) }

// At is the URL with the port of the servers.
func (i *Internet) At(address string) string { return strings.ReplaceAll(address, "PORT", i.port) }

// OpenAddress is the address and port that connections may be made to.
func (i *Internet) OpenAddress() string { return net.JoinHostPort(openHost, i.port) }

func handler() http.Handler {
	picture := blackPNG(32)
	to := func(w http.ResponseWriter, location string) {
		if location != "" {
			w.Header().Set("Location", location)
		}
		w.Header().Set("Set-Cookie", "session=SECRET")
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, "moved")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/picture", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) })
	mux.HandleFunc("/circle", func(w http.ResponseWriter, _ *http.Request) { to(w, "/circle") })
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		location, _ := url.QueryUnescape(r.URL.RawQuery) // of a table
		to(w, location)
	})
	mux.HandleFunc("/hops/{left}", func(w http.ResponseWriter, r *http.Request) {
		if left, _ := strconv.Atoi(r.PathValue("left")); left > 1 {
			to(w, fmt.Sprint("/hops/", left-1))
			return
		}
		to(w, "/picture")
	})
	mux.HandleFunc("/refresh", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Refresh", "0; url=http://169.254.169.254/")
		_, _ = w.Write(picture)
	})
	return mux
}

// Dials is a record of the connections that are made or tried.
type Dials struct {
	mu sync.Mutex
	to []string
}

// Watch returns a context in which connections are recorded, those excepted that
// end in refused before they are tried.
func (d *Dials) Watch(ctx context.Context, refused error) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{ConnectDone: func(_, address string, err error) {
		if errors.Is(err, refused) {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.to = append(d.to, address)
	}})
}

// To are the addresses and ports, in order.
func (d *Dials) To() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.to...)
}
