package objectstore_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/ais-operator/ais-operator/internal/objectstore"
)

const (
	bucket  = "photos"
	content = "a picture"
)

// key is what a client signs with.
type key struct{ id, secret, token string }

var (
	permanent = key{"PERMANENT", "permanent-secret", ""}
	temporary = key{"TEMPORARY", "temporary-secret", "security token/+="}
)

// world is a store with a permanent key, and a temporary one until it expires.
type world struct {
	*objectstore.Store
	url     string
	expired bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	store, err := objectstore.New(t.Context(), objectstore.Options{
		Buckets: []string{bucket},
		Keys: objectstore.AnyOf(objectstore.Permanent(map[string]string{permanent.id: permanent.secret}), func(id, token string) (string, error) {
			switch {
			case id != temporary.id || w.expired:
				return "", objectstore.ErrUnknownKey
			case token != temporary.token:
				return "", objectstore.ErrSecurityToken
			}
			return temporary.secret, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Backend.PutObject(t.Context(), bucket, "a b.jpg", nil, strings.NewReader(content), int64(len(content))); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)
	w.Store, w.url = store, server.URL
	return w
}

func (w *world) client(t *testing.T, k key) *minio.Client {
	t.Helper()
	client, err := minio.New(strings.TrimPrefix(w.url, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(k.id, k.secret, k.token), Region: "test", BucketLookup: minio.BucketLookupPath, MaxRetries: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestKeysThatRequestsAreSignedWith(t *testing.T) {
	change := func(k key, f func(*key)) key { f(&k); return k }
	cases := []struct {
		name    string
		key     key
		expired bool
		want    string // the error's code
	}{
		{"a permanent key", permanent, false, ""},
		{"a permanent key with a wrong secret", change(permanent, func(k *key) { k.secret = "x" }), false, "SignatureDoesNotMatch"},
		{"a permanent key with a security token", change(permanent, func(k *key) { k.token = "x" }), false, "InvalidSecurityToken"},
		{"an unknown key", key{"UNKNOWN", "x", ""}, false, "InvalidAccessKeyId"},
		{"no key", key{}, false, "AccessDenied"},
		{"a temporary key", temporary, false, ""},
		{"a temporary key with a wrong secret", change(temporary, func(k *key) { k.secret = "x" }), false, "SignatureDoesNotMatch"},
		{"a temporary key without its token", change(temporary, func(k *key) { k.token = "" }), false, "InvalidSecurityToken"},
		{"a temporary key with another token", change(temporary, func(k *key) { k.token = "x" }), false, "InvalidSecurityToken"},
		{"a temporary key that has expired", temporary, true, "InvalidAccessKeyId"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.expired = c.expired
			client := w.client(t, c.key)
			_, err := client.PutObject(t.Context(), bucket, "b.jpg", strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
			refusal := minio.ToErrorResponse(err)
			if refusal.Code != c.want {
				t.Fatalf("PUT: %v, want %q", err, c.want)
			}
			if c.want != "" {
				if refusal.StatusCode != http.StatusForbidden || refusal.RequestID == "" || refusal.Message == "" {
					t.Errorf("the error is %+v", refusal)
				}
				return
			}
			object, err := client.GetObject(t.Context(), bucket, "b.jpg", minio.GetObjectOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(object); string(got) != content || err != nil {
				t.Errorf("GET: %q, %v", got, err)
			}
		})
	}
}

func TestURLsThatTemporaryKeysSign(t *testing.T) {
	const parameter = "X-Amz-Security-Token"
	cases := []struct {
		name   string
		change func(w *world, query url.Values)
		want   string // the error's code
	}{
		{"as it was signed", func(*world, url.Values) {}, ""},
		{"without the security token", func(_ *world, q url.Values) { q.Del(parameter) }, "InvalidSecurityToken"},
		{"with another security token", func(_ *world, q url.Values) { q.Set(parameter, "x") }, "InvalidSecurityToken"},
		{"with another time", func(_ *world, q url.Values) { q.Set("X-Amz-Expires", "3600") }, "SignatureDoesNotMatch"},
		{"with another key", func(_ *world, q url.Values) {
			q.Set("X-Amz-Credential", strings.Replace(q.Get("X-Amz-Credential"), temporary.id, permanent.id, 1))
		}, "InvalidSecurityToken"},
		{"when the key has expired", func(w *world, _ url.Values) { w.expired = true }, "InvalidAccessKeyId"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			signed, err := w.client(t, temporary).PresignedGetObject(t.Context(), bucket, "a b.jpg", time.Minute, nil)
			if err != nil {
				t.Fatal(err)
			}
			query := signed.Query()
			c.change(w, query)
			signed.RawQuery = query.Encode()
			status, body := get(t, signed.String())
			var refusal struct{ Code string }
			if c.want == "" && (status != http.StatusOK || body != content) {
				t.Errorf("answered %d %s", status, body)
			} else if c.want != "" && (status != http.StatusForbidden || xml.Unmarshal([]byte(body), &refusal) != nil || refusal.Code != c.want) {
				t.Errorf("answered %d %s, want %s", status, body, c.want)
			}
		})
	}
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestABucketThatCannotBe(t *testing.T) {
	if _, err := objectstore.New(t.Context(), objectstore.Options{Buckets: []string{bucket, bucket}}); err == nil {
		t.Error("no error")
	}
}
