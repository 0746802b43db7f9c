package iam

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/enginetest/issuer"
)

// world is a service with its own clock, two accounts, and a cluster that
// vouches for users of the first.
type world struct {
	*Service
	file    *File
	time    time.Time
	mux     *http.ServeMux
	cluster *issuer.Issuer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{time: time.Date(2026, 5, 1, 12, 0, 0, 855_000_000, time.UTC), mux: http.NewServeMux()}
	var err error
	if w.cluster, err = issuer.New("https://kubernetes.default.svc.cluster.local", issuer.ES256); err != nil {
		t.Fatal(err)
	}
	w.file = &File{TokenKey: strings.Repeat("k", minTokenKey), Accounts: []Account{
		{
			DomainName: "acme",
			Projects:   []Project{{ID: projectID, Name: "ap-southeast-1"}, {ID: "p2", Name: "cn-east-3"}},
			Users:      []User{{Name: "ann", Password: "right"}, {Name: "robot"}},
			AccessKeys: []AccessKey{
				{AccessKeyID: "AK", SecretAccessKey: sdkSecretKey},
				{AccessKeyID: "TEMP", SecretAccessKey: sdkSecretKey, SecurityToken: "SecurityToken"},
			},
			IdentityProviders: []IdentityProvider{{
				ID: "cluster", Issuer: w.cluster.URL, Audiences: []string{"ais"}, JWKS: w.cluster.JWKS(),
				Rules: []Rule{{Subject: "system:serviceaccount:shop:*", User: "robot"}, {Subject: "somebody", User: "ann"}},
			}},
		},
		{DomainName: "other", Projects: []Project{{ID: "foreign", Name: "ap-southeast-1"}}},
	}}
	w.restart(t)
	return w
}

// restart makes the service anew from the file, as another replica would.
func (w *world) restart(t *testing.T) {
	t.Helper()
	s, err := New(Config{File: w.file, Clock: func() time.Time { return w.time }})
	if err != nil {
		t.Fatal(err)
	}
	w.Service = s
	w.mux = http.NewServeMux()
	s.Register(w.mux)
}

// login asks for a token and returns the answer.
func (w *world) login(user, password, scope string) *httptest.ResponseRecorder {
	body := fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":"acme"}}}},"scope":%s}}`,
		user, password, scope)
	return w.do(httptest.NewRequest("POST", "http://iam.test/v3/auth/tokens?nocatalog=true", strings.NewReader(body)))
}

func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, r)
	return answer
}

const projectScopeByName = `{"project":{"name":"ap-southeast-1"}}`

// token logs in and returns the token.
func (w *world) token(t *testing.T, scope string) string {
	t.Helper()
	answer := w.login("ann", "right", scope)
	if answer.Code != http.StatusCreated {
		t.Fatalf("the log-in was answered %d %s", answer.Code, answer.Body)
	}
	return answer.Header().Get("X-Subject-Token")
}

// call asks who makes a request with the token, and for which project.
func (w *world) call(token, path string) (string, error) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Auth-Token", token)
	return w.project(r, nil, path)
}

func (w *world) project(r *http.Request, body []byte, path string) (string, error) {
	c, err := w.Inspect(r)
	if err != nil {
		return "", err
	}
	caller, err := c.Verify(body)
	if err != nil {
		return "", err
	}
	return caller.Project(path)
}

// signed makes a request signed as SDK clients do.
func (w *world) signed(key, secret, body string, change func(*http.Request)) *http.Request {
	r := httptest.NewRequest("POST", taggingURL, strings.NewReader(body))
	r.Header.Set("X-Sdk-Date", w.time.UTC().Format(dateLayout))
	if change != nil {
		change(r)
	}
	names := []string{"host", dateHeader}
	if r.Header.Get(securityHeader) != "" {
		names = append(names, strings.ToLower(securityHeader))
	}
	digest, _ := bodyDigest(r, []byte(body))
	sum := sign(secret, r.Header.Get(dateHeader), canonicalRequest(r, r.Host, names, digest))
	r.Header.Set("Authorization", fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s", key, strings.Join(names, ";"), hex.EncodeToString(sum)))
	return r
}

// code is the code and, for APIG.0301, the words of a failure.
func code(err error) string {
	var f *AccessError
	if !errors.As(err, &f) {
		return fmt.Sprint(err)
	}
	if f.Code == "APIG.0301" {
		return strings.TrimPrefix(f.Message, "Incorrect IAM authentication information: ")
	}
	return f.Code
}

func TestTokens(t *testing.T) {
	cases := []struct {
		name, scope, path string
		change            func(*testing.T, *world, *string)
		want              string // a project, or a failure
	}{
		{name: "a token of a project by its name", scope: projectScopeByName, want: projectID},
		{name: "a token of a project by its ID", scope: `{"project":{"id":"p2"}}`, want: "p2"},
		{name: "the project is in the path too", scope: projectScopeByName, path: projectID, want: projectID},
		{name: "the path names another project", scope: projectScopeByName, path: "p2", want: "AIP.0003"},
		{name: "the path names another account's project", scope: projectScopeByName, path: "foreign", want: "AIP.0003"},
		{name: "a project wins over a domain", scope: `{"project":{"id":"p2"},"domain":{"name":"acme"}}`, want: "p2"},
		{name: "a token of the account", scope: `{"domain":{"name":"acme"}}`, want: "AIS.0026"},
		{name: "a token without a scope", scope: `{}`, want: "AIS.0026"},
		{name: "another replica", scope: projectScopeByName, want: projectID, change: func(t *testing.T, w *world, _ *string) {
			t.Helper()
			w.restart(t)
		}},
		{name: "just before it expires", scope: projectScopeByName, want: projectID, change: func(_ *testing.T, w *world, _ *string) {
			w.time = w.time.Add(24*time.Hour - time.Microsecond)
		}},
		{name: "when it expires", scope: projectScopeByName, want: "token expires", change: func(_ *testing.T, w *world, _ *string) {
			w.time = w.time.Add(24 * time.Hour)
		}},
		{name: "a new password", scope: projectScopeByName, want: "APIG.0307", change: func(t *testing.T, w *world, _ *string) {
			t.Helper()
			w.file.Accounts[0].Users[0].Password = "new"
			w.restart(t)
		}},
		{name: "a removed user", scope: projectScopeByName, want: "APIG.0307", change: func(t *testing.T, w *world, _ *string) {
			t.Helper()
			w.file.Accounts[0].Users, w.file.Accounts[0].IdentityProviders = nil, nil
			w.restart(t)
		}},
		{name: "a removed project", scope: projectScopeByName, want: "APIG.0307", change: func(t *testing.T, w *world, _ *string) {
			t.Helper()
			w.file.Accounts[0].Projects = nil
			w.restart(t)
		}},
		{name: "another key", scope: projectScopeByName, want: "decrypt token fail", change: func(t *testing.T, w *world, _ *string) {
			t.Helper()
			w.file.TokenKey = strings.Repeat("x", minTokenKey)
			w.restart(t)
		}},
		{name: "a changed payload", scope: projectScopeByName, want: "decrypt token fail", change: func(_ *testing.T, _ *world, token *string) {
			*token = "A" + (*token)[1:]
		}},
		{name: "a foreign token", scope: projectScopeByName, want: "decrypt token fail", change: func(_ *testing.T, _ *world, token *string) {
			*token = "MIINRwYJKoZIhvcNAQcCoIINODCCDTQCAQExDTALBglghkgBZQMEAgEw"
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.token(t, c.scope)
			if c.change != nil {
				c.change(t, w, &token)
			}
			got, err := w.call(token, c.path)
			if err != nil {
				got = code(err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheBodyOfALogin(t *testing.T) {
	w := newWorld(t)
	var got map[string]any
	if err := json.Unmarshal(w.login("ann", "right", projectScopeByName).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	domain := map[string]any{"id": identifier("domain", "acme"), "name": "acme"}
	want := map[string]any{"token": map[string]any{
		"expires_at": "2026-05-02T12:00:00.855000Z", "issued_at": "2026-05-01T12:00:00.855000Z", "methods": []any{"password"},
		"project": map[string]any{"id": projectID, "name": "ap-southeast-1", "domain": domain},
		"user":    map[string]any{"id": identifier("user", "acme\x00ann"), "name": "ann", "domain": domain, "password_expires_at": ""},
		"roles":   []any{map[string]any{"id": identifier("role", "te_admin"), "name": "te_admin"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestLoginsThatAreRefused(t *testing.T) {
	const user = `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ann","password":"right","domain":{"name":"acme"}}}},"scope":%s}}`
	cases := []struct {
		name, body string
		status     int
	}{
		{"no JSON", "auth", 400},
		{"another method", `{"auth":{"identity":{"methods":["totp"]}}}`, 400},
		{"an unknown domain", strings.ReplaceAll(fmt.Sprintf(user, "{}"), "acme", "nobody"), 401},
		{"an unknown user", strings.ReplaceAll(fmt.Sprintf(user, "{}"), "ann", "nobody"), 401},
		{"a wrong password", strings.ReplaceAll(fmt.Sprintf(user, "{}"), "right", "wrong"), 401},
		{"an unknown project", fmt.Sprintf(user, `{"project":{"name":"nowhere"}}`), 404},
		{"another account's project", fmt.Sprintf(user, `{"project":{"id":"foreign"}}`), 404},
		{"another account", fmt.Sprintf(user, `{"domain":{"name":"other"}}`), 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			answer := w.do(httptest.NewRequest("POST", "/v3/auth/tokens", strings.NewReader(c.body)))
			var got struct {
				Error struct {
					Code           int
					Message, Title string
				}
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if answer.Code != c.status || got.Error.Code != c.status || got.Error.Title != http.StatusText(c.status) || got.Error.Message == "" {
				t.Errorf("answered %d %+v, want %d", answer.Code, got, c.status)
			}
			if c.status == 401 && got.Error.Message != "The username or password is wrong." {
				t.Errorf("the message is %q", got.Error.Message)
			}
		})
	}
}
