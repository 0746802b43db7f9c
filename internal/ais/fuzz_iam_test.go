package ais

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// checkFailure holds what every failure is: one of the package's errors, of a class, with a line of words in it that
// tells no secret.
func checkFailure(t *testing.T, err error) {
	t.Helper()
	if ClassOf(err) == "" {
		t.Errorf("no class: %v", err)
	}
	text := err.Error()
	if !utf8.ValidString(text) || strings.Contains(text, testSecret) || strings.ContainsAny(text, "\r\n") || utf8.RuneCountInString(text) > 2*maxMessageRunes {
		t.Errorf("error %q", text)
	}
}

var fuzzedAt = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"token":{"expires_at":"2026-03-02T12:00:00.123456Z","issued_at":"2026-03-01T12:00:00Z","project":{"id":"p1"}}}`,
		`{"token":{"expires_at":"9999-12-31T23:59:59Z","issued_at":"0001-01-01T00:00:00Z","project":{"id":"p1"}}}`,
		`{"token":{"expires_at":"2026-03-01T12:00:00Z","issued_at":"2026-03-02T12:00:00Z","project":{"id":"p1"}}}`,
		`{"token":{"project":{"id":"../../admin"}}}`, `{"token":{"expires_at":"soon"}}`, `{"token":[]}`, `[`, ``, `null`,
		`{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`,
	} {
		f.Add("MII"+testSecret, []byte(seed))
		f.Add("", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, value string, body []byte) {
		x := &exchange{op: OpCreateToken, secrets: []string{testSecret}}
		got, err := newToken(x, &answer{status: http.StatusCreated, header: http.Header{"X-Subject-Token": {value}}, body: body}, fuzzedAt)
		if err != nil {
			checkFailure(t, err)
			return
		}
		if !isProjectID(got.value.projectID) || url.PathEscape(got.value.projectID) != got.value.projectID {
			t.Errorf("project %q cannot stand in a path", got.value.projectID)
		}
		if got.value.token.Reveal() == "" || got.renewAt.Before(fuzzedAt) || got.renewAt.After(got.expiresAt) {
			t.Errorf("a token of %d bytes is renewed at %v and expires at %v", len(got.value.token.Reveal()), got.renewAt, got.expiresAt)
		}
	})
}

// answering is a server that answers everything alike.
type answering struct {
	status int
	header http.Header
	body   []byte
}

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: a.header, ContentLength: -1, Body: io.NopCloser(bytes.NewReader(a.body)), Request: req,
	}, nil
}

func FuzzProjectsAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"projects":[{"id":"p1","name":"r1"}]}`, `{"projects":[{"id":"p1","name":"r1"},{"id":"p2","name":"r1"}]}`,
		`{"projects":[{"id":"a/b","name":"r1"}]}`, `{"projects":null}`, `{"projects":{}}`, `{"error_code":"IAM.0062","error_msg":"wrong"}`, ``, `<html>`,
	} {
		f.Add(200, "", []byte(seed))
		f.Add(401, "120", []byte(seed))
		f.Add(429, "Mon, 02 Mar 2026 12:00:00 GMT", []byte(seed))
	}
	endpoint := &url.URL{Scheme: "https", Host: "iam.example", Path: "/"}
	f.Fuzz(func(t *testing.T, status int, wait string, body []byte) {
		i := &identity{
			endpoint: endpoint, secrets: []string{testSecret}, projectName: "r1",
			wire: &wire{base: answering{status, http.Header{"Retry-After": {wait}}, body}, now: func() time.Time { return fuzzedAt }},
		}
		id, err := i.findProject(t.Context(), func(*exchange) {})
		switch {
		case err != nil:
			checkFailure(t, err)
		case !isProjectID(id) || !bytes.Contains(body, []byte("r1")):
			t.Errorf("found project %q in %q", id, body)
		}
	})
}

func FuzzRecaptureAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"result":{"suggestion":"true","category":"","score":"0.9998","detail":[{"label":"original","confidence":"0.9998"}]}}`,
		`{"result":{"suggestion":true,"score":1e-400}}`, `{"result":{"suggestion":"uncertainty","detail":[{}]}}`, `{"result":{"suggestion":"maybe"}}`,
		`{"result":{}}`, `{"result":[]}`, `{"error_code":"AIS.0503"}`, `[`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		x := &exchange{op: string(RecaptureDetection), paid: true, secrets: []string{testSecret}}
		var result recaptureResult
		if err := x.decode(&answer{status: http.StatusOK, body: body}, &result, fuzzedAt); err != nil {
			checkFailure(t, err)
			return
		}
		switch result.Suggestion {
		case VerdictOriginal, VerdictRecaptured, VerdictUncertain:
		default:
			t.Errorf("verdict %q", result.Suggestion)
		}
		for _, d := range append([]RecaptureDetail{{Confidence: result.Score}}, result.Detail...) {
			if d.Confidence != "" && !plainDecimal.MatchString(string(d.Confidence)) {
				t.Errorf("confidence %q is no number", d.Confidence)
			}
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "0", "120", " 7 ", "-1", "1e3", "99999999999999999999", "Mon, 02 Mar 2026 12:00:00 GMT", "Monday, 02-Mar-26 12:00:00 GMT", "soon"} {
		f.Add(value, "")
		f.Add(value, "Sun, 01 Mar 2026 11:00:00 GMT")
		f.Add(value, "Fri, 31 Dec 9999 23:59:59 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		header := http.Header{"Retry-After": {value}, "Date": {date}}
		wait := retryAfter(header, fuzzedAt)
		if wait < 0 || wait > maxRetryAfter {
			t.Errorf("waits %v", wait)
		}
		// The clocks of both sides are compared where a signature is refused.
		x := &exchange{op: "X", paid: true, signedAt: fuzzedAt}
		e := x.refused(http.StatusUnauthorized, header, fault{code: "APIG.0301", message: "verify aksk signature fail"}, fuzzedAt)
		served, err := http.ParseTime(date)
		if skewed := err == nil && served.Sub(fuzzedAt).Abs() > signatureWindow; skewed != (e.Detail == DetailClockSkew) {
			t.Errorf("with the date %q the detail is %s", date, e.Detail)
		}
	})
}
