package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// loopback is only the address that httptest listens on.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// pictureServer plays the servers that clients name.
func pictureServer(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/picture", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "picture") })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "part")
	})
	mux.HandleFunc("/announced", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(maxDownload+1))
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/hops/{n}", func(w http.ResponseWriter, r *http.Request) {
		n := r.PathValue("n")
		if n == "0" {
			n = "picture"
		} else {
			n = fmt.Sprintf("hops/%d", n[0]-'1')
		}
		http.Redirect(w, r, "/"+n, http.StatusFound)
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("url"))
		w.WriteHeader(http.StatusFound)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestDownloads(t *testing.T) {
	server := pictureServer(t)
	at := func(path string) string { return server.URL + path }
	cases := []struct {
		name, url, want string // a code, or empty for the picture
	}{
		{"a picture", at("/picture"), ""},
		{"five redirects", at("/hops/4"), ""},
		{"six redirects", at("/hops/5"), "AIS.0029"},
		{"not found", at("/none"), "AIS.0029"},
		{"forbidden", at("/forbidden"), "AIS.0029"},
		{"forbidden with an OBS signature", at("/forbidden?AccessKeyId=a&Expires=1&Signature=s"), "AIS.0024"},
		{"forbidden with an AWS signature", at("/forbidden?X-Amz-Signature=s"), "AIS.0024"},
		{"empty", at("/empty"), "AIS.0025"},
		{"announced too large", at("/announced"), "AIS.0023"},
		{"never ending", at("/endless"), "AIS.0023"},
		{"breaking off", at("/broken"), "AIS.0029"},
		{"nobody listens", "http://127.0.0.1:1/", "AIS.0029"},
		{"another scheme", "ftp://127.0.0.1/picture", "AIS.0022"},
		{"a file", "file:///etc/passwd", "AIS.0022"},
		{"no host", "http:///picture", "AIS.0022"},
		{"no URL", "picture", "AIS.0022"},
		{"a control character", "http://127.0.0.1/\n", "AIS.0022"},
		{"an endless URL", at("/" + strings.Repeat("x", maxURL)), "AIS.0022"},
		{"a redirect to a file", at("/to?url=file:///etc/passwd"), "AIS.0022"},
		{"a redirect to a private address", at("/to?url=http://10.0.0.1/"), "AIS.0022"},
		{"a redirect to the metadata service", at("/to?url=http://169.254.169.254/"), "AIS.0022"},
		{"a private address", "http://192.168.0.1/", "AIS.0022"},
		{"a loopback address that is not allowed", "http://127.0.0.2/", "AIS.0022"},
		{"a loopback address in IPv6", "http://[::1]/", "AIS.0022"},
		{"a loopback address mapped into IPv6", "http://[::ffff:127.0.0.2]/", "AIS.0022"},
		{"the unspecified address", "http://0.0.0.0/", "AIS.0022"},
	}
	f := newFetcher(loopback)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			content, err := f.get(t.Context(), c.url)
			var refused *Error
			switch {
			case c.want == "" && (err != nil || string(content) != "picture"):
				t.Errorf("got %q, %v", content, err)
			case c.want != "" && (!errors.As(err, &refused) || refused.Code != c.want):
				t.Errorf("got %q, %v, want %s", content, err, c.want)
			}
		})
	}
}

func TestWithoutPermissionNoLoopbackIsReached(t *testing.T) {
	server := pictureServer(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for _, url := range []string{server.URL + "/picture", "http://localhost:" + port + "/picture"} {
		content, err := newFetcher(nil).get(t.Context(), url)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != codeURL {
			t.Errorf("%s gave %q, %v", url, content, err)
		}
	}
}

func TestADownloadHasADeadline(t *testing.T) {
	server := pictureServer(t)
	f := newFetcher(loopback)
	f.deadline = 20 * time.Millisecond
	_, err := f.get(t.Context(), server.URL+"/silent")
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != codeDownload {
		t.Errorf("error %v, want %s", err, codeDownload)
	}
}

func TestADownloadEndsWithItsClient(t *testing.T) {
	server := pictureServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newFetcher(loopback).get(ctx, server.URL+"/silent"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
