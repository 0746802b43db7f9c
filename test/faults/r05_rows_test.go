package faults_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// row is one way in which the service, or the way to it, can fail.
type row struct {
	name string
	// do is what the service does to every paid call.
	do enginetest.Effect
	// decide is the same, decided for each call.
	decide func(enginetest.Operation, *http.Request, []byte) enginetest.Effect
	// delay passes before that.
	delay time.Duration
	// connection changes the connection from the start.
	connection func(*v1alpha1.ConnectionSpec)
	// later changes the service once the connection is Ready.
	later func(*enginetest.Server, *clock)
	// job asks for an enhancement instead of tags.
	job bool
	// password logs in instead of signing.
	password bool
}

// rows are all documented codes, the statuses without one, and what a network can do.
func rows(t *testing.T) []row {
	t.Helper()
	var all []row
	for _, code := range documentedCodes(t) {
		all = append(all, row{name: code, do: enginetest.ErrorCode(code)})
	}
	for _, status := range []int{301, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 429, 500, 501, 502, 503, 504} {
		all = append(all, row{name: fmt.Sprintf("HTTP %d", status), do: enginetest.Reply(status, nil, "{}")})
	}
	all = append(all, variants()...)
	all = append(all, answers()...)
	return append(all, ways()...)
}

// documentedCodes are those of the references that internal/ais was written after.
func documentedCodes(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "internal", "ais", "testdata", "codes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var codes []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			codes = append(codes, line)
		}
	}
	if len(codes) < 100 {
		t.Fatalf("only %d codes are documented", len(codes))
	}
	return codes
}

// variants are codes and statuses that mean one thing or another.
func variants() []row {
	message := func(status int, code, text string) enginetest.Effect {
		return enginetest.Reply(status, http.Header{"Content-Type": {"application/json"}}, fmt.Sprintf(`{"error_code":%q,"error_msg":%q}`, code, text))
	}
	return []row{
		{name: "APIG.0201 as HTTP 413", do: enginetest.ErrorCodeStatus(413, "APIG.0201")},
		{name: "APIG.0201 as HTTP 500", do: enginetest.ErrorCodeStatus(500, "APIG.0201")},
		{name: "APIGW.0301 of the older gateway", do: message(401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail")},
		{name: "APIG.0301 of a locked key", do: message(401, "APIG.0301", "Incorrect IAM authentication information: ak access failed to reach the limit,forbidden")},
		{name: "APIG.0301 of a clock", do: message(401, "APIG.0301", "Incorrect IAM authentication information: Signature expired")},
		{name: "an unknown code as HTTP 400", do: enginetest.ErrorCodeStatus(400, "AIS.9999")},
		{name: "an unknown code as HTTP 503", do: enginetest.ErrorCodeStatus(503, "AIS.9999")},
		{name: "HTTP 413 with Retry-After", do: enginetest.Reply(413, http.Header{"Retry-After": {"20"}}, "{}")},
		{name: "HTTP 429 with Retry-After in seconds", do: enginetest.Throttled("3600")},
		{name: "HTTP 429 with Retry-After as a date", decide: func(enginetest.Operation, *http.Request, []byte) enginetest.Effect {
			return enginetest.Throttled(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		}},
		{name: "HTTP 429 with a Retry-After that nobody understands", do: enginetest.Throttled("soon")},
	}
}

// answers are successes that are none.
func answers() []row {
	json := http.Header{"Content-Type": {"application/json"}}
	return []row{
		{name: "HTTP 200 with an error code", do: enginetest.Reply(200, json, `{"error_code":"AIS.0503","error_msg":"the picture is damaged"}`)},
		{name: "HTTP 200 with JSON that ends early", do: enginetest.Reply(200, json, `{"result":{"ta`)},
		{name: "HTTP 200 without a body", do: enginetest.Reply(200, json, "")},
		{name: "HTTP 200 with another type of result", do: enginetest.Reply(200, json, `{"result":"tags"}`)},
		{name: "HTTP 200 with 10 MB", do: enginetest.Reply(200, json, `{"result":{"tags":[]},"pad":"`+strings.Repeat("x", 10<<20)+`"}`)},
		{name: "HTTP 200 with a page", do: enginetest.HTMLPage(200)},
		{name: "HTTP 404 with a page", do: enginetest.HTMLPage(404)},
		{name: "HTTP 502 with a page", do: enginetest.HTMLPage(502)},
		{name: "HTTP 503 with a page", do: enginetest.HTMLPage(503)},
		{name: "HTTP 200 with a picture that is none", job: true, do: enginetest.Reply(200, json, `{"result":"bm8gcGljdHVyZQ=="}`)},
		{name: "HTTP 200 with a picture that is not encoded", job: true, do: enginetest.Reply(200, json, `{"result":"%%%"}`)},
		{name: "HTTP 200 with a picture of another type", job: true, do: enginetest.Reply(200, http.Header{"Content-Type": {"image/png"}}, "\x89PNG\r\n")},
	}
}

// ways are what a network and a clock can do.
func ways() []row {
	// Long enough for the service to do its work first, on a machine that is busy.
	tenSeconds := func(s *v1alpha1.ConnectionSpec) { s.Limits.TimeoutSeconds = 10 }
	return []row{
		{name: "connection refused", later: func(e *enginetest.Server, _ *clock) {
			e.Close()
			occupy(strings.TrimPrefix(e.URL, "http://"))
		}},
		{name: "connection reset before the call is served", do: enginetest.ResetBefore()},
		{name: "connection reset after the call is served", do: enginetest.ResetAfter()},
		{name: "connection reset in the middle of the body", do: enginetest.Truncate(10)},
		{name: "headers that do not come", delay: time.Hour, connection: tenSeconds},
		{name: "a body that does not end", do: enginetest.SlowBody(time.Hour), connection: tenSeconds},
		{name: "a host name without an address", connection: func(s *v1alpha1.ConnectionSpec) {
			s.Endpoints.ImageRecognition, s.Endpoints.IAM = "http://engine.invalid", "http://engine.invalid"
		}},
		{name: "a clock that is 20 minutes off", later: func(_ *enginetest.Server, c *clock) { c.advance(20 * time.Minute) }},
		{name: "a token that expires in the middle", password: true, later: func(_ *enginetest.Server, c *clock) { c.advance(48 * time.Hour) }},
		{name: "a token that is refused twice", password: true, do: enginetest.ErrorCode("APIG.0307")},
	}
}

// occupy takes a port that was listened on and does not listen on it. It keeps it: another server would answer there otherwise.
func occupy(address string) {
	port := netip.MustParseAddrPort(address)
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		panic(err)
	}
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil { // Old connections may linger.
		panic(err)
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Port: int(port.Port()), Addr: port.Addr().As4()}); err != nil {
		panic(err)
	}
}
