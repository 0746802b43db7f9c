package enginetest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/enginetest/issuer"
	"github.com/ais-operator/ais-operator/internal/objectstore"
)

func TestAServiceAccountCallsTheEngine(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	cluster, err := issuer.New("https://kubernetes.default.svc.cluster.local", issuer.RS256)
	if err != nil {
		t.Fatal(err)
	}
	srv := enginetest.Start(t, enginetest.Options{
		Clock: func() time.Time { return now },
		IdentityProviders: []iam.IdentityProvider{{
			ID: "cluster", Issuer: cluster.URL, Audiences: []string{"ais"}, JWKS: cluster.JWKS(),
			Rules: []iam.Rule{{Subject: "system:serviceaccount:shop:*", User: enginetest.DefaultAccount.User}},
		}},
	})
	exchange := func(audience string) answer {
		body := fmt.Sprintf(`{"auth":{"id_token":{"id":%q},"scope":{"project":{"name":%q}}}}`,
			cluster.ServiceAccount("shop", "default", audience, now, time.Hour), srv.Account.ProjectName)
		return send(t.Context(), http.DefaultClient, srv.URL+iam.PathIDTokens, http.Header{"X-Idp-Id": {"cluster"}}, body)
	}
	if got := exchange("other"); got.status != http.StatusUnauthorized {
		t.Errorf("another audience was answered %+v", got)
	}
	got := exchange("ais")
	if date := got.header.Get("Date"); got.status != http.StatusCreated || date != "Fri, 02 Jan 2026 03:04:05 GMT" {
		t.Fatalf("the exchange was answered %+v", got)
	}
	c := newCaller(t, srv)
	srv.ResetRecord()
	c.token = got.header.Get("X-Subject-Token")
	if got := c.call(t.Context(), ""); got.status != 200 || srv.Billed(enginetest.DarkEnhance) != 1 {
		t.Errorf("the call was answered %+v, %d are billed", got, srv.Billed())
	}
	exchange("ais")
	key := send(t.Context(), http.DefaultClient, srv.URL+iam.PathTemporaryKeys, http.Header{"X-Auth-Token": {c.token}},
		`{"auth":{"identity":{"methods":["token"]}}}`)
	if key.status != http.StatusCreated {
		t.Errorf("the key was answered %+v", key)
	}
	counts := []enginetest.Logins{
		srv.Logins(), srv.Logins(enginetest.CreateToken), srv.Logins(enginetest.ExchangeIDToken), srv.Logins(enginetest.CreateTemporaryKey),
	}
	if diff := cmp.Diff([]enginetest.Logins{{OK: 1}, {}, {OK: 1}, {OK: 1}}, counts); diff != "" {
		t.Errorf("log-ins, of all and of each kind (-want +got):\n%s", diff)
	}
}

func TestATemporaryKeyCallsTheEngine(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	picture := newCaller(t, srv).picture
	key, err := srv.TemporaryKey(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	other, err := srv.TemporaryKey(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token string
		status      int
		billed      int
	}{
		{"with its security token", key.SecurityToken, 200, 1},
		{"with another security token", other.SecurityToken, 401, 1},
	} {
		body := `{"image":"` + picture + `"}`
		header := signed(strings.TrimPrefix(srv.URL, "http://"), darkEnhance, body, key.AccessKeyID, key.SecretAccessKey, c.token)
		if got := send(t.Context(), http.DefaultClient, srv.URL+darkEnhance, header, body); got.status != c.status || srv.Billed() != c.billed {
			t.Errorf("%s: answered %+v, %d are billed", c.name, got, srv.Billed())
		}
	}
	if calls := srv.Calls(); len(calls) != 1 {
		t.Errorf("on record: %+v", calls)
	}
}

// signed is the header of a POST that is signed with a temporary key.
func signed(host, path, body, id, secret, token string) http.Header {
	const names = "host;x-sdk-date;x-security-token"
	hash := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	date := time.Now().UTC().Format("20060102T150405Z")
	canonical := "POST\n" + path + "/\n\nhost:" + host + "\nx-sdk-date:" + date + "\nx-security-token:" + token + "\n\n" + names + "\n" + hash(body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("SDK-HMAC-SHA256\n" + date + "\n" + hash(canonical)))
	return http.Header{
		"X-Sdk-Date": {date}, "X-Security-Token": {token},
		"Authorization": {fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%x", id, names, mac.Sum(nil))},
	}
}

func TestPodIdentity(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := enginetest.Start(t, enginetest.Options{Clock: func() time.Time { return now }})
	agent := srv.StartPodIdentity(t, "old", time.Hour)
	agent.SetToken("token")
	cases := []struct {
		name, method, path, token, body string
		status                          int
	}{
		{"the pod's token", "POST", "", "token", "{}", 200},
		{"the token that it had", "POST", "", "old", "{}", 401},
		{"a bearer", "POST", "", "Bearer token", "{}", 401},
		{"no token", "POST", "", "", "{}", 401},
		{"no body", "POST", "", "token", "", 400},
		{"a list", "POST", "", "token", "[]", 400},
		{"another method", "GET", "", "token", "{}", 405},
		{"another path", "POST", "/x", "token", "{}", 404},
	}
	var want []enginetest.PodIdentityRequest
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want = append(want, enginetest.PodIdentityRequest{Token: c.token, Time: now, Status: c.status})
			r, err := http.NewRequestWithContext(t.Context(), c.method, agent.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.token != "" {
				r.Header.Set("Authorization", c.token)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != c.status {
				t.Fatalf("answered %d %s, %v", response.StatusCode, text, err)
			}
			if c.status == http.StatusOK {
				checkPodKey(t, srv, text, agent.Requests()[0].AccessKeyID)
			}
		})
	}
	if diff := cmp.Diff(want, agent.Requests(), cmpopts.IgnoreFields(enginetest.PodIdentityRequest{}, "AccessKeyID")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got := agent.Requests()[1].AccessKeyID; got != "" || srv.Logins(enginetest.CreateToken, enginetest.CreateTemporaryKey) != (enginetest.Logins{}) {
		t.Errorf("a refusal has the key %q, and the engine's record %+v", got, srv.Logins())
	}
}

// checkPodKey looks at an answer with a key of an hour.
func checkPodKey(t *testing.T, srv *enginetest.Server, text []byte, id string) {
	t.Helper()
	var body struct {
		Credentials struct{ AccessKeyID, SecretAccessKey, SecurityToken, Expiration string }
	}
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	c := body.Credentials
	secret, err := srv.Keys(c.AccessKeyID, c.SecurityToken)
	if c.AccessKeyID != id || secret != c.SecretAccessKey || secret == "" || err != nil || c.Expiration != "2026-01-02T04:04:05.000000Z" {
		t.Errorf("the key is %+v, its secret %q, %v", c, secret, err)
	}
}

func TestKeysForAnObjectStorage(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := enginetest.Start(t, enginetest.Options{Clock: func() time.Time { return now }})
	key, err := srv.TemporaryKey(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name      string
		id, token string
		wait      time.Duration
		secret    string
		err       error
	}{
		{"a permanent key", srv.Account.AccessKeyID, "", 0, srv.Account.SecretAccessKey, nil},
		{"an unknown key", "UNKNOWN", "", 0, "", objectstore.ErrUnknownKey},
		{"a temporary key until it ends", key.AccessKeyID, key.SecurityToken, time.Hour - 1, key.SecretAccessKey, nil},
		{"without its token", key.AccessKeyID, "", 0, "", objectstore.ErrSecurityToken},
		{"from then on", key.AccessKeyID, key.SecurityToken, 1, "", objectstore.ErrUnknownKey},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now = now.Add(c.wait)
			if secret, err := srv.Keys(c.id, c.token); secret != c.secret || !errors.Is(err, c.err) {
				t.Errorf("the secret is %q, %v, want %q, %v", secret, err, c.secret, c.err)
			}
		})
	}
	if _, err := srv.TemporaryKey(t.Context(), time.Minute); err == nil {
		t.Error("a key of a minute was made")
	}
}
