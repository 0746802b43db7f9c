package source

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/ais-operator/ais-operator/internal/hostile"
	"github.com/ais-operator/ais-operator/internal/netguard"
)

// FuzzCheckURL holds that what passes is a plain URL of a host that is not a private address, and that it means the same
// when it is read once more.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://a.example/x?y", "http://127.0.0.1", "http://[::1]", "http://a@b", "http://0x7f.1", "http://a:0", "%", "http://１２７.1"} {
		f.Add(s)
	}
	for _, a := range hostile.Addresses() {
		f.Add(a.URL)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		err := CheckURL(netguard.Policy{}, raw)
		if err != nil {
			checkSentence(t, err)
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
			t.Errorf("CheckURL passes %q", raw)
		}
		checkReading(t, raw)
	})
}

// checkReading holds that a URL that passes is the same when it is read once more.
func checkReading(t *testing.T, raw string) {
	t.Helper()
	first, err := parseURL(raw)
	if err != nil {
		t.Fatalf("parseURL(%q) = %v although CheckURL passes it", raw, err)
	}
	if len(first.String()) > maxURLBytes { // what is encoded may be longer
		return
	}
	second, err := parseURL(first.String())
	if err != nil || second.String() != first.String() {
		t.Errorf("%q is read as %q and then as %q, %v", raw, first, second, err)
	}
}

// checkSentence holds that an error is of this package and quotes no secret.
func checkSentence(t *testing.T, err error) {
	t.Helper()
	if KindOf(err) == "" || strings.Contains(err.Error(), "SECRET") || strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 512 {
		t.Errorf("error %q", err)
	}
}

// checkRequest holds that a request goes to a plain address, with nothing that identifies.
func checkRequest(t *testing.T, req *http.Request) {
	t.Helper()
	if checkParts(req.URL) != nil {
		t.Errorf("asked for %q", req.URL)
	}
	for _, name := range []string{"Referer", "Cookie", "Authorization"} {
		if req.Header.Get(name) != "" {
			t.Errorf("%s is sent: %q", name, req.Header.Get(name))
		}
	}
}

// FuzzAnswer holds that whatever a server answers, no more than allowed is read, a redirect is followed only to a plain
// address and with nothing that identifies, and an error quotes nothing.
func FuzzAnswer(f *testing.F) {
	for _, a := range hostile.Addresses() {
		f.Add(302, a.URL, "", int64(0), []byte(nil))
	}
	f.Add(200, "", `"v1"`, int64(7), []byte("picture"))
	f.Add(200, "", `W/"v1"`, int64(-1), []byte("picture, too long"))
	f.Add(206, "gzip", "\"\"", int64(1<<40), []byte("picture"))
	f.Add(304, "\x00", "a", int64(3), []byte("picture"))
	f.Fuzz(func(t *testing.T, status int, other, tag string, length int64, body []byte) {
		const limit = 10
		asked := 0
		rt := roundTripper(func(req *http.Request) (*http.Response, error) {
			asked++
			checkRequest(t, req)
			header := http.Header{"Etag": {tag}, "Set-Cookie": {"a=b"}, "Content-Encoding": {strings.TrimSpace(other)}}
			if status/100 == 3 {
				header = http.Header{"Location": {other}, "Set-Cookie": {"a=b"}}
			}
			return &http.Response{StatusCode: status, Header: header, ContentLength: length, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, nil
		})
		picture, err := NewFetcher(rt).Fetch(t.Context(), "https://pictures.example/a?sig=SECRET", limit)
		if asked > maxRedirects+1 {
			t.Errorf("asked %d times", asked)
		}
		if err == nil {
			if len(picture.Data) > limit || !bytes.HasPrefix(body, picture.Data) || strings.HasPrefix(picture.ETag, "W/") {
				t.Errorf("read %q, ETag %q of %q", picture.Data, picture.ETag, body)
			}
			return
		}
		checkSentence(t, err)
	})
}
