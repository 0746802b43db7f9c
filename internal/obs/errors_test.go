package obs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/netguard"
)

// each calls every operation that sends something.
func each(t *testing.T, c *Client, bucket string, check func(op string, err error)) {
	t.Helper()
	_, err := c.Put(t.Context(), bucket, "key", Object{Data: content})
	check("Put", err)
	_, _, err = c.Get(t.Context(), bucket, "key", 1<<20)
	check("Get", err)
	_, err = c.Head(t.Context(), bucket, "key")
	check("Head", err)
	check("Delete", c.Delete(t.Context(), bucket, "key"))
}

func TestEveryOperationTellsWhy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		bucket string
		want   Error
	}{
		{"a wrong secret", func(c *Config) { c.Keys = Key{ID: accessKey, Secret: "WRONG"} }, bucket, Error{Kind: KindBadCredentials, Code: "SignatureDoesNotMatch", HTTPStatus: 403, Message: "the signature does not match; the secret access key is wrong"}},
		{"an unknown key", func(c *Config) { c.Keys = Key{ID: "UNKNOWN", Secret: secretKey} }, bucket, Error{Kind: KindBadCredentials, Code: "InvalidAccessKeyId", HTTPStatus: 403, Message: "the access key ID is not known to the service"}},
		{"a missing bucket", nil, "nowhere", Error{Kind: KindNoBucket, Code: "NoSuchBucket", HTTPStatus: 404, Message: "the bucket does not exist; create it, or correct its name or the endpoint's region"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := plainStorage(t).client(t, tt.change)
			each(t, c, tt.bucket, func(op string, err error) {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("%s = %v, want *Error", op, err)
				}
				if e.RequestID == "" {
					t.Errorf("%s has no request ID", op)
				}
				got := Error{Kind: e.Kind, Code: e.Code, HTTPStatus: e.HTTPStatus, Message: e.Message}
				if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(Error{})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", op, diff)
				}
			})
		})
	}
}

func TestLookingForManyObjectsCostsOneRequestEach(t *testing.T) {
	s := plainStorage(t)
	c := s.client(t, nil)
	for i := range 10 {
		if _, err := c.Head(t.Context(), bucket, fmt.Sprint("missing-", i)); KindOf(err) != KindNotFound {
			t.Fatalf("Head = %v, want NotFound", err)
		}
	}
	if len(s.requests) != 11 { // one more, to know that it is not the bucket that is missing
		t.Errorf("%d requests for 10 look-ups, want 11", len(s.requests))
	}
}

func TestRepliesAreClassified(t *testing.T) {
	xml := func(code string) string {
		return "<Error><Code>" + code + "</Code><Message>see https://SECRET.example/?X-Amz-Signature=SECRET</Message><RequestId>R1</RequestId></Error>"
	}
	for _, tt := range []struct {
		status int
		body   string
		kind   Kind
		code   string
	}{
		{403, xml("AccessDenied"), KindDenied, "AccessDenied"},
		{403, xml("VirtualHostDomainRequired"), KindPathStyle, "VirtualHostDomainRequired"},
		{403, xml("RequestTimeTooSkewed"), KindBadCredentials, "RequestTimeTooSkewed"},
		{403, xml("InArrearOrInsufficientBalance"), KindDenied, "InArrearOrInsufficientBalance"},
		{400, xml("ExpiredToken"), KindBadCredentials, "ExpiredToken"},
		{400, xml("XAmzContentSHA256Mismatch"), KindIntegrity, "XAmzContentSHA256Mismatch"},
		{400, xml("EntityTooLarge"), KindTooLarge, "EntityTooLarge"},
		{400, xml("RequestTimeout"), KindUnavailable, "RequestTimeout"},
		{400, xml("NeverHeardOf"), KindInvalid, "NeverHeardOf"},
		{301, xml("PermanentRedirect"), KindInvalid, "PermanentRedirect"},
		{307, "", KindInvalid, ""},
		{401, "", KindBadCredentials, ""},
		{413, "", KindTooLarge, ""},
		{429, "", KindThrottled, ""},
		{503, xml("SlowDown"), KindThrottled, "SlowDown"},
		{503, xml("ServiceUnavailable"), KindUnavailable, "ServiceUnavailable"},
		{500, xml("InternalError"), KindUnavailable, "InternalError"},
		{502, "<html>SECRET proxy</html>", KindUnavailable, ""},
		{418, "SECRET text", KindInvalid, ""},
	} {
		t.Run(fmt.Sprint(tt.status, tt.code), func(t *testing.T) {
			c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://SECRET.example")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, _, err := c.Get(t.Context(), bucket, "key", 10)
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || e.Code != tt.code || e.HTTPStatus != tt.status {
				t.Fatalf("Get = %#v, want %s with code %q", err, tt.kind, tt.code)
			}
			if e.Message == "" || strings.Contains(fmt.Sprintf("%v %+v", err, e), "SECRET") {
				t.Errorf("Get = %+v, want a sentence of our own", e)
			}
		})
	}
}

func TestWhatAServiceWritesIsTakenOverWholeOrNotAtAll(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "NoSuchKey": "NoSuchKey", strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): "",
		"404 Not Found": "", "a\nb": "", "\x1b[31m": "", "\u00e9tag": "", "\xff": "",
	} {
		if got := word(in, 64); got != want {
			t.Errorf("word(%q) = %q, want %q", in, got, want)
		}
	}
	for tag, want := range map[string]string{strings.Repeat("a", maxETag): strings.Repeat("a", maxETag), strings.Repeat("a", maxETag+1): ""} {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"`+tag+`"`)
			w.Header().Set("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")
		})
		if info, err := c.Head(t.Context(), bucket, "key"); err != nil || info.ETag != want {
			t.Errorf("Head with an ETag of %d bytes = %q, %v, want %q", len(tag), info.ETag, err, want)
		}
	}
}

func TestAnEndpointThatIsNoObjectStorage(t *testing.T) {
	page := answering(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>welcome</html>") })
	_, _, err := page.Get(t.Context(), bucket, "key", 100)
	want := "get object: the endpoint does not answer as object storage does; check the connection's OBS endpoint"
	if KindOf(err) != KindUnavailable || err.Error() != want {
		t.Errorf("Get = %v, want %q", err, want)
	}
	nothing := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	if _, err := nothing.Put(t.Context(), bucket, "key", Object{}); KindOf(err) != KindNoBucket {
		t.Errorf("Put = %v, want NoBucket", err)
	}
}

func TestNetworkFailuresAreUnavailable(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	s := plainStorage(t)
	secure := newStorage(t, false, true, nil)
	guarded, err := netguard.Policy{}.Transport(netguard.TransportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guarded.CloseIdleConnections)
	for _, tt := range []struct {
		name   string
		config Config
		kind   Kind
		want   string
	}{
		{"nobody listens", Config{Endpoint: gone.URL, Transport: &http.Transport{}}, KindUnavailable, "the object storage could not be connected to"},
		{"an untrusted certificate", Config{Endpoint: secure.server.URL, Transport: &http.Transport{}}, KindUnavailable, "the object storage's certificate is not trusted"},
		{"plain HTTP behind https://", Config{Endpoint: "https" + strings.TrimPrefix(s.server.URL, "http"), Transport: s.transport(t)}, KindUnavailable, "the object storage does not speak TLS"},
		{"an address that the guard refuses", Config{Endpoint: s.server.URL, Transport: guarded}, KindForbidden, "127.0.0.1 is not a public address; the operator's --allow-cidrs or --allow-hosts can open it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Keys = Key{ID: accessKey, Secret: secretKey}
			c, err := New(tt.config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Head(t.Context(), bucket, "key")
			var e *Error
			if !errors.As(err, &e) || e.Kind != tt.kind || e.Message != tt.want {
				t.Errorf("Head = %v (%s), want %s: %q", err, KindOf(err), tt.kind, tt.want)
			}
		})
	}
}

func TestContextsAreHonoured(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls int
	c := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		calls++
		cancel()
		<-r.Context().Done()
	})
	if _, _, err := c.Get(ctx, bucket, "key", 10); !errors.Is(err, context.Canceled) || KindOf(err) != KindUnavailable {
		t.Errorf("Get = %v, want context.Canceled", err)
	}
	if _, err := c.Put(ctx, bucket, "key", Object{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with a context that has ended = %v, want context.Canceled", err)
	}
	if calls != 1 {
		t.Errorf("%d requests, want 1", calls)
	}
}

func TestNothingIsRetried(t *testing.T) {
	var calls int
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, _, _ = c.Get(t.Context(), bucket, "key", 10)
	if calls != 1 {
		t.Errorf("%d requests, want 1", calls)
	}
}

func TestEndlessRepliesEnd(t *testing.T) {
	for _, status := range []int{200, 404, 500} {
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			for r.Method != http.MethodHead {
				if _, err := w.Write(content); err != nil {
					return
				}
			}
		})
		each(t, c, bucket, func(op string, err error) {
			// Go reads a GET's 200 as content and refuses its size; a Delete of what is not there is done.
			if err == nil && (op != "Delete" || status != 404) {
				t.Errorf("%s against endless answers of %d = nil", op, status)
			}
		})
	}
}
