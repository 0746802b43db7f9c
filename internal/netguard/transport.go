package netguard

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Time limits of one connection. A whole exchange is bounded by the context of its request: answers may rightly
// take minutes.
const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 30 * time.Second // shorter than the servers' own, so that a call seldom meets a connection that is just being closed
)

// TransportOptions are the differences between one remote and another.
type TransportOptions struct {
	// CABundle is PEM: certificates that are trusted besides the system's.
	CABundle []byte
	// Unguarded is for endpoints that an administrator wrote: every address may be dialled, and the proxy that the
	// environment names is used.
	Unguarded bool
	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
}

// Transport makes the transport for one remote. It verifies certificates, speaks TLS 1.2 or newer and HTTP/2 where
// offered, and never decompresses, so that a size limit counts what came over the wire.
// The caller owns it: CloseIdleConnections when it is no longer used.
//
// Guarded traffic uses no proxy. Behind one, the guard would see the proxy's address only, and the proxy would resolve
// the tenant's name where nobody checks it.
func (p Policy) Transport(o TransportOptions) (*http.Transport, error) {
	roots, err := rootCAs(o.CABundle)
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		DialContext:            p.guardedDial(o.Resolver),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true, // off by default once DialContext or TLSClientConfig is set
		DisableCompression:     true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        idleTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if o.Unguarded {
		t.DialContext = newDialer(o.Resolver).DialContext
		t.Proxy = http.ProxyFromEnvironment
	}
	return t, nil
}

func newDialer(resolver *net.Resolver) *net.Dialer {
	return &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: resolver}
}

// guardedDial checks a host by name against AllowHosts, else every address that it resolves to, after the look-up and
// just before connect(2). A literal is refused before: resolvers differ in what they take "127.1" or "localhost" for.
func (p Policy) guardedDial(resolver *net.Resolver) func(context.Context, string, string) (net.Conn, error) {
	open, guarded := newDialer(resolver), newDialer(resolver)
	guarded.ControlContext = func(_ context.Context, network, address string, _ syscall.RawConn) error {
		return p.control(network, address)
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("%w: no port", ErrHost)
		}
		if p.opensHost(host, port) {
			return open.DialContext(ctx, network, address)
		}
		if err := p.CheckLiteral(address); err != nil {
			return nil, err
		}
		conn, err := guarded.DialContext(ctx, network, address)
		if errors.Is(err, ErrAddress) {
			return nil, &AddressError{Host: host, Resolved: true}
		}
		return conn, err
	}
}

func (p Policy) control(network, address string) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: network %s", ErrAddress, network)
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil || !p.opensAddr(target.Addr()) {
		return ErrAddress
	}
	return nil
}

// rootCAs is the system's pool with the bundle added. A block that is not a certificate is an error: a bundle that is
// trusted in part only fails later, and far from its cause.
func rootCAs(bundle []byte) (*x509.CertPool, error) {
	if len(bytes.TrimSpace(bundle)) == 0 {
		return nil, nil // the system's pool, read when it is first needed
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificates: %w", err)
	}
	rest := bundle
	for n := 0; n == 0 || bytes.Contains(rest, []byte("-----BEGIN")); n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, fmt.Errorf("CA bundle: PEM block %d is missing or damaged", n+1)
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("CA bundle: block %d is a %.40s, not a CERTIFICATE", n+1, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("CA bundle: certificate %d: %w", n+1, err)
		}
		pool.AddCert(cert)
	}
	return pool, nil
}
