package iam

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// keyRequest asks for a temporary access key; change puts the credentials in.
func (w *world) keyRequest(body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, PathTemporaryKeys, strings.NewReader(body))
	if change != nil {
		change(r)
	}
	return w.do(r)
}

// keyBody is a request for a temporary access key with the fields of
// auth.identity.token.
func keyBody(token string) string {
	return `{"auth":{"identity":{"methods":["token"],"token":{` + token + `}}}}`
}

// credential reads an answer with a temporary access key.
func credential(t *testing.T, answer *httptest.ResponseRecorder) temporaryKey {
	t.Helper()
	var body struct{ Credential temporaryKey }
	if err := json.Unmarshal(answer.Body.Bytes(), &body); answer.Code != http.StatusCreated || err != nil {
		t.Fatalf("answered %d %s, %v", answer.Code, answer.Body, err)
	}
	return body.Credential
}

func TestRequestsForTemporaryKeys(t *testing.T) {
	cases := []struct {
		name, body, token string
		status            int
		want              string // the time until it ends, or a part of the message
	}{
		{"without a duration", `{"auth":{"identity":{"methods":["token"]}}}`, "header", 201, "15m0s"},
		{"the shortest", keyBody(`"duration_seconds":900`), "header", 201, "15m0s"},
		{"a second too short", keyBody(`"duration_seconds":899`), "header", 400, "between 900 and 86400"},
		{"the longest", keyBody(`"duration_seconds":86400`), "header", 201, "24h0m0s"},
		{"a second too long", keyBody(`"duration_seconds":86401`), "header", 400, "between 900 and 86400"},
		{"none", keyBody(`"duration_seconds":0`), "header", 400, "between 900 and 86400"},
		{"more than fits", keyBody(`"duration_seconds":9223372036854775808`), "header", 400, "body is invalid"},
		{"a text", keyBody(`"duration_seconds":"900"`), "header", 400, "body is invalid"},
		{"the name that the parameter had", keyBody(`"duration-seconds":1800`), "header", 201, "30m0s"},
		{"the token in the body", keyBody(`"id":"TOKEN"`), "", 201, "15m0s"},
		{"the header's token comes first", keyBody(`"id":"x"`), "header", 201, "15m0s"},
		{"also when it is wrong", keyBody(`"id":"TOKEN"`), "wrong", 401, "requires authentication"},
		{"a wrong token in the body", keyBody(`"id":"x"`), "", 401, "requires authentication"},
		{"no token", keyBody(``), "", 401, "requires authentication"},
		{"another method", strings.Replace(keyBody(``), "token", "assume_role", 1), "header", 400, "auth.identity.methods"},
		{"a policy", `{"auth":{"identity":{"methods":["token"],"policy":{"Version":"1.1"}}}}`, "header", 400, "policy is not supported"},
		{"no JSON", "auth", "header", 400, "body is invalid"},
		{"nothing", "", "header", 400, "body is invalid"},
		{"too much", keyBody(`"id":"` + strings.Repeat("x", maxBody) + `"`), "header", 400, "body is invalid"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.token(t, "{}")
			answer := w.keyRequest(strings.ReplaceAll(c.body, "TOKEN", token), func(r *http.Request) {
				switch c.token {
				case "header":
					r.Header.Set(tokenHeader, token)
				case "wrong":
					r.Header.Set(tokenHeader, "x")
				}
			})
			if answer.Code != c.status {
				t.Fatalf("answered %d %s", answer.Code, answer.Body)
			}
			if c.status != http.StatusCreated {
				checkRefusal(t, answer, c.want)
				return
			}
			expires, err := time.Parse(time.RFC3339, credential(t, answer).ExpiresAt)
			if got := expires.Sub(w.time).String(); err != nil || got != c.want {
				t.Errorf("it ends after %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

// checkRefusal looks at an error in IAM's form.
func checkRefusal(t *testing.T, answer *httptest.ResponseRecorder, want string) {
	t.Helper()
	var body struct {
		Error struct {
			Code           int
			Message, Title string
		}
	}
	err := json.Unmarshal(answer.Body.Bytes(), &body)
	if e := body.Error; err != nil || e.Code != answer.Code || e.Title != http.StatusText(answer.Code) || !strings.Contains(e.Message, want) {
		t.Errorf("answered %d %s, %v, want %q", answer.Code, answer.Body, err, want)
	}
}

func TestSignedRequestsForTemporaryKeys(t *testing.T) {
	cases := []struct {
		name   string
		signer func(*testing.T, *world) temporaryKey
		change func(*http.Request)
		status int
		want   string
	}{
		{"a permanent key", func(*testing.T, *world) temporaryKey { return temporaryKey{Access: "AK", Secret: sdkSecretKey} }, nil, 201, ""},
		{
			"a wrong signature", func(*testing.T, *world) temporaryKey { return temporaryKey{Access: "AK", Secret: "x"} }, nil,
			401, "verify aksk signature fail",
		},
		{
			"another body", func(*testing.T, *world) temporaryKey { return temporaryKey{Access: "AK", Secret: sdkSecretKey} },
			func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(keyBody(`"duration_seconds":86400`))) },
			401, "verify aksk signature fail",
		},
		{
			"a temporary key", func(t *testing.T, w *world) temporaryKey { t.Helper(); return w.temporaryKey(t, 900) }, nil,
			403, "A temporary access key cannot be used",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			signer := c.signer(t, w)
			body := keyBody("")
			r := w.signed(signer.Access, signer.Secret, body, func(r *http.Request) {
				r.URL.Path = PathTemporaryKeys
				if signer.SecurityToken != "" {
					r.Header.Set(securityHeader, signer.SecurityToken)
				}
			})
			if c.change != nil {
				c.change(r)
			}
			answer := w.do(r)
			if answer.Code != c.status || !strings.Contains(answer.Body.String(), c.want) {
				t.Fatalf("answered %d %s, want %d %q", answer.Code, answer.Body, c.status, c.want)
			}
			if c.status == http.StatusCreated {
				if got := w.tryKey(credential(t, answer), true); got != isRight {
					t.Errorf("the new key is %s", got)
				}
			}
		})
	}
}

func TestASignatureComesBeforeATokenInTheBody(t *testing.T) {
	w := newWorld(t)
	r := w.signed("AK", "wrong", keyBody(fmt.Sprintf(`"id":%q`, w.token(t, "{}"))), func(r *http.Request) { r.URL.Path = PathTemporaryKeys })
	if answer := w.do(r); answer.Code != 401 || !strings.Contains(answer.Body.String(), "verify aksk signature fail") {
		t.Errorf("answered %d %s", answer.Code, answer.Body)
	}
}
