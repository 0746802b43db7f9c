package iam

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// exchange sends an ID token to be exchanged.
func (w *world) exchange(provider, idToken, scope string) *httptest.ResponseRecorder {
	body := fmt.Sprintf(`{"auth":{"id_token":{"id":%q},"scope":%s}}`, idToken, scope)
	return w.exchangeBody(provider, body)
}

func (w *world) exchangeBody(provider, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://iam.test"+PathIDTokens+"?nocatalog=true", strings.NewReader(body))
	r.Header.Set("X-Idp-Id", provider)
	return w.do(r)
}

// serviceAccount is a fresh ID token of a service account whom a rule is about.
func (w *world) serviceAccount() string {
	return w.cluster.ServiceAccount("shop", "operator", "ais", w.time, time.Hour)
}

// mapped exchanges an ID token for a token.
func (w *world) mapped(t *testing.T, scope string) string {
	t.Helper()
	answer := w.exchange("cluster", w.serviceAccount(), scope)
	if answer.Code != http.StatusCreated {
		t.Fatalf("the exchange was answered %d %s", answer.Code, answer.Body)
	}
	return answer.Header().Get("X-Subject-Token")
}

func TestExchangesThatAreRefused(t *testing.T) {
	const ns = "system:serviceaccount:"
	account := func(namespace, name, audience string) func(*world) string {
		return func(w *world) string { return w.cluster.ServiceAccount(namespace, name, audience, w.time, time.Hour) }
	}
	subject := func(sub any) func(*world) string {
		return func(w *world) string {
			return w.cluster.Sign(map[string]any{"iss": w.cluster.URL, "sub": sub, "aud": "ais", "iat": w.time.Unix(), "exp": w.time.Unix() + 60})
		}
	}
	good := account("shop", "operator", "ais")
	cases := []struct {
		name     string
		provider string
		token    func(*world) string
		scope    string
		status   int
		want     string // a part of the message
	}{
		{"an unknown provider", "nobody", good, "{}", 404, "X-Idp-Id"},
		{"no provider", "", good, "{}", 404, "X-Idp-Id"},
		{"no token", "cluster", func(*world) string { return "" }, "{}", 400, "auth.id_token.id"},
		{"an unknown project", "cluster", good, `{"project":{"name":"nowhere"}}`, 404, "auth.scope"},
		{"another account's project", "cluster", good, `{"project":{"id":"foreign"}}`, 404, "auth.scope"},
		{"another account", "cluster", good, `{"domain":{"name":"other"}}`, 404, "auth.scope"},
		{"a namespace without a rule", "cluster", account("shop-2", "operator", "ais"), "{}", 403, "No rule"},
		{"a namespace that begins as one with a rule", "cluster", account("shopping", "operator", "ais"), "{}", 403, "No rule"},
		{"more than a service account", "cluster", subject(ns + "shop:a:b"), "{}", 403, "No rule"},
		{"less than a service account", "cluster", subject(ns + "shop:"), "{}", 403, "No rule"},
		{"the rule itself", "cluster", subject(ns + "*"), "{}", 403, "No rule"},
		{"an exact rule with something after it", "cluster", subject("somebody-else"), "{}", 403, "No rule"},
		{"another audience", "cluster", account("shop", "operator", "https://kubernetes.default.svc"), "{}", 401, "another audience"},
		{"a subject with a line break", "cluster", subject("some\nbody"), "{}", 401, "subject"},
		{"a subject that is too long", "cluster", subject(strings.Repeat("x", maxSubject+1)), "{}", 401, "subject"},
		{"no subject", "cluster", subject(""), "{}", 401, "subject"},
		{"a subject that is no text", "cluster", subject(7), "{}", 401, "claims"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := c.token(w)
			checkCode(t, w.exchange(c.provider, token, c.scope), c.status, c.want, token)
		})
	}
}

// checkCode looks at an error in the form of IAM's newer APIs, which may not quote
// the token.
func checkCode(t *testing.T, answer *httptest.ResponseRecorder, status int, want, token string) {
	t.Helper()
	codes := map[int]string{400: "IAM.0011", 401: "IAM.0001", 403: "IAM.0003", 404: "IAM.0004"}
	var body struct {
		Code    string `json:"error_code"`
		Message string `json:"error_msg"`
	}
	err := json.Unmarshal(answer.Body.Bytes(), &body)
	if err != nil || answer.Code != status || body.Code != codes[status] || !strings.Contains(body.Message, want) || !strings.HasSuffix(body.Message, ".") {
		t.Errorf("answered %d %s, %v, want %d and %q", answer.Code, answer.Body, err, status, want)
	}
	for part := range strings.SplitSeq(token, ".") {
		if part != "" && strings.Contains(body.Message, part) {
			t.Errorf("the message quotes the token: %s", body.Message)
		}
	}
	if answer.Header().Get("X-Subject-Token") != "" {
		t.Error("there is a token")
	}
}

func TestTheBodyOfAnExchange(t *testing.T) {
	w := newWorld(t)
	domain := map[string]any{"id": identifier("domain", "acme"), "name": "acme"}
	user := map[string]any{
		"id": identifier("user", "acme\x00robot"), "name": "robot", "domain": domain, "password_expires_at": "",
		"OS-FEDERATION": map[string]any{
			"identity_provider": map[string]any{"id": "cluster"}, "protocol": map[string]any{"id": "oidc"}, "groups": []any{},
		},
	}
	unscoped := func() map[string]any {
		return map[string]any{
			"expires_at": "2026-05-02T12:00:00.855000Z", "issued_at": "2026-05-01T12:00:00.855000Z", "methods": []any{"mapped"}, "user": user,
		}
	}
	scoped := unscoped()
	scoped["project"] = map[string]any{"id": projectID, "name": "ap-southeast-1", "domain": domain}
	scoped["roles"] = []any{map[string]any{"id": identifier("role", "te_admin"), "name": "te_admin"}}
	ofDomain := unscoped()
	ofDomain["domain"], ofDomain["roles"] = domain, scoped["roles"]
	for scope, want := range map[string]map[string]any{
		"{}": unscoped(), "null": unscoped(), projectScopeByName: scoped, `{"domain":{"name":"acme"}}`: ofDomain,
	} {
		answer := w.exchange("cluster", w.serviceAccount(), scope)
		var got map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code != http.StatusCreated {
			t.Fatalf("answered %d %s, %v", answer.Code, answer.Body, err)
		}
		if diff := cmp.Diff(map[string]any{"token": want}, got); diff != "" {
			t.Errorf("the body for scope %s (-want +got):\n%s", scope, diff)
		}
	}
}

func TestMappedTokens(t *testing.T) {
	change := func(f func(*world)) func(*testing.T, *world) {
		return func(t *testing.T, w *world) { t.Helper(); f(w); w.restart(t) }
	}
	provider := func(w *world) *IdentityProvider { return &w.file.Accounts[0].IdentityProviders[0] }
	cases := []struct {
		name, scope string
		change      func(*testing.T, *world)
		want        string // a project, or a failure
	}{
		{"of a project", projectScopeByName, nil, projectID},
		{"without a scope", "{}", nil, "AIS.0026"},
		{"of the account", `{"domain":{"name":"acme"}}`, nil, "AIS.0026"},
		{"when it expires", projectScopeByName, func(_ *testing.T, w *world) { w.time = w.time.Add(24 * time.Hour) }, "token expires"},
		{"long after the ID token", projectScopeByName, func(_ *testing.T, w *world) { w.time = w.time.Add(24*time.Hour - 1) }, projectID},
		{"another replica", projectScopeByName, change(func(*world) {}), projectID},
		{"a removed rule", projectScopeByName, change(func(w *world) { provider(w).Rules = provider(w).Rules[1:]; w.file.Accounts[0].Users[1].Password = "x" }), "APIG.0307"},
		{"a rule for another user", projectScopeByName, change(func(w *world) { provider(w).Rules[0].User = "ann"; w.file.Accounts[0].Users[1].Password = "x" }), "APIG.0307"},
		{"another issuer", projectScopeByName, change(func(w *world) { provider(w).Issuer = "https://other.example" }), "APIG.0307"},
		{"a new key of the issuer", projectScopeByName, change(func(w *world) { provider(w).JWKS = newIssuer(w.cluster.URL).JWKS() }), projectID},
		{"a password for the user", projectScopeByName, change(func(w *world) { w.file.Accounts[0].Users[1].Password = "x" }), projectID},
		{"a removed provider", projectScopeByName, change(func(w *world) { w.file.Accounts[0].IdentityProviders, w.file.Accounts[0].Users[1].Password = nil, "x" }), "APIG.0307"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.mapped(t, c.scope)
			if c.change != nil {
				c.change(t, w)
			}
			got, err := w.call(token, "")
			if err != nil {
				got = code(err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnUnscopedTokenObtainsAKey(t *testing.T) {
	w := newWorld(t)
	key := credential(t, w.keyRequest(keyBody(fmt.Sprintf(`"id":%q,"duration_seconds":21600`, w.mapped(t, "{}"))), nil))
	if got := w.tryKey(key, true); got != isRight {
		t.Errorf("the key is %s", got)
	}
	w.file.Accounts[0].IdentityProviders[0].Rules[0].Subject = "system:serviceaccount:other:*"
	w.restart(t)
	if got := w.tryKey(key, true); !strings.Contains(got, "ak not exist") {
		t.Errorf("without its rule the key is %s", got)
	}
}

func TestAUserWithoutAPasswordCannotLogIn(t *testing.T) {
	w := newWorld(t)
	checkRefusal(t, w.login("robot", "", projectScopeByName), "The username or password is wrong.")
}
