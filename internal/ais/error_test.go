package ais

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestErrorBodies(t *testing.T) {
	for name, tc := range map[string]struct {
		contentType, body string
		want              fault
	}{
		"service":                  {"", `{"error_code":"AIS.0014","error_msg":"The JSON"}`, fault{code: "AIS.0014", message: "The JSON"}},
		"gateway":                  {"", `{"error_msg":"m","error_code":"APIGW.0301","request_id":"r-1"}`, fault{code: "APIGW.0301", message: "m", requestID: "r-1"}},
		"IAM with a number":        {"", `{"error":{"code":401,"message":"wrong","title":"Unauthorized"}}`, fault{message: "wrong"}},
		"IAM with a code":          {"", `{"error":{"code":"IAM.0062","message":"wrong"}}`, fault{code: "IAM.0062", message: "wrong"}},
		"nested newer form":        {"", `{"error":{"error_code":"IAM.0001","error_msg":"m","request_id":"r"}}`, fault{code: "IAM.0001", message: "m", requestID: "r"}},
		"flat":                     {"", `{"code":"X.1","message":"m"}`, fault{code: "X.1", message: "m"}},
		"empty":                    {"", "", fault{}},
		"an array":                 {"", "[1]", fault{message: "[1]"}},
		"a code of another world":  {"", `{"error_code":"<script>","error_msg":{"a":1}}`, fault{}},
		"a page without its type":  {"", "\ufeff <!DOCTYPE html><TITLE>Oops</TITLE>", fault{message: "an HTML page: Oops", page: true}},
		"a page by its type alone": {"text/HTML; charset=x", "gone", fault{message: "an HTML page: ", page: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := parseFault(tc.contentType, []byte(tc.body))
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(fault{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetailsOfCredentials(t *testing.T) {
	for message, want := range map[string]Detail{
		"Incorrect IAM authentication information: token expires,expires_at:2026": DetailExpired,
		"decrypt token fail":                                 DetailWrong,
		"verify aksk signature fail":                         DetailWrong,
		"Get secretKey failed,ak:AK,err:ak not exist":        DetailWrong,
		"AK access failed to reach the limit,forbidden":      DetailLocked,
		"signature expired, signature time:1,server time:2":  DetailClockSkew,
		"The account is locked.":                             DetailLocked,
		"The username or password is wrong.":                 DetailWrong,
		"The request you have made requires authentication.": "",
	} {
		if got := detailOf("APIG.0301", message); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
	}
	if got := detailOf("IAM.0066", "unclear"); got != DetailExpired {
		t.Errorf("a row's own detail: got %q", got)
	}
}

func TestRefusedSignatureOfAWrongClock(t *testing.T) {
	x := &exchange{op: "X", paid: true, signedAt: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	for date, want := range map[string]Detail{
		"Thu, 01 Jan 2026 12:14:00 GMT": DetailWrong, "Thu, 01 Jan 2026 12:16:00 GMT": DetailClockSkew,
		"Thu, 01 Jan 2026 11:44:00 GMT": DetailClockSkew, "": DetailWrong,
	} {
		e := x.refused(401, http.Header{"Date": {date}}, fault{code: "APIG.0301", message: "verify aksk signature fail"}, time.Time{})
		if e.Detail != want {
			t.Errorf("server at %q: got %q, want %q", date, e.Detail, want)
		}
	}
	locked := x.refused(401, nil, fault{message: "AK access failed to reach the limit,forbidden"}, time.Time{})
	if locked.RetryAfter != 5*time.Minute {
		t.Errorf("a locked key waits %s", locked.RetryAfter)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		value, date string
		want        time.Duration
	}{
		"none":                     {"", "", 0},
		"seconds":                  {"120", "", 2 * time.Minute},
		"a date":                   {"Thu, 01 Jan 2026 12:01:00 GMT", "", time.Minute},
		"a date on a server ahead": {"Thu, 01 Jan 2026 13:01:00 GMT", "Thu, 01 Jan 2026 13:00:00 GMT", time.Minute},
		"a date of a server whose clock cannot be read": {"Thu, 01 Jan 2026 12:01:00 GMT", "today", time.Minute},
		"a date as older servers write it":              {"Thursday, 01-Jan-26 12:01:00 GMT", "", time.Minute},
		"a date in the past":                            {"Thu, 01 Jan 2026 11:00:00 GMT", "", 0},
		"a date of another century":                     {"Fri, 31 Dec 9999 23:59:59 GMT", "", 24 * time.Hour},
		"a date that is none":                           {"Thu, 32 Jan 2026 12:01:00 GMT", "", 0},
		"no time at all":                                {"0", "", 0},
		"a day":                                         {"86400", "", 24 * time.Hour},
		"more than a day":                               {"86401", "", 24 * time.Hour},
		"more than 31 bits":                             {"2147483648", "", 24 * time.Hour},
		"more than 64 bits":                             {"99999999999999999999999", "", 24 * time.Hour},
		"space around it":                               {" 120 ", "", 2 * time.Minute},
		"negative":                                      {"-5", "", 0},
		"a fraction":                                    {"1.5", "", 0},
		"a sign":                                        {"+5", "", 0},
		"words":                                         {"soon", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(http.Header{"Retry-After": {tc.value}, "Date": {tc.date}}, now); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestMessagesAreSafeToShow(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"control characters":     {"a\x1b[31mb\r\nc\u202ed\xff", "a [31mb c d"},
		"a signed URL":           {`cannot get "https://b.obs.x/k.jpg?AccessKeyId=AK&Signature=s" now`, `cannot get "https://b.obs.x/k.jpg now`},
		"a question without URL": {"why? because", "why? because"},
		"a secret":               {"got secret-canary-sk here", "got *** here"},
		"a long text":            {strings.Repeat("é", 300), strings.Repeat("é", 255) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sanitize(tc.in, []string{testSecret}); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"Defog: AIS.0503: HTTP 400: damaged": {Op: "Defog", Code: "AIS.0503", HTTPStatus: 400, Message: "damaged", RequestID: "r"},
		"Defog: the request was not sent":    {Op: "Defog", Message: "the request was not sent"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := (&Error{Code: "APIGW.0308"}).Measure(); got != Measure("APIG.0308") || got == "" {
		t.Errorf("measure of the gateway's older prefix: %q", got)
	}
}

func TestErrorTable(t *testing.T) {
	var b strings.Builder
	if err := WriteErrorTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| Rejected | `Rejected` | Stops at once", "| Account | `AccountProblem` | Objects wait at no cost for 30 minutes",
		"| AIS.0024 | Source | The file could not be read from OBS: the signature of its URL is expired or wrong. | tries 4 times, slowly | Sign the URL anew. |",
		"| APIG.0201 | Rejected; 5xx: by HTTP status | ",
		"| APIG.0301 | Credentials | Token or signature are wrong, expired or locked; the message says which. | obtains a new token once, then holds the connection back | ",
		"| APIG.0303 | Credentials | The app's authentication is wrong. | holds the connection back | ",
		"| ModelArts.4204 | Account | The API is not subscribed to. | holds the operation back | ",
		"| AIS.0027 | Account | The account is frozen. | holds the connection back | ",
		"| IAM.0083 | by HTTP status | The user may not use this private region. | see the end of this page | ",
		"| 504 Gateway Timeout | Unknown | as `unknownOutcome` says |", "| 413 with Retry-After | Throttled | slows down |",
		"| 3xx | Service | ", "| other 4xx | Rejected | stops |", "Regions differ in the prefix: APIGW.0301 is APIG.0301",
	} {
		if !strings.Contains(b.String(), "\n"+line) {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
	if got, want := strings.Count(b.String(), "\n| "), len(codesOf(t))+len(Classes())+len(statusLines())+2*6; got != want {
		t.Errorf("%d lines of tables, want %d", got, want)
	}
	for _, class := range Classes() {
		if b := behaviourOf(class); b.reason == "" || b.long == "" || b.short == "" {
			t.Errorf("what the operator does about %s is not described: %+v", class, b)
		}
	}
}
