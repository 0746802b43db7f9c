package ais

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// hijacked takes the connection away from the server.
func hijacked(t *testing.T, w http.ResponseWriter) net.Conn {
	t.Helper()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return nil
	}
	return conn
}

// raw answers these bytes and closes the connection.
func raw(t *testing.T, bytes string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn := hijacked(t, w)
		_, _ = io.WriteString(conn, bytes)
		_ = conn.Close()
	}
}

func plain(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// failing is a client by key of a server that does nothing but this.
func failing(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := NewClient(Config{
		Endpoint: server.URL, IAMEndpoint: server.URL, ProjectID: testProject,
		Credentials: byKey(), Transport: server.Client().Transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnswersThatAreFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		class   Class
		status  int
		message string
	}{
		"the service's own error":                {plain(400, "", `{"error_code":"AIS.0503","error_msg":"damaged"}`), ClassRejected, 400, "damaged"},
		"an error in a success":                  {plain(200, "", `{"error_code":"AIS.0105","error_msg":"Recognize Failed"}`), ClassFailed, 200, "Recognize Failed"},
		"an unknown error in a success":          {plain(200, "", `{"error_code":"AIS.9999","error_msg":"new"}`), ClassUnknown, 200, "new"},
		"a redirect":                             {plain(302, "Location: /elsewhere", ``), ClassService, 302, ""},
		"an HTML page":                           {plain(503, "Content-Type: text/html", `<html><head><title>Down</title>`), ClassService, 503, "an HTML page: Down"},
		"an HTML page of a gateway that lost it": {plain(504, "Content-Type: text/html", `<html>`), ClassUnknown, 504, "an HTML page:"},
		"an HTML page of a rate limit":           {plain(429, "Content-Type: text/html", `<html>`), ClassThrottled, 429, "an HTML page:"},
		"nothing but a status":                   {plain(500, "", ``), ClassTransient, 500, ""},
		"text":                                   {plain(500, "", "no\x00healthy\nupstream"), ClassTransient, 500, "no healthy upstream"},
		"a body of megabytes":                    {plain(500, "", strings.Repeat("x", 4<<20)), ClassTransient, 500, strings.Repeat("x", 255) + "…"},
		"a success without a body":               {plain(204, "", ``), ClassUnknown, 204, "not valid JSON"},
		"a success that is a page":               {plain(200, "", `<html>`), ClassService, 200, "an HTML page:"},
		"a success without a result":             {plain(200, "", `{"result":null}`), ClassUnknown, 200, "no result"},
		"a success of another form":              {plain(200, "", `{"result":{"tags":"none"}}`), ClassUnknown, 200, "documented form"},
		"a success cut short":                    {raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"result\":"), ClassUnknown, 200, "could not be read: the connection was closed"},
		"a success too large, announced":         {raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{"), ClassUnknown, 200, "more than the 1048576 bytes"},
		"a success too large, unannounced":       {raw(t, "HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat(" ", 1<<20+1)), ClassUnknown, 200, "more than the 1048576 bytes"},
		"an error cut short":                     {raw(t, "HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\n{\"error_code\":"), ClassRejected, 400, `{"error_code":`},
		"no HTTP at all":                         {raw(t, "SSH-2.0-OpenSSH\r\n"), ClassUnknown, 0, "the request was sent and not answered"},
		"a reset after the request":              {raw(t, ""), ClassUnknown, 0, "the request was sent and not answered: the connection was closed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := failing(t, tc.handler).TagImages(t.Context(), Call{}, tagging("a"))
			e := failure(t, err)
			if e.Op != string(ImageTagging) || e.Class() != tc.class || e.HTTPStatus != tc.status || !strings.Contains(e.Message, tc.message) {
				t.Errorf("got %s %d %q, want %s %d %q", e.Class(), e.HTTPStatus, e.Message, tc.class, tc.status, tc.message)
			}
		})
	}
}

func TestWhatIsBilled(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    bool
	}{
		"an error is not":                        {plain(400, "", `{"error_code":"AIS.0503"}`), false},
		"an error in a success is":               {plain(200, "", `{"error_code":"AIS.0105"}`), true},
		"a throttled success is":                 {plain(200, "", `{"error_code":"APIG.0308"}`), true},
		"a success that says nothing is":         {plain(204, "", ``), true},
		"an outcome that nobody knows is":        {plain(504, "", ``), true},
		"a page is no answer of the service":     {plain(200, "", `<html>`), false},
		"a page of a gateway that lost it is":    {plain(502, "", `<html>`), true},
		"a page of a rate limit is not":          {plain(429, "", `<html>`), false},
		"a code that says the API is gone is":    {plain(201, "", `{"error_code":"APIG.0101"}`), true},
		"an error that says the API is gone not": {plain(404, "", `{"error_code":"APIG.0101"}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := failing(t, tc.handler).TagImages(t.Context(), Call{}, tagging("a"))
			if e := failure(t, err); e.Billed() != tc.want {
				t.Errorf("%v: billed %t", e, e.Billed())
			}
		})
	}
	t.Run("what a client does besides calls is free", func(t *testing.T) {
		for _, op := range []string{OpCreateToken, OpExchangeIDToken, OpCreateTemporaryKey, OpGetPodIdentity, OpListProjects, OpConnect} {
			if (&Error{Op: op, HTTPStatus: 200}).Billed() {
				t.Errorf("%s is billed", op)
			}
		}
	})
}

func TestPictureAnswersThatAreNotPictures(t *testing.T) {
	for name, body := range map[string]string{
		"empty":                     `{"result":""}`,
		"an object":                 `{"result":{"image":"YWJj"}}`,
		"not Base64":                `{"result":"a*b="}`,
		"a letter outside of ASCII": `{"result":"YWJj\u00e9"}`,
		"a tab that ends in t":      `{"result":"YWJj\tYWJ"}`,
		"a backspace and a feed":    `{"result":"YW\bJj\fYWJ"}`,
		"more after the padding":    `{"result":"` + strings.Repeat("YWJj", 1023) + `YQ==YWJj"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := failing(t, plain(200, "", body)).Defog(t.Context(), Call{}, DefogRequest{Image: Image{Data: []byte("a")}})
			if e := failure(t, err); e.Class() != ClassUnknown || !strings.Contains(e.Message, "not a picture in Base64") {
				t.Errorf("got %s %v", e.Class(), err)
			}
		})
	}
}

func TestRecaptureAnswersWithoutAVerdict(t *testing.T) {
	for _, body := range []string{
		`{"result":{"score":"0.9"}}`, `{"result":{"suggestion":"maybe"}}`, `{"result":{"suggestion":null}}`, `{"result":[]}`,
	} {
		_, err := failing(t, plain(200, "", body)).DetectRecapture(t.Context(), Call{}, DetectRecaptureRequest{Image: Image{Data: []byte("a")}})
		if e := failure(t, err); e.Class() != ClassUnknown || !strings.Contains(e.Message, "documented form") {
			t.Errorf("%s: got %s %v", body, e.Class(), err)
		}
	}
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// readAllBut reads the request up to so many bytes before its end, then fails.
func readAllBut(missing int64, err error) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength-missing)
		return nil, err
	}
}

func TestUnansweredCalls(t *testing.T) {
	reset := &net.OpError{Op: "write", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 443}, Err: errors.New("broken")}
	unknownHost := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "image.example", IsNotFound: true}}
	for name, tc := range map[string]struct {
		transport http.RoundTripper
		class     Class
		message   string
	}{
		"no such host":           {readAllBut(1<<40, unknownHost), ClassService, "the request was not sent: the host name of the endpoint was not resolved: no such host"},
		"refused":                {&http.Transport{}, ClassTransient, "the request was not sent: dial: connection refused"},
		"a byte short":           {readAllBut(1, reset), ClassTransient, "the request was not sent: write: broken"},
		"broken after the bytes": {readAllBut(0, reset), ClassUnknown, "the request was sent and not answered: write: broken"},
	} {
		t.Run(name, func(t *testing.T) {
			closed := httptest.NewServer(http.NotFoundHandler())
			closed.Close()
			c, err := NewClient(Config{
				Endpoint: closed.URL, IAMEndpoint: closed.URL, ProjectID: testProject, Credentials: byKey(), Transport: tc.transport,
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.TagImages(t.Context(), Call{}, tagging("a"))
			if e := failure(t, err); e.Class() != tc.class || e.Message != tc.message || e.Unwrap() == nil {
				t.Errorf("got %s %q, want %s %q", e.Class(), e.Message, tc.class, tc.message)
			}
		})
	}
}

// untrusted is a TLS server whose certificate nobody knows.
func untrusted(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of failed handshakes
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestUntrustedServerIsNotSentAnything(t *testing.T) {
	server := untrusted(t, plain(200, "", oneTag))
	c, err := NewClient(Config{Endpoint: server.URL, IAMEndpoint: server.URL, ProjectID: testProject, Credentials: byKey()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.TagImages(t.Context(), Call{}, tagging("a"))
	if e := failure(t, err); e.Class() != ClassTransient || !strings.Contains(e.Message, "not sent: tls: failed to verify certificate") {
		t.Errorf("got %s %v", e.Class(), err)
	}
}

// A connection that breaks is never dialled again for the same paid request,
// not even one that was kept open and is found closed.
func TestBrokenCallIsNotReplayed(t *testing.T) {
	var arrived atomic.Int64
	c := failing(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if arrived.Add(1) == 1 {
			fmt.Fprint(w, oneTag)
			return
		}
		_ = hijacked(t, w).Close()
	})
	if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
		t.Fatal(err)
	}
	_, err := c.TagImages(t.Context(), Call{}, tagging("a"))
	if e := failure(t, err); e.Class() != ClassUnknown || arrived.Load() != 2 {
		t.Errorf("got %s after %d requests, want Unknown after 2", e.Class(), arrived.Load())
	}
}

func TestDeadlineBeforeAndAfterTheRequestIsSent(t *testing.T) {
	t.Run("the service does not answer", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := failing(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			cancel(context.DeadlineExceeded)
			<-r.Context().Done()
		})
		_, err := c.TagImages(ctx, Call{}, tagging("a"))
		if e := failure(t, err); e.Class() != ClassUnknown || !strings.HasPrefix(e.Message, "the request was sent and not answered: ") {
			t.Errorf("got %s %v", e.Class(), err)
		}
	})
	t.Run("the service does not read", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		defer close(over)
		c := failing(t, func(http.ResponseWriter, *http.Request) {
			cancel() // with megabytes still to come
			<-over
		})
		_, err := c.TagImages(ctx, Call{}, TagImagesRequest{Image: Image{Data: make([]byte, MaxPictureBytes)}})
		if e := failure(t, err); e.Class() != ClassTransient || e.Message != "the request was not sent: it was cancelled" {
			t.Errorf("got %s %v", e.Class(), err)
		}
	})
	t.Run("it was over before", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
		defer cancel()
		_, err := failing(t, plain(200, "", oneTag)).TagImages(ctx, Call{}, tagging("a"))
		if e := failure(t, err); e.Class() != ClassTransient || e.Message != "the request was not sent: the deadline passed" {
			t.Errorf("got %s %v", e.Class(), err)
		}
	})
}
