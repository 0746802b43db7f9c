package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
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

// temporaryKey obtains an access key with a token.
func (w *world) temporaryKey(t *testing.T, seconds int) temporaryKey {
	t.Helper()
	token := w.token(t, "{}")
	return credential(t, w.keyRequest(keyBody(fmt.Sprintf(`"duration_seconds":%d`, seconds)), func(r *http.Request) {
		r.Header.Set(tokenHeader, token)
	}))
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

// signedBy is a request that a key signs, with its security token if it has one.
func (w *world) signedBy(key temporaryKey) *http.Request {
	return w.signed(key.Access, key.Secret, taggingBody, func(r *http.Request) {
		if key.SecurityToken != "" {
			r.Header.Set(securityHeader, key.SecurityToken)
		}
	})
}

func TestATemporaryKey(t *testing.T) {
	w := newWorld(t)
	key := w.temporaryKey(t, 3600)
	if !regexp.MustCompile(`^HST[A-Z2-7]{17}$`).MatchString(key.Access) || len(key.Secret) != 40 || key.ExpiresAt != "2026-05-01T13:00:00.855000Z" {
		t.Errorf("the key is %+v", key)
	}
	again := w.temporaryKey(t, 3600)
	if key.Access == again.Access || key.Secret == again.Secret || key.SecurityToken == again.SecurityToken {
		t.Errorf("two keys are %+v and %+v", key, again)
	}
	if secret, err := w.Secret(key.Access, key.SecurityToken); err != nil || secret != key.Secret {
		t.Errorf("Secret is %q, %v", secret, err)
	}
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

func TestRequestsWithTemporaryKeys(t *testing.T) {
	const missing = apart + ": the token is missing"
	cases := []struct {
		name   string
		change func(*testing.T, *world, *temporaryKey)
		path   string
		want   string // a project, or a failure
	}{
		{"the account's first project", nil, "", projectID},
		{"another project of the account", nil, "p2", "p2"},
		{"another account's project", nil, "foreign", "AIP.0003"},
		{"just before it ends", func(_ *testing.T, w *world, _ *temporaryKey) { w.time = w.time.Add(15*time.Minute - time.Microsecond) }, "", projectID},
		{"when it ends", func(_ *testing.T, w *world, _ *temporaryKey) { w.time = w.time.Add(15 * time.Minute) }, "", "the temporary access key has expired"},
		{"no security token", func(_ *testing.T, _ *world, k *temporaryKey) { k.SecurityToken = "" }, "", missing},
		{"no security token of ours", func(_ *testing.T, _ *world, k *temporaryKey) { k.SecurityToken = "SecurityToken" }, "", apart},
		{"a changed security token", func(_ *testing.T, _ *world, k *temporaryKey) { k.SecurityToken = "A" + k.SecurityToken[1:] }, "", apart},
		{"another key's security token", func(t *testing.T, w *world, k *temporaryKey) {
			t.Helper()
			k.SecurityToken = w.temporaryKey(t, 900).SecurityToken
		}, "", apart},
		{"a token for a security token", func(t *testing.T, w *world, k *temporaryKey) { t.Helper(); k.SecurityToken = w.token(t, "{}") }, "", apart},
		{"a permanent key with its security token", func(_ *testing.T, _ *world, k *temporaryKey) { k.Access, k.Secret = "AK", sdkSecretKey }, "", apart + ": the key is a permanent one"},
		{"an unknown key with its security token", func(_ *testing.T, _ *world, k *temporaryKey) { k.Access = "NOBODY" }, "", "Get secretKey failed,ak:NOBODY,err:ak not exist"},
		{"another replica", func(t *testing.T, w *world, _ *temporaryKey) { t.Helper(); w.restart(t) }, "", projectID},
		{"a new password of its user", func(t *testing.T, w *world, _ *temporaryKey) {
			t.Helper()
			w.file.Accounts[0].Users[0].Password = "new"
			w.restart(t)
		}, "", "ak not exist"},
		{"a removed user", func(t *testing.T, w *world, _ *temporaryKey) {
			t.Helper()
			w.file.Accounts[0].Users, w.file.Accounts[0].IdentityProviders = nil, nil
			w.restart(t)
		}, "", "ak not exist"},
		{"another token key", func(t *testing.T, w *world, _ *temporaryKey) {
			t.Helper()
			w.file.TokenKey = strings.Repeat("x", minTokenKey)
			w.restart(t)
		}, "", apart},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			key := w.temporaryKey(t, 900)
			if c.change != nil {
				c.change(t, w, &key)
			}
			got, err := w.project(w.signedBy(key), []byte(taggingBody), c.path)
			if err != nil {
				got = code(err)
			}
			if got != c.want && (c.want != "ak not exist" || !strings.HasSuffix(got, c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAKeyOfAKeyEndsWithIt(t *testing.T) {
	w := newWorld(t)
	r := w.signed("AK", sdkSecretKey, keyBody(""), func(r *http.Request) { r.URL.Path = PathTemporaryKeys })
	key := credential(t, w.do(r))
	if got := w.tryKey(key, true); got != isRight {
		t.Fatalf("the key is %s", got)
	}
	w.file.Accounts[0].AccessKeys[0].SecretAccessKey = "new"
	w.restart(t)
	if got := w.tryKey(key, true); !strings.Contains(got, "ak not exist") {
		t.Errorf("with a new secret of its key the key is %s", got)
	}
}

func TestASecurityTokenIsNoToken(t *testing.T) {
	w := newWorld(t)
	if got, err := w.call(w.temporaryKey(t, 900).SecurityToken, ""); err == nil || code(err) != "decrypt token fail" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSecretsForOthers(t *testing.T) {
	w := newWorld(t)
	key := w.temporaryKey(t, 900)
	cases := []struct {
		name      string
		wait      time.Duration
		id, token string
		secret    string
		err       error
	}{
		{"a permanent key", 0, "AK", "", sdkSecretKey, nil},
		{"a permanent key with a token", 0, "AK", "x", "", ErrSecurityToken},
		{"an unknown key", 0, "NOBODY", "", "", ErrUnknownKey},
		{"a temporary key", 0, key.Access, key.SecurityToken, key.Secret, nil},
		{"a temporary key without its token", 0, key.Access, "", "", ErrSecurityToken},
		{"a temporary key with another token", 0, key.Access, "x", "", ErrSecurityToken},
		{"a temporary key at its end", 900 * time.Second, key.Access, key.SecurityToken, "", ErrExpiredKey},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.time = w.time.Add(c.wait)
			if secret, err := w.Secret(c.id, c.token); secret != c.secret || !errors.Is(err, c.err) {
				t.Errorf("the secret is %q, %v, want %q, %v", secret, err, c.secret, c.err)
			}
		})
	}
}
