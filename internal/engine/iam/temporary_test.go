package iam

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// temporaryKey obtains an access key with a token.
func (w *world) temporaryKey(t *testing.T, seconds int) temporaryKey {
	t.Helper()
	token := w.token(t, "{}")
	return credential(t, w.keyRequest(keyBody(fmt.Sprintf(`"duration_seconds":%d`, seconds)), func(r *http.Request) {
		r.Header.Set(tokenHeader, token)
	}))
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
	for name, change := range map[string]func(acme, other *Account){
		"a new secret":    func(acme, _ *Account) { acme.AccessKeys[0].SecretAccessKey = "new" },
		"a removed key":   func(acme, _ *Account) { acme.AccessKeys = nil },
		"another account": func(acme, other *Account) { acme.AccessKeys, other.AccessKeys = nil, acme.AccessKeys },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.signed("AK", sdkSecretKey, keyBody(""), func(r *http.Request) { r.URL.Path = PathTemporaryKeys })
			key := credential(t, w.do(r))
			if got := w.tryKey(key, true); got != isRight {
				t.Fatalf("the key is %s", got)
			}
			change(&w.file.Accounts[0], &w.file.Accounts[1])
			w.restart(t)
			if got := w.tryKey(key, true); !strings.Contains(got, "ak not exist") {
				t.Errorf("the key is %s", got)
			}
		})
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
