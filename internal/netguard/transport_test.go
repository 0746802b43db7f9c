package netguard

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func server(t *testing.T) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func get(t *testing.T, p Policy, o TransportOptions, target string) error {
	t.Helper()
	rt, err := p.Transport(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rt.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// resolver answers every A question with addrs, as a name server in a tenant's hand may.
func resolver(t *testing.T, addrs ...string) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answer(server, addrs)
		return client, nil
	}}
}

// answer speaks DNS over a stream: messages have a length of two bytes in front (RFC 1035, section 4.2.2).
func answer(conn net.Conn, addrs []string) {
	defer func() { _ = conn.Close() }()
	var size [2]byte
	for {
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		question := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(question) != nil || len(m.Questions) != 1 {
			return
		}
		q := m.Questions[0]
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		for _, a := range addrs {
			if addr := netip.MustParseAddr(a); q.Type == dnsmessage.TypeA && addr.Is4() {
				m.Answers = append(m.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: addr.As4()},
				})
			}
		}
		reply, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...)); err != nil {
			return
		}
	}
}

func TestLoopbackIsRefusedUnlessOpened(t *testing.T) {
	u := server(t)
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, tt := range []struct {
		name    string
		policy  Policy
		options TransportOptions
		refused bool
	}{
		{"nothing is opened", Policy{}, TransportOptions{}, true},
		{"the range is opened", Policy{AllowCIDRs: loopback}, TransportOptions{}, false},
		{"the host is opened", Policy{AllowHosts: []string{"127.0.0.1"}}, TransportOptions{}, false},
		{"the host and port are opened", Policy{AllowHosts: []string{u.Host}}, TransportOptions{}, false},
		{"another port is opened", Policy{AllowHosts: []string{"127.0.0.1:1"}}, TransportOptions{}, true},
		{"the administrator wrote it", Policy{}, TransportOptions{Unguarded: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := get(t, tt.policy, tt.options, u.String())
			if tt.refused != errors.Is(err, ErrAddress) || (!tt.refused && err != nil) {
				t.Errorf("GET = %v, want refused: %t", err, tt.refused)
			}
		})
	}
}

func TestNamesAreJudgedByWhereTheyLead(t *testing.T) {
	u := server(t)
	target := "http://pictures.example:" + u.Port()
	t.Run("a name that leads to loopback is refused without saying where it leads", func(t *testing.T) {
		err := get(t, Policy{}, TransportOptions{Resolver: resolver(t, "127.0.0.1")}, target)
		want := "pictures.example does not lead to a public address; the operator's --allow-cidrs or --allow-hosts can open it"
		if !errors.Is(err, ErrAddress) || err.Error() != want {
			t.Errorf("GET = %v, want %q", err, want)
		}
	})
	t.Run("every private address of a name is refused", func(t *testing.T) {
		r := resolver(t, "10.0.0.1", "127.0.0.1", "169.254.169.254")
		if err := get(t, Policy{}, TransportOptions{Resolver: r}, target); !errors.Is(err, ErrAddress) {
			t.Errorf("GET = %v, want ErrAddress", err)
		}
	})
	t.Run("a name may be opened", func(t *testing.T) {
		p := Policy{AllowHosts: []string{"*.example"}}
		if err := get(t, p, TransportOptions{Resolver: resolver(t, "127.0.0.1")}, target); err != nil {
			t.Errorf("GET = %v, want nil", err)
		}
	})
	t.Run("the range behind a name may be opened", func(t *testing.T) {
		p := Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
		if err := get(t, p, TransportOptions{Resolver: resolver(t, "127.0.0.1")}, target); err != nil {
			t.Errorf("GET = %v, want nil", err)
		}
	})
	t.Run("another opened name does not open this one", func(t *testing.T) {
		p := Policy{AllowHosts: []string{"other.example"}}
		if err := get(t, p, TransportOptions{Resolver: resolver(t, "127.0.0.1")}, target); !errors.Is(err, ErrAddress) {
			t.Errorf("GET = %v, want ErrAddress", err)
		}
	})
}

func TestGuardedTrafficIgnoresProxies(t *testing.T) {
	guarded, err := Policy{}.Transport(TransportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	unguarded, err := Policy{}.Transport(TransportOptions{Unguarded: true})
	if err != nil {
		t.Fatal(err)
	}
	if guarded.Proxy != nil || unguarded.Proxy == nil {
		t.Errorf("proxy: guarded %t, unguarded %t, want only the latter", guarded.Proxy != nil, unguarded.Proxy != nil)
	}
}

func TestEveryTransportHasItsLimits(t *testing.T) {
	for name, o := range map[string]TransportOptions{"guarded": {}, "unguarded": {Unguarded: true}} {
		rt, err := Policy{}.Transport(o)
		if err != nil {
			t.Fatal(err)
		}
		if rt.MaxResponseHeaderBytes <= 0 || rt.MaxResponseHeaderBytes > 64<<10 {
			t.Errorf("%s: headers may have %d bytes", name, rt.MaxResponseHeaderBytes)
		}
		if rt.TLSHandshakeTimeout <= 0 || rt.IdleConnTimeout <= 0 || rt.MaxIdleConns <= 0 {
			t.Errorf("%s: handshake %v, idle %v, %d idle connections: want a limit of each", name, rt.TLSHandshakeTimeout, rt.IdleConnTimeout, rt.MaxIdleConns)
		}
		if !rt.DisableCompression {
			t.Errorf("%s: what is received is decompressed, and no longer what a limit counts", name)
		}
	}
}

func TestCABundle(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	p := Policy{AllowHosts: []string{"127.0.0.1"}}

	t.Run("an unknown issuer is refused", func(t *testing.T) {
		if err := get(t, p, TransportOptions{}, s.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("GET = %v, want a certificate error", err)
		}
	})
	t.Run("the bundle is trusted and HTTP/2 spoken", func(t *testing.T) {
		rt, err := p.Transport(TransportOptions{CABundle: append(bundle, "# end of file\n"...)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(rt.CloseIdleConnections)
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.ProtoMajor != 2 {
			t.Errorf("spoke %s, want HTTP/2", resp.Proto)
		}
	})
	for name, bad := range map[string][]byte{
		"text":                        []byte("not a certificate"),
		"a private key":               pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}),
		"a damaged certificate":       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1, 2, 3}}),
		"a certificate and half more": append(append([]byte{}, bundle...), bundle[:len(bundle)/2]...),
	} {
		t.Run("a bundle that is "+name+" is an error", func(t *testing.T) {
			if _, err := p.Transport(TransportOptions{CABundle: bad}); err == nil || !strings.HasPrefix(err.Error(), "CA bundle: ") {
				t.Errorf("Transport = %v, want an error about the CA bundle", err)
			}
		})
	}
}

func TestOldVersionsOfTLSAreNotSpoken(t *testing.T) {
	for name, tt := range map[string]struct {
		most uint16
		want bool
	}{"TLS 1.1": {tls.VersionTLS11, false}, "TLS 1.2": {tls.VersionTLS12, true}, "TLS 1.3": {tls.VersionTLS13, true}} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tt.most}
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			t.Cleanup(s.Close)
			options := TransportOptions{CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})}
			for _, options.Unguarded = range []bool{false, true} {
				err := get(t, Policy{AllowHosts: []string{"127.0.0.1"}}, options, s.URL)
				if spoken := err == nil; spoken != tt.want {
					t.Errorf("unguarded %v: GET = %v, want it to be spoken: %v", options.Unguarded, err, tt.want)
				}
			}
		})
	}
}
