package enginetest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ais-operator/ais-operator/internal/enginetest"
)

const darkEnhance = "/v1.0/vision/dark-enhance"

// answer is what a client saw.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func login(t *testing.T, srv *enginetest.Server, password string) answer {
	t.Helper()
	body := fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":%q}}}},"scope":{"project":{"name":%q}}}}`,
		srv.Account.User, password, srv.Account.Domain, srv.Account.ProjectName)
	return send(t.Context(), http.DefaultClient, srv.URL+"/v3/auth/tokens?nocatalog=true", http.Header{}, body)
}

func send(ctx context.Context, client *http.Client, url string, header http.Header, body string) answer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	response, err := client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(content), err}
}

// caller sends dark enhance calls with a token.
type caller struct {
	srv     *enginetest.Server
	token   string
	picture string
}

func newCaller(t *testing.T, srv *enginetest.Server) *caller {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16))); err != nil {
		t.Fatal(err)
	}
	token := login(t, srv, srv.Account.Password)
	if token.status != http.StatusCreated {
		t.Fatalf("the log-in was answered %+v", token)
	}
	return &caller{srv, token.header.Get("X-Subject-Token"), base64.StdEncoding.EncodeToString(b.Bytes())}
}

func (c *caller) call(ctx context.Context, attempt string) answer {
	header := http.Header{"X-Auth-Token": {c.token}, enginetest.AttemptHeader: {attempt}}
	return send(ctx, http.DefaultClient, c.srv.URL+darkEnhance, header, `{"image":"`+c.picture+`"}`)
}

func TestTheRecord(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := enginetest.Start(t, enginetest.Options{Clock: func() time.Time { return now }})
	c := newCaller(t, srv)
	login(t, srv, "wrong")
	header := func() http.Header { return http.Header{"X-Auth-Token": {c.token}} }
	url := srv.URL + darkEnhance
	if got := c.call(t.Context(), "a1"); got.status != 200 {
		t.Fatalf("answered %+v", got)
	}
	send(t.Context(), http.DefaultClient, url, header(), `{"image":"`+c.picture+`","brightness":2}`) // accepted, refused
	send(t.Context(), http.DefaultClient, url, header(), `{`)                                        // cannot be read
	send(t.Context(), http.DefaultClient, url, http.Header{"X-Auth-Token": {"x"}}, `{}`)             // a stranger's
	send(t.Context(), http.DefaultClient, srv.URL+"/v2/other/image/tagging", header(), `{}`)         // another project's
	send(t.Context(), http.DefaultClient, srv.URL+"/v2/"+srv.Account.ProjectID+"/image/tagging", header(), `{}`)

	want := []enginetest.Call{
		{AttemptID: "a1", Operation: enginetest.DarkEnhance, Time: now, Status: 200, Billed: true},
		{Operation: enginetest.DarkEnhance, Time: now, Status: 400},
		{Operation: enginetest.ImageTaggingV2, Time: now, Status: 400},
	}
	if diff := cmp.Diff(want, srv.Calls(), cmpopts.IgnoreFields(enginetest.Call{}, "ParamsHash")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if got := srv.Calls(); got[0].ParamsHash == got[1].ParamsHash {
		t.Error("different parameters have the same hash")
	}
	if got, want := srv.Logins(), (enginetest.Logins{OK: 1, Failed: 1}); got != want {
		t.Errorf("log-ins %+v, want %+v", got, want)
	}
	if n := srv.Billed(enginetest.ImageTaggingV2); n != 0 || srv.Billed() != 1 {
		t.Errorf("%d and %d are billed", n, srv.Billed())
	}
	srv.ResetRecord()
	if len(srv.Calls()) != 0 || srv.Logins() != (enginetest.Logins{}) {
		t.Error("the record was not forgotten")
	}
}

func TestTheHashDoesNotDependOnTheOrder(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	srv.Add(enginetest.Fault{Times: enginetest.Always, Do: enginetest.Reply(200, nil, "{}")})
	for _, body := range []string{`{"a":1,"b":"x"}`, `{"b":"x", "a":1}`} {
		send(t.Context(), http.DefaultClient, srv.URL+darkEnhance, http.Header{"X-Auth-Token": {c.token}}, body)
	}
	calls := srv.Calls()
	if len(calls) != 2 || calls[0].ParamsHash != calls[1].ParamsHash {
		t.Errorf("calls %+v", calls)
	}
}

func TestFaults(t *testing.T) {
	// seen says whether the client saw a status and a text in the body or, after an
	// equals sign, in a header.
	seen := func(status int, text string) func(answer) bool {
		return func(a answer) bool {
			name, value, isHeader := strings.Cut(text, "=")
			if isHeader {
				return a.status == status && a.header.Get(name) == value
			}
			return a.status == status && strings.Contains(a.body, text)
		}
	}
	broken := func(a answer) bool { return a.err != nil && a.body == "" }
	cases := []struct {
		name   string
		do     enginetest.Effect
		want   func(answer) bool
		status int // on record
		billed bool
	}{
		{"none", nil, seen(200, `{"result":`), 200, true},
		{"a reply's body", enginetest.Reply(418, nil, "short"), seen(418, "short"), 418, false},
		{"a reply's header", enginetest.Reply(418, http.Header{"X-Tea": {"green"}}, ""), seen(418, "X-Tea=green"), 418, false},
		{"an error code", enginetest.ErrorCode("AIS.0506"), seen(400, "AIS.0506"), 400, false},
		{"a gateway's code", enginetest.ErrorCode("APIGW.0301"), seen(401, "APIGW.0301"), 401, false},
		{"an IAM error", enginetest.IAMError(401, "The account is locked."), seen(401, `{"error":{"code":401,"message":"The account`), 401, false},
		{"throttled", enginetest.Throttled("7"), seen(429, "Retry-After=7"), 429, false},
		{"a page", enginetest.HTMLPage(502), seen(502, "Content-Type=text/html"), 502, false},
		{"reset before", enginetest.ResetBefore(), broken, 0, false},
		{"reset after", enginetest.ResetAfter(), broken, 200, true},
		{"reset before, with a witness", enginetest.Then(func() {}, enginetest.ResetBefore()), broken, 0, false},
		{"reset after, with a witness", enginetest.Served(func() {}), broken, 200, true},
		{"a pause in the body", enginetest.SlowBody(time.Millisecond), seen(200, `{"result":`), 200, true},
		{"cut short", enginetest.Truncate(5), func(a answer) bool { return errors.Is(a.err, io.ErrUnexpectedEOF) && len(a.body) == 5 }, 200, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			srv := enginetest.Start(t, enginetest.Options{})
			call := newCaller(t, srv)
			srv.Add(enginetest.Fault{Operation: enginetest.DarkEnhance, Do: c.do})
			if got := call.call(t.Context(), ""); !c.want(got) {
				t.Errorf("the client saw %+v", got)
			}
			calls := srv.Calls()
			if len(calls) != 1 || calls[0].Status != c.status || calls[0].Billed != c.billed {
				t.Errorf("on record: %+v", calls)
			}
			if got := call.call(t.Context(), ""); got.status != 200 {
				t.Errorf("the fault was not over: %+v", got)
			}
		})
	}
}

func TestWhichRequestsAFaultIsAbout(t *testing.T) {
	attempt := func(id string) func(*http.Request, []byte) bool {
		return func(r *http.Request, _ []byte) bool { return r.Header.Get(enginetest.AttemptHeader) == id }
	}
	cases := []struct {
		name  string
		fault enginetest.Fault
		want  []int // statuses of the attempts a, b, a, b
	}{
		{"the first", enginetest.Fault{}, []int{500, 200, 200, 200}},
		{"the third", enginetest.Fault{Nth: 3}, []int{200, 200, 500, 200}},
		{"two from the second on", enginetest.Fault{Nth: 2, Times: 2}, []int{200, 500, 500, 200}},
		{"all", enginetest.Fault{Times: enginetest.Always}, []int{500, 500, 500, 500}},
		{"another operation's", enginetest.Fault{Operation: enginetest.Defog}, []int{200, 200, 200, 200}},
		{"the second that matches", enginetest.Fault{Match: attempt("b"), Nth: 2}, []int{200, 200, 200, 500}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			srv := enginetest.Start(t, enginetest.Options{})
			call := newCaller(t, srv)
			c.fault.Do = enginetest.ErrorCodeStatus(500, "AIS.0003")
			srv.Add(c.fault)
			var got []int
			for _, id := range []string{"a", "b", "a", "b"} {
				got = append(got, call.call(t.Context(), id).status)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeldCallsAreInFlight(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	gate := srv.Hold(enginetest.DarkEnhance)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if got := c.call(t.Context(), ""); got.status != 200 {
				t.Errorf("answered %+v", got)
			}
		})
	}
	if err := gate.Await(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if calls := srv.Calls(); len(calls) != 3 || calls[0].Status != 0 || srv.Peak("") != 3 {
		t.Errorf("while held: %+v, peak %d", calls, srv.Peak(""))
	}
	gate.Release()
	group.Wait()
	if srv.Billed() != 3 || gate.Held() != 0 {
		t.Errorf("%d billed, %d held", srv.Billed(), gate.Held())
	}
	c.call(t.Context(), "")
	if srv.Peak(enginetest.DarkEnhance) != 3 {
		t.Errorf("the peak is %d", srv.Peak(enginetest.DarkEnhance))
	}
}

func TestAHeldCallEndsWithItsClient(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	gate := srv.Hold("")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan answer, 1)
	go func() { done <- c.call(ctx, "") }()
	if err := gate.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if got := <-done; !errors.Is(got.err, context.Canceled) {
		t.Errorf("the client saw %+v", got)
	}
	expired, stop := context.WithCancel(t.Context())
	stop()
	if err := gate.Await(expired, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for ever gave %v", err)
	}
}

func TestADelayPassesBeforeTheAnswer(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	const delay = 30 * time.Millisecond
	srv.Add(enginetest.Fault{Delay: delay})
	start := time.Now()
	if got := c.call(t.Context(), ""); got.status != 200 || time.Since(start) < delay {
		t.Errorf("answered %d after %s", got.status, time.Since(start))
	}
}

func TestTLS(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{TLS: true})
	roots := x509.NewCertPool()
	if !strings.HasPrefix(srv.URL, "https://") || !roots.AppendCertsFromPEM(srv.CABundle) {
		t.Fatalf("URL %s, bundle %q", srv.URL, srv.CABundle)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	if got := send(t.Context(), &http.Client{Transport: transport}, srv.URL+darkEnhance, http.Header{}, "{}"); got.status != 401 {
		t.Errorf("answered %+v", got)
	}
	srv.Add(enginetest.Fault{Do: enginetest.ResetBefore()})
	if got := send(t.Context(), &http.Client{Transport: transport}, srv.URL+darkEnhance, http.Header{}, "{}"); got.err == nil {
		t.Errorf("after a reset: answered %+v", got)
	}
}
