package ais

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

//go:embed testdata/codes.txt
var documentedCodes string

func codesOf(t *testing.T) []string {
	t.Helper()
	var codes []string
	for line := range strings.Lines(documentedCodes) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			codes = append(codes, line)
		}
	}
	return codes
}

func TestEveryDocumentedCodeHasOneRow(t *testing.T) {
	var rows []string
	for _, family := range codeFamilies() {
		for _, row := range family.rows {
			rows = append(rows, row.code)
			if row.means == "" || row.measure == "" || Measure(row.code) != row.measure {
				t.Errorf("%s: meaning %q, measure %q", row.code, row.means, row.measure)
			}
		}
	}
	want := codesOf(t)
	slices.Sort(want)
	slices.Sort(rows)
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-documented +table):\n%s", diff)
	}
	if Measure("AIS.9999") != "" {
		t.Error("an unknown code has a measure")
	}
}

// classesByCode is the decision on every code, as the product documents it.
// Numbers stand for the code of the prefix before.
var classesByCode = map[Class]string{
	ClassRejected: "AIS 0011 0012 0014 0015 0020 0021 0023 0202 0203 0204 0205 0501 0502 0503 0504 0028 0030 " +
		"ModelArts 4104 4105 4705 AIP 0006 0007 0009 0010 0011 0012 0013 0014 0016 0017 0019 APIG 0201",
	ClassFailed: "AIS 0105 0206 0505",
	ClassSource: "AIS 0022 0024 0025 0029 0201 ModelArts 4601 4603 4702 4703 4704 4706 AIP 0018",
	ClassCredentials: "AIS 0002 0026 APIG 0301 0303 0305 0307 ModelArts 0203 4101 4102 4103 AIP 0001 0003 " +
		"IAM 0001 0061 0062 0066 0067 0080 0081 0082",
	ClassAccount: "AIS 0004 0007 0027 0032 ModelArts 4106 4203 4204 AIP 0015 " +
		"APIG 0302 0304 0306 0310 0401 0402 0404 0501 0502 IAM 0002 0003",
	ClassThrottled: "APIG 0308 AIS 0031 IAM 0012",
	ClassTransient: "AIS 0003 0506 AIP 0500 ModelArts 4107 " +
		"APIG 0103 0104 0105 0601 0605 0606 0607 0608 0609 0610 0611 0612 0613 0705 IAM 0006",
	ClassService: "APIG 0101 0204 0802 AIS 0005 0010 0013 AIP 0004 0005 0008 ModelArts 4201 4202",
}

// decidedClasses is classesByCode, inverted.
func decidedClasses() map[string]Class {
	decided := map[string]Class{}
	for class, list := range classesByCode {
		prefix := ""
		for word := range strings.FieldsSeq(list) {
			if word[0] > '9' {
				prefix = word
				continue
			}
			decided[prefix+"."+word] = class
		}
	}
	return decided
}

func TestTheCodeDecidesWhateverTheStatus(t *testing.T) {
	for code, class := range decidedClasses() {
		for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 502} {
			want := class
			if code == "APIG.0201" && status >= 500 {
				want = classOfStatus(status, false)
			}
			for _, spelt := range []string{code, strings.Replace(code, "APIG.", "APIGW.", 1)} {
				if got := (&Error{Code: spelt, HTTPStatus: status}).Class(); got != want {
					t.Errorf("%s with %d: got %s, want %s", spelt, status, got, want)
				}
			}
		}
	}
}

// Codes beyond that decision have a row for their measure, and the class that
// the status they are documented with has.
func TestOtherCodesHaveTheClassOfTheirStatus(t *testing.T) {
	documented := map[string]int{
		"APIG.0106": 400, "APIG.0311": 401, "APIG.0602": 400, "APIG.1009": 400,
		"IAM.0004": 404, "IAM.0011": 400, "IAM.0020": 410, "IAM.0083": 403,
	}
	decided := decidedClasses()
	for _, code := range codesOf(t) {
		if decided[code] != "" {
			continue
		}
		e := &Error{Code: code, HTTPStatus: documented[code]}
		if want := classOfStatus(documented[code], false); e.Class() != want {
			t.Errorf("%s: got %s, want %s as for %d", code, e.Class(), want, documented[code])
		}
	}
}

func TestStatusDecidesForUnknownCodes(t *testing.T) {
	for status, want := range map[int]Class{
		0: ClassUnknown, 101: ClassService, 200: ClassUnknown, 301: ClassService, 302: ClassService, 304: ClassService,
		400: ClassRejected, 401: ClassCredentials, 402: ClassRejected, 403: ClassAccount, 404: ClassService, 405: ClassService,
		408: ClassTransient, 409: ClassRejected, 410: ClassService, 413: ClassRejected, 414: ClassRejected, 415: ClassRejected,
		422: ClassRejected, 429: ClassThrottled, 494: ClassRejected, 500: ClassTransient, 501: ClassService,
		502: ClassUnknown, 503: ClassTransient, 504: ClassUnknown, 505: ClassTransient,
	} {
		for _, code := range []string{"", "AIS.9999"} {
			if got := ClassOf(fmt.Errorf("wrapped: %w", &Error{Code: code, HTTPStatus: status})); got != want {
				t.Errorf("%d with code %q: got %s, want %s", status, code, got, want)
			}
		}
	}
	if got := (&Error{HTTPStatus: 413, RetryAfter: time.Second}).Class(); got != ClassThrottled {
		t.Errorf("413 with Retry-After: got %s", got)
	}
	if got := ClassOf(nil) + ClassOf(http.ErrBodyNotAllowed); got != "" {
		t.Errorf("what is no *Error has class %s", got)
	}
}

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
		"a date in the past":       {"Thu, 01 Jan 2026 11:00:00 GMT", "", 0},
		"for ever":                 {"2147483647", "", 24 * time.Hour},
		"negative":                 {"-5", "", 0},
		"words":                    {"soon", "", 0},
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
		"| AIS.0024 | Source | The file could not be read from OBS: the signature of its URL is expired or wrong. | Sign the URL anew. |",
		"| APIG.0201 | Rejected; 5xx: by HTTP status | ",
		"| IAM.0083 | by HTTP status | ",
		"| 504 Gateway Timeout | Unknown |", "| 413 with Retry-After | Throttled |", "| 3xx | Service |", "| other 4xx | Rejected |",
	} {
		if !strings.Contains(b.String(), "\n"+line) {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
	if got, want := strings.Count(b.String(), "\n| "), len(codesOf(t))+len(Classes())+17+2*6; got != want {
		t.Errorf("%d lines of tables, want %d", got, want)
	}
	for _, class := range Classes() {
		if class.meaning() == "" {
			t.Errorf("%s has no meaning", class)
		}
	}
}
