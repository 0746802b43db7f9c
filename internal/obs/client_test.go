package obs

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	good := Config{Endpoint: "https://obs.example.com", Keys: Key{ID: "a", Secret: "SECRET"}, Transport: http.DefaultTransport}
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"an endpoint without scheme", func(c *Config) { c.Endpoint = "obs.example.com" }, "the endpoint must begin with https:// or http://"},
		{"another scheme", func(c *Config) { c.Endpoint = "s3://obs.example.com" }, "the endpoint must begin with https:// or http://"},
		{"a path", func(c *Config) { c.Endpoint += "/bucket" }, "the endpoint must be a scheme and a host, without user, path or query"},
		{"a query", func(c *Config) { c.Endpoint += "?a" }, "the endpoint must be a scheme and a host, without user, path or query"},
		{"a user", func(c *Config) { c.Endpoint = "https://u:SECRET@a.example" }, "the endpoint must be a scheme and a host, without user, path or query"},
		{"no host", func(c *Config) { c.Endpoint = "https://:443" }, "the endpoint has no host name"},
		{"a host that is none", func(c *Config) { c.Endpoint = "https://a$b.example" }, "the endpoint's host name is not valid"},
		{"no URL", func(c *Config) { c.Endpoint = "https://%zzSECRET" }, "the endpoint is not a valid URL"},
		{"no transport", func(c *Config) { c.Transport = nil }, "there is no transport"},
		{"no key", func(c *Config) { c.Keys = nil }, "the access key ID or the secret access key is empty"},
		{"no secret", func(c *Config) { c.Keys = Key{ID: "a"} }, "the access key ID or the secret access key is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := good
			tt.change(&config)
			_, err := New(config)
			if KindOf(err) != KindInvalid || err.Error() != "configure object storage: "+tt.want {
				t.Errorf("New = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Errorf("New = %v, want nil", err)
	}
}

func TestConfigHidesItsKeys(t *testing.T) {
	c := Config{Endpoint: "https://a.example", Keys: Key{ID: "SECRET", Secret: "SECRET", SecurityToken: "SECRET"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, c); strings.Contains(s, "SECRET") || !strings.Contains(s, "https://a.example") {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

func TestRegionIsTakenFromTheEndpoint(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://obs.ap-southeast-1.myhuaweicloud.com": "ap-southeast-1",
		"https://obs.eu-west-101.myhuaweicloud.eu:443": "eu-west-101",
		"https://storage.example.com":                  "us-east-1",
		"http://127.0.0.1:9000":                        "us-east-1",
	} {
		c, err := New(Config{Endpoint: endpoint, Keys: Key{ID: "a", Secret: "b"}, Transport: http.DefaultTransport})
		if err != nil {
			t.Fatal(err)
		}
		signed, err := c.PresignGet(t.Context(), bucket, "key", 60e9)
		if err != nil || !strings.Contains(signed, "%2F"+want+"%2Fs3%2Faws4_request") {
			t.Errorf("%s signs for %s, %v, want region %s", endpoint, signed, err, want)
		}
	}
}

func TestNamesAreRefusedBeforeAnythingIsSent(t *testing.T) {
	s := plainStorage(t)
	c := s.client(t, nil)
	for _, name := range []struct{ bucket, key string }{
		{"", "key"},
		{"ab", "key"},
		{"Pictures", "key"},
		{"a/b/c", "key"},
		{"../admin", "key"},
		{"10.0.0.1", "key"},
		{"evil.example/", "key"},
		{bucket, ""},
		{bucket, " "},
		{bucket, "shop/../other/key"},
		{bucket, ".."},
		{bucket, "./key"},
		{bucket, "shop/."},
		{bucket, "a\x00b"},
		{bucket, "a\nb"},
		{bucket, "\xff"},
		{bucket, strings.Repeat("a", 1025)},
	} {
		each := func(op string, err error) {
			if KindOf(err) != KindBadName {
				t.Errorf("%s(%q, %.20q) = %v, want BadName", op, name.bucket, name.key, err)
			}
		}
		_, err := c.Put(t.Context(), name.bucket, name.key, Object{})
		each("Put", err)
		_, _, err = c.Get(t.Context(), name.bucket, name.key, 1)
		each("Get", err)
		_, err = c.Head(t.Context(), name.bucket, name.key)
		each("Head", err)
		each("Delete", c.Delete(t.Context(), name.bucket, name.key))
		_, err = c.PresignGet(t.Context(), name.bucket, name.key, 60e9)
		each("PresignGet", err)
	}
	for _, metadata := range []map[string]string{
		{"": "v"}, {"Upper": "v"}, {"under_score": "v"}, {"k\r\n": "v"}, {"k": "v\r\nX: y"}, {"k": "ü"}, {"k": " v"}, {"k": "v "},
	} {
		if _, err := c.Put(t.Context(), bucket, "key", Object{Metadata: metadata}); KindOf(err) != KindInvalid {
			t.Errorf("Put with metadata %q = %v, want Invalid", metadata, err)
		}
	}
	if len(s.requests) != 0 {
		t.Errorf("%d requests were sent", len(s.requests))
	}
}
