package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/netguard"
)

var picture = bytes.Repeat([]byte("koala"), 1000)

// loopback opens what httptest's servers listen on.
var loopback = netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func fetcher(t *testing.T, p netguard.Policy) *Fetcher {
	t.Helper()
	rt, err := p.Transport(netguard.TransportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rt.CloseIdleConnections)
	return NewFetcher(rt)
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// redirect sends everything to target.
func redirect(target string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	}
}

// raw writes bytes to the connection instead of an answer, then closes it.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}

func TestFetchReadsThePicture(t *testing.T) {
	chunked := func(w http.ResponseWriter, _ *http.Request) {
		for part := range bytes.Lines(bytes.ReplaceAll(picture, []byte("a"), []byte("a\n"))) {
			_, _ = w.Write(bytes.TrimSuffix(part, []byte("\n")))
			w.(http.Flusher).Flush()
		}
	}
	tagged := func(tag string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			w.Header().Set("ETag", tag)
			_, _ = w.Write(picture)
		}
	}
	final := serve(t, tagged(`"v1"`))
	hops := redirect(final)
	for range maxRedirects - 1 {
		hops = redirect(serve(t, hops))
	}
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		etag    string
	}{
		{"with a length", tagged(""), ""},
		{"without a length", chunked, ""},
		{"with a strong tag", tagged(`"abc"`), `"abc"`},
		{"with a weak tag, which says nothing about bytes", tagged(`W/"abc"`), ""},
		{"with something that is no tag", tagged("abc"), ""},
		{"behind five redirects", hops, `"v1"`},
		{"with an encoding that is none", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "identity")
			tagged("")(w, r)
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := fetcher(t, loopback).Fetch(t.Context(), serve(t, tt.handler)+"/koala.jpg#top", int64(len(picture)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&Picture{Data: picture, ETag: tt.etag}, got); diff != "" {
				t.Errorf("Fetch (-want +got):\n%s", diff)
			}
			if tt.name == "with a length" && cap(got.Data) != len(picture) {
				t.Errorf("%d bytes allocated for %d", cap(got.Data), len(picture))
			}
		})
	}
}

func TestFetchRefuses(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(picture); err != nil {
				return
			}
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(make([]byte, 1<<20))
		_ = z.Close()
	}
	loop := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		kind    Kind
		message string
	}{
		{"404", status(404), KindNotFound, "there is no picture at the address (HTTP 404)"},
		{"410", status(410), KindNotFound, "there is no picture at the address (HTTP 410)"},
		{"401", status(401), KindDenied, "the server refuses to serve the picture (HTTP 401)"},
		{"403", status(403), KindDenied, "the server refuses to serve the picture (HTTP 403)"},
		{"400, as for an expired signature", status(400), KindDenied, "the server refuses to serve the picture (HTTP 400)"},
		{"408", status(408), KindUnreachable, "the server cannot serve the picture now (HTTP 408)"},
		{"429", status(429), KindUnreachable, "the server cannot serve the picture now (HTTP 429)"},
		{"500", status(500), KindUnreachable, "the server cannot serve the picture now (HTTP 500)"},
		{"503", status(503), KindUnreachable, "the server cannot serve the picture now (HTTP 503)"},
		{"204", status(204), KindNotPicture, "the server answered without a picture (HTTP 204)"},
		{"206 that nobody asked for", status(206), KindNotPicture, "the server answered without a picture (HTTP 206)"},
		{"a redirect to nowhere", status(302), KindForbidden, "the server redirects without saying where to (HTTP 302)"},
		{"a redirect loop", loop, KindForbidden, "the server redirects more than 5 times"},
		{"a redirect to a file", redirect("file:///etc/passwd"), KindForbidden, "the server redirects to something that is not a plain https:// or http:// address"},
		{"a redirect with a password", redirect("http://u:SECRET@a.example/"), KindForbidden, "the server redirects to something that is not a plain https:// or http:// address"},
		{"a redirect to a private address", redirect("http://10.0.0.1/?SECRET"), KindForbidden, "10.0.0.1 is not a public address; the operator's --allow-cidrs or --allow-hosts can open it"},
		{"a redirect to metadata written as a number", redirect("http://2852039166/"), KindForbidden, "2852039166 is not a public address; the operator's --allow-cidrs or --allow-hosts can open it"},
		{"a redirect to no host", redirect("http://1.2.3.4.5/?SECRET"), KindInvalidURL, "the address has no valid host name"},
		{"a redirect that cannot be parsed", redirect("http://%zz?SECRET"), KindForbidden, notPlain},
		{"a length beyond the limit", raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), KindTooLarge, "the picture is larger than the 4999 bytes allowed"},
		{"a length one beyond the limit", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) }, KindTooLarge, "the picture is larger than the 4999 bytes allowed"},
		{"an endless body", endless, KindTooLarge, "the picture is larger than the 4999 bytes allowed"},
		{"a length that promises more than comes", raw("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nkoala"), KindUnreachable, "the server's answer ended before the picture was complete"},
		{"a length and no body", raw("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"), KindUnreachable, "the server's answer ended before the picture was complete"},
		{"chunks that break off", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nkoala\r\n"), KindUnreachable, "the server's answer ended before the picture was complete"},
		{"a gzip bomb", bomb, KindNotPicture, "the server compresses the picture although it was asked not to"},
		{"no HTTP", raw("220 mail.example ESMTP SECRET\r\n"), KindUnreachable, "the server's answer broke off or is not HTTP"},
		{"endless headers", raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n"), KindUnreachable, "the server's answer broke off or is not HTTP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fetcher(t, loopback).Fetch(t.Context(), serve(t, tt.handler)+"/a?sig=SECRET", int64(len(picture))-1)
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || e.Message() != tt.message {
				t.Fatalf("Fetch = %v (%s), want %s: %q", err, KindOf(err), tt.kind, tt.message)
			}
			for cause := err; cause != nil; cause = errors.Unwrap(cause) {
				if strings.Contains(cause.Error(), "SECRET") {
					t.Errorf("the error holds a secret: %v", cause)
				}
			}
		})
	}
}

func TestFetchRefusesLoopbackByDefault(t *testing.T) {
	target := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was reached") })
	_, err := fetcher(t, netguard.Policy{}).Fetch(t.Context(), target, 10)
	if KindOf(err) != KindForbidden || !errors.Is(err, netguard.ErrAddress) {
		t.Errorf("Fetch = %v, want ErrAddress", err)
	}
}

func TestFetchSendsNothingThatIdentifies(t *testing.T) {
	var got []http.Header
	final := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Clone())
		_, _ = w.Write(picture)
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		redirect(final)(w, r)
	})
	f := fetcher(t, loopback)
	for range 2 {
		if _, err := f.Fetch(t.Context(), first+"/?sig=SECRET", 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	h := http.Header{"Accept": {accept}, "Accept-Encoding": {"identity"}, "User-Agent": {"ais-operator"}}
	if diff := cmp.Diff([]http.Header{h, h}, got); diff != "" {
		t.Errorf("headers after a redirect (-want +got):\n%s", diff)
	}
}

func TestFetchDoesNotLeaveHTTPS(t *testing.T) {
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the plain server was reached") })
	s := httptest.NewTLSServer(redirect(plain))
	t.Cleanup(s.Close)
	_, err := NewFetcher(s.Client().Transport).Fetch(t.Context(), s.URL, 10)
	want := "fetch picture: the server redirects from https:// to http://"
	if KindOf(err) != KindForbidden || err.Error() != want {
		t.Errorf("Fetch = %v, want %q", err, want)
	}
}

func TestFetchSaysWhyAServerCannotBeReached(t *testing.T) {
	tlsServer := httptest.NewUnstartedServer(nil)
	tlsServer.Config.ErrorLog = log.New(io.Discard, "", 0)
	tlsServer.StartTLS()
	t.Cleanup(tlsServer.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct{ name, url, message string }{
		{"an untrusted certificate", tlsServer.URL, "the server's certificate is not trusted"},
		{"a closed port", closed.URL, "the server could not be connected to"},
		{"plain HTTP behind https://", "https" + strings.TrimPrefix(plain, "http"), "the server does not speak TLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fetcher(t, loopback).Fetch(t.Context(), tt.url, 10)
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindUnreachable || e.Message() != tt.message {
				t.Errorf("Fetch = %v, want %q", err, tt.message)
			}
		})
	}
}

func TestFetchClassifiesFailedLookUps(t *testing.T) {
	for _, tt := range []struct {
		name    string
		err     error
		message string
	}{
		{"a name that does not exist", &net.DNSError{Err: "no such host", Name: "a.example", IsNotFound: true}, "the server's host name does not exist"},
		{"a name server that fails", &net.DNSError{Err: "server misbehaving", Name: "a.example", Server: "10.0.0.10:53"}, "the server's host name could not be looked up"},
	} {
		rt := roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: tt.err}
		})
		_, err := NewFetcher(rt).Fetch(t.Context(), "https://a.example/?sig=SECRET", 10)
		if KindOf(err) != KindUnreachable || err.Error() != "fetch picture: "+tt.message {
			t.Errorf("%s: Fetch = %v, want %q", tt.name, err, tt.message)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestFetchEndsWithItsContext(t *testing.T) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	for name, before := range map[string]string{"before the answer": "", "within the body": "koala"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			target := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if before != "" {
					fmt.Fprint(w, before)
					w.(http.Flusher).Flush()
				}
				cancel()
				select {
				case <-r.Context().Done():
				case <-release:
				}
			})
			_, err := fetcher(t, loopback).Fetch(ctx, target, 1<<20)
			if KindOf(err) != KindUnreachable || !errors.Is(err, context.Canceled) {
				t.Errorf("Fetch = %v, want context.Canceled", err)
			}
		})
	}
}
