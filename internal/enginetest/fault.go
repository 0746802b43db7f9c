package enginetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Fault is what goes wrong, and for which requests. Faults are tried in the
// order in which they were added, and the first that applies to a request is
// the only one.
type Fault struct {
	// Operation is whose requests it is about. Default: all operations.
	Operation Operation
	// Match narrows it to some of them; it is given the request and its body.
	Match func(r *http.Request, body []byte) bool
	// Nth is the first request that it applies to, counted among those that match
	// since the fault was added. Default: 1.
	Nth int
	// Times is to how many requests it applies from there on. Default: 1;
	// Always has no end.
	Times int

	// Delay passes before anything else happens, unless the client leaves first.
	Delay time.Duration
	// Gate holds the request until it is released, or the client leaves.
	Gate *Gate
	// Do is what happens to the request. Default: the engine serves it.
	Do Effect
	// Decide, in place of Do, says what happens to each request. With nil the
	// fault does not apply to it. It must not call the server.
	Decide func(op Operation, r *http.Request, body []byte) Effect
}

// Always as Fault.Times never ends.
const Always = -1

// Effect is what happens to a request instead of, or after, being served.
type Effect func(x *exchange)

// Reply answers in the engine's place.
func Reply(status int, header http.Header, body string) Effect {
	return func(x *exchange) {
		for name, values := range header {
			x.w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		x.reply(status, []byte(body))
	}
}

// ErrorCode answers with an error of the service or its gateway. The status is
// the documented one of the code: that of the gateway for APIG, else 400 with
// the exceptions that the API reference lists.
func ErrorCode(code string) Effect {
	return ErrorCodeStatus(statusOf(code), code)
}

// ErrorCodeStatus is ErrorCode with another status.
func ErrorCodeStatus(status int, code string) Effect {
	body := fmt.Sprintf(`{"error_code":%q,"error_msg":"injected fault %s"}`, code, code)
	return Reply(status, http.Header{"Content-Type": {"application/json"}}, body)
}

// IAMError answers with an error in the form of the identity API.
func IAMError(status int, message string) Effect {
	text, _ := json.Marshal(message) // a string cannot fail
	body := fmt.Sprintf(`{"error":{"code":%d,"message":%s,"title":%q}}`, status, text, http.StatusText(status))
	return Reply(status, http.Header{"Content-Type": {"application/json"}}, body)
}

// Throttled answers 429 APIG.0308; retryAfter is the header's value, or empty for
// none.
func Throttled(retryAfter string) Effect {
	header := http.Header{"Content-Type": {"application/json"}}
	if retryAfter != "" {
		header.Set("Retry-After", retryAfter)
	}
	return Reply(http.StatusTooManyRequests, header,
		`{"error_code":"APIG.0308","error_msg":"policy user over ratelimit,limit:20,time:1 minute"}`)
}

// HTMLPage answers with a page such as a proxy's.
func HTMLPage(status int) Effect {
	page := fmt.Sprintf("<html><head><title>%d %s</title></head><body></body></html>", status, http.StatusText(status))
	return Reply(status, http.Header{"Content-Type": {"text/html"}}, page)
}

// ResetBefore resets the connection without serving the request.
func ResetBefore() Effect { return func(x *exchange) { x.reset() } }

// ResetAfter serves the request and resets the connection before a byte of the
// answer.
func ResetAfter() Effect {
	return func(x *exchange) {
		x.serve()
		x.reset()
	}
}

// Served serves the request, tells f, and resets the connection before a byte
// of the answer.
func Served(f func()) Effect {
	return func(x *exchange) {
		x.serve()
		f()
		x.reset()
	}
}

// Then tells f, and goes on with another effect.
func Then(f func(), do Effect) Effect {
	return func(x *exchange) {
		f()
		do(x)
	}
}

// SlowBody serves the request, sends the headers and half of the body of the
// answer, and pauses before the rest, unless the client leaves first.
func SlowBody(pause time.Duration) Effect {
	return func(x *exchange) {
		answer := x.serve()
		x.halt(answer, pause)
	}
}

// Truncate serves the request and sends only the first n bytes of the body of
// the answer, which announces all of them.
func Truncate(n int) Effect {
	return func(x *exchange) {
		answer := x.serve()
		x.truncate(answer, n)
	}
}

// statusOf is the documented HTTP status of a code.
func statusOf(code string) int {
	switch strings.Replace(code, "APIGW.", "APIG.", 1) {
	case "APIG.0101":
		return http.StatusNotFound
	case "APIG.0201":
		return http.StatusRequestEntityTooLarge
	case "APIG.0301", "APIG.0303", "APIG.0305", "APIG.0307", "AIP.0003", "IAM.0001", "IAM.0061", "IAM.0062", "IAM.0066", "IAM.0067":
		return http.StatusUnauthorized
	case "APIG.0302", "APIG.0304", "APIG.0306", "APIG.0310", "APIG.0401", "APIG.0402", "APIG.0404", "APIG.0802", "AIP.0001", "IAM.0002", "IAM.0003":
		return http.StatusForbidden
	case "AIP.0008", "APIG.0501", "APIG.0502":
		return http.StatusMethodNotAllowed
	case "APIG.0308", "IAM.0012":
		return http.StatusTooManyRequests
	case "AIP.0500", "APIG.0103", "APIG.0104", "APIG.0105", "APIG.0601", "APIG.0605", "APIG.0606", "APIG.0608", "APIG.0609", "APIG.0611", "APIG.0612", "IAM.0006":
		return http.StatusInternalServerError
	case "APIG.0610":
		return http.StatusBadGateway
	case "APIG.0613":
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}

// planned is a fault and how often it was looked at.
type planned struct {
	Fault
	matched int
}

// Add adds faults to the plan.
func (s *Server) Add(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Nth, f.Times = max(f.Nth, 1), defaultTo(f.Times, 1)
		s.faults = append(s.faults, &planned{Fault: f})
	}
}

func defaultTo(n, unset int) int {
	if n == 0 {
		return unset
	}
	return n
}

// ClearFaults ends the plan and opens its gates.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Gate != nil {
			f.Gate.Release()
		}
	}
	s.faults = nil
}

// fault finds what applies to a request. Every fault that the request matches
// counts it, up to and including the one that applies.
func (s *Server) fault(op Operation, r *http.Request, body []byte) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Operation != "" && f.Operation != op || f.Match != nil && !f.Match(r, body) {
			continue
		}
		f.matched++
		if f.matched < f.Nth || f.Times != Always && f.matched >= f.Nth+f.Times {
			continue
		}
		if f.Decide == nil {
			return f.Fault
		}
		if do := f.Decide(op, r, body); do != nil {
			decided := f.Fault
			decided.Do = do
			return decided
		}
	}
	return Fault{}
}

// wait passes the delay and the gate, and says whether the client is still
// there.
func (f Fault) wait(ctx context.Context) bool {
	return pass(ctx, f.Delay) && (f.Gate == nil || f.Gate.pass(ctx))
}

// pass lets time pass, and says whether the client is still there.
func pass(ctx context.Context, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
