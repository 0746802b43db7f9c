package api

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ais-operator/ais-operator/internal/hostile"
)

// resolve lets the engine ask the name servers of an attacker, from their first
// look-up on.
func resolve(t *testing.T) {
	t.Helper()
	system := net.DefaultResolver
	net.DefaultResolver = hostile.Resolver()
	t.Cleanup(func() { net.DefaultResolver = system })
}

func TestHostileAddressesAreNotReached(t *testing.T) {
	internet := hostile.NewInternet(t)
	proxy := "http://" + strings.Replace(internet.OpenAddress(), "127.0.0.1", "127.0.0.2", 1)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"} {
		t.Setenv(name, proxy)
	}
	e := newEngine(t, 1, 0)
	e.fetcher = newFetcher([]netip.Prefix{netip.MustParsePrefix(hostile.Open)})
	for _, a := range hostile.Addresses() {
		t.Run(a.Name, func(t *testing.T) {
			resolve(t)
			body, err := json.Marshal(map[string]string{"url": internet.At(a.URL)})
			if err != nil {
				t.Fatal(err)
			}
			var dials hostile.Dials
			ctx := dials.Watch(t.Context(), ssrf.ErrProhibitedIP)
			var got *httptest.ResponseRecorder
			// Besides the work on a small picture: the servers and the name server are in
			// this process too.
			const memory = 24 << 20
			if n := allocated(func() { got, _ = e.post(ctx, taggingV2, string(body)) }); n > memory {
				t.Errorf("%d bytes were allocated", n)
			}
			if c := code(t, got); c != a.Engine {
				t.Errorf("answered %d %s, want %q", got.Code, got.Body, a.Engine)
			}
			if diff := cmp.Diff(slices.Repeat([]string{internet.OpenAddress()}, a.Connections), dials.To(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("connections (-want +got):\n%s", diff)
			}
			if n := internet.Reached(); n != 0 {
				t.Errorf("a private host was reached %d times", n)
			}
			e.idle(t)
		})
	}
	if strings.Contains(e.log.String(), "SECRET") || strings.Contains(e.log.String(), "example") {
		t.Errorf("the log tells addresses:\n%s", e.log.String())
	}
}

func TestDownloadsSendNothingThatIdentifies(t *testing.T) {
	var got []http.Header
	final := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Clone())
		_, _ = w.Write([]byte("picture"))
	}))
	t.Cleanup(final.Close)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		http.Redirect(w, r, final.URL, http.StatusFound)
	}))
	t.Cleanup(first.Close)
	f := newFetcher(loopback)
	for range 2 {
		if _, err := f.get(t.Context(), first.URL+"/?Signature=SECRET"); err != nil {
			t.Fatal(err)
		}
	}
	h := http.Header{"Accept-Encoding": {"identity"}, "User-Agent": {"ais-engine"}, "Connection": {"close"}}
	if diff := cmp.Diff([]http.Header{h, h}, got); diff != "" {
		t.Errorf("headers after a redirect (-want +got):\n%s", diff)
	}
	if f.client.Jar != nil || f.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("downloads have a cookie jar or a proxy")
	}
}

func TestDownloadsDoNotLeaveHTTPS(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the plain server was reached") }))
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	f := newFetcher(loopback)
	f.client.Transport.(*http.Transport).TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	_, err := f.get(t.Context(), secure.URL)
	if got, ok := errors.AsType[*Error](err); !ok || got.Code != codeURL {
		t.Errorf("error %v, want %s", err, codeURL)
	}
}

func TestNAT64IsJudgedByWhatIsInside(t *testing.T) {
	for allowed, cases := range map[string]map[string]bool{
		"127.0.0.0/8": {"[64:ff9b::8.8.8.8]:80": true, "[64:ff9b::127.0.0.1]:80": true, "[64:ff9b::10.0.0.1]:80": false, "[64:ff9b::a9fe:a9fe]:80": false, "[64:ff9b:1::8.8.8.8]:80": false},
		"fd00::/8":    {"[fd00::1]:80": true, "[fe80::1]:80": false, "168.63.129.16:80": false, "168.63.129.17:80": true},
	} {
		g := newGuard([]netip.Prefix{netip.MustParsePrefix(allowed)})
		for address, open := range cases {
			network := "tcp4"
			if address[0] == '[' {
				network = "tcp6"
			}
			if err := g.control(network, address, nil); (err == nil) != open {
				t.Errorf("%s: %v, want it open: %t", address, err, open)
			}
		}
	}
}
