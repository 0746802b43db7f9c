package iam

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/enginetest/issuer"
)

// A key set whose private key is lost, and a token that it has signed once: fuzzing
// goes on in other processes and on other days.
const (
	lostKeys = `{"keys":[{"alg":"ES256","crv":"P-256","kid":"SBVNJNAOZENVIFZ5ZSZPWIGI7I","kty":"EC","use":"sig",` +
		`"x":"czd899F0d6UXeMf4guq2kTBBcygc1MRIpX0wqRJSxLI","y":"zAmuUX63SQ4hQIG88_jiZhYTPwMMp6Y3mW7zF-Ny5H0"}]}`
	lostToken = "eyJhbGciOiJFUzI1NiIsImtpZCI6IlNCVk5KTkFPWkVOVklGWjVaU1pQV0lHSTdJIn0." +
		"eyJhdWQiOiJhaXMiLCJleHAiOjE3ODAwMDM2MDAsImlhdCI6MTc4MDAwMDAwMCwiaXNzIjoiaHR0cHM6Ly9jbHVzdGVyLmV4YW1wbGUiLCJzdWIiOiJzb21lYm9keSJ9." +
		"TheRoW0TyTqBD0YoJsAIx94LWouJzvyl8JNprbIW41n_PkoOCNt4GjNs4lO-NSqRE2Ax9KqZh2Jzq4pOTgV1YA"
)

// FuzzSubjectOf holds that nothing is taken for an ID token but the one that the
// issuer has signed.
func FuzzSubjectOf(f *testing.F) {
	now := time.Unix(1_780_000_000, 0)
	p, err := newProvider(&IdentityProvider{Issuer: "https://cluster.example", Audiences: []string{"ais"}, JWKS: []byte(lostKeys)}, nil)
	if err != nil {
		f.Fatal(err)
	}
	if subject, problem := p.subjectOf(lostToken, now); subject != "somebody" {
		f.Fatalf("the token is refused: %s", problem)
	}
	for _, token := range []string{
		lostToken, lostToken + ".", "..", strings.Replace(lostToken, ".", ".e30", 1),
		issuer.Encode(map[string]any{"alg": "none"}, map[string]any{"iss": p.Issuer}, func([]byte) []byte { return nil }),
		issuer.Encode(map[string]any{"alg": "ES256", "kid": "a", "crit": []string{"b64"}, "b64": false}, nil, func([]byte) []byte { return make([]byte, 64) }),
		`{"payload":"e30","protected":"e30","signature":"AA"}`,
	} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		subject, problem := p.subjectOf(token, now)
		if (subject == "") == (problem == "") {
			t.Errorf("%q: subject %q, problem %q", token, subject, problem)
		}
		if subject != "" && subject != "somebody" {
			t.Errorf("%q is taken for a token of %q", token, subject)
		}
	})
}

// FuzzBodies holds that every body is answered, and that nobody is let in
// without credentials.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{
		`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ann","password":"x","domain":{"name":"acme"}}}},"scope":{"project":{"id":"p1"}}}}`,
		keyBody(`"id":"a.b","duration_seconds":900,"duration-seconds":-1`),
		`{"auth":{"identity":{"methods":["token"],"policy":{}}}}`,
		`{"auth":{"id_token":{"id":"e30.e30.AA"},"scope":{"project":{"name":"ap-southeast-1"},"domain":{"id":"x"}}}}`,
		`{"auth":null}`, `[]`, ``, "\x00", `{"auth":{"identity":{"token":{"duration_seconds":1e400}}}}`,
	} {
		f.Add(body)
	}
	s, err := New(Config{File: &File{TokenKey: NewTokenKey(), Accounts: []Account{{
		DomainName: "acme", Projects: []Project{{ID: "p1", Name: "ap-southeast-1"}}, Users: []User{{Name: "ann", Password: "right"}},
		IdentityProviders: []IdentityProvider{{
			ID: "cluster", Issuer: "https://cluster.example", Audiences: []string{"ais"}, JWKS: []byte(clusterKeys),
			Rules: []Rule{{Subject: "somebody", User: "ann"}},
		}},
	}}}})
	if err != nil {
		f.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Register(mux)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{PathTokens, PathTemporaryKeys, PathIDTokens} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("X-Idp-Id", "cluster")
			answer := httptest.NewRecorder()
			mux.ServeHTTP(answer, r)
			if answer.Code < 400 && !strings.Contains(body, "right") || answer.Code >= 500 || !json.Valid(answer.Body.Bytes()) {
				t.Errorf("%s answered %d %s", path, answer.Code, answer.Body)
			}
		}
	})
}
