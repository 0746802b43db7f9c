package ais

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// The vectors are those of the API Request Signing Guide and of the test suites
// of the vendor's and of another public SDK; the last two are for the request
// of this client.
func TestSignature(t *testing.T) {
	const image = `{"image":"","url":"https://bucket.obs.cn-north-4.myhuaweicloud.com/a.jpg","language":"en","threshold":60,"limit":5}`
	project := strings.Repeat("0123456789abcdef", 2)
	for name, tc := range map[string]struct {
		method, path, query string
		headers             map[string]string
		body, key, secret   string
		want                string
	}{
		"the signing guide's example": {
			method: "GET", path: "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
			query: "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
			headers: map[string]string{
				"content-type": "application/json", "host": "service.region.example.com", "x-sdk-date": "20191115T033655Z",
			},
			key: "QTWAOYTTINDUT2QVKYUC", secret: "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
			want: "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
		},
		"a GET with the date alone": {
			method: "GET", path: "/path", query: "limit=1",
			headers: map[string]string{"x-sdk-date": "20060102T150405Z"},
			want:    "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624",
		},
		"a POST whose body ends with a newline": {
			method: "POST", path: "/path", query: "key=value", body: "{\"Name\":\"test\",\"Id\":1}\n",
			headers: map[string]string{"x-sdk-date": "20060102T150405Z"},
			want:    "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59",
		},
		"a header with an underscore": {
			method: "GET", path: "/path", query: "limit=1",
			headers: map[string]string{"x-sdk-date": "20060102T150405Z", "test_underscore": "TEST_VALUE"},
			want:    "daeadcf4a306599f7422401cc55d3718a23ef159fed370c62c551a2c45ae9655",
		},
		"a POST with content type and without newline": {
			method: "POST", path: "/path", query: "key=value", body: `{"Name":"test","Id":1}`,
			headers: map[string]string{"content-type": "application/json", "x-sdk-date": "20060102T150405Z", "test_underscore": "TEST_VALUE"},
			want:    "0238c3bedddfe8bf113c7530f783322380dedf720d514861623cfe5f73aa8f64",
		},
		"a tagging request": {
			method: "POST", path: "/v2/" + project + "/image/tagging", body: image,
			headers: map[string]string{"host": "image.cn-north-4.myhuaweicloud.com", "x-project-id": project, "x-sdk-date": "20060102T150405Z"},
			want:    "33bcdb7c7b6774eba656661607a7adbf76652945c3a80ba9296f2d7b34aeab10",
		},
		"a tagging request with a temporary key": {
			method: "POST", path: "/v2/" + project + "/image/tagging", body: image,
			headers: map[string]string{
				"host": "image.cn-north-4.myhuaweicloud.com", "x-project-id": project,
				"x-sdk-date": "20060102T150405Z", "x-security-token": "SecurityToken",
			},
			want: "21c832a084b815c9d9ef9d4dbdca743182b0baf5f15ecf84f84fa49c2b799f32",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.key == "" {
				tc.key, tc.secret = "AccessKey", "SecretKey"
			}
			query, err := url.ParseQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			s := signable{method: tc.method, path: tc.path, query: query, headers: tc.headers, bodyHash: hashOf(tc.body)}
			got := s.authorization(tc.key, Secret(tc.secret))
			if !strings.HasPrefix(got, "SDK-HMAC-SHA256 Access="+tc.key+", SignedHeaders=") {
				t.Errorf("form: %s", got)
			}
			_, signature, _ := strings.Cut(got, "Signature=")
			if diff := cmp.Diff(tc.want, signature); diff != "" {
				t.Errorf("signature (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCanonicalRequestOfTheSigningGuide(t *testing.T) {
	s := signable{
		method: "GET", path: "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
		query: url.Values{"limit": {"2"}, "marker": {"13551d6b-755d-4757-b956-536f674975c0"}},
		headers: map[string]string{
			"content-type": "application/json", "host": "service.region.example.com", "x-sdk-date": "20191115T033655Z",
		},
		bodyHash: hashOf(""),
	}
	got := hashOf(s.canonicalRequest([]string{"content-type", "host", "x-sdk-date"}, "content-type;host;x-sdk-date"))
	if want := "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCanonicalForms(t *testing.T) {
	query := url.Values{
		"limit": {"1"}, "multi": {"3", "1", "2"}, "path": {"/tmp/123"}, "enable": {"true"}, "test": {"一 (&=?!#%.*)"},
	}
	const want = "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29"
	if diff := cmp.Diff(want, canonicalQuery(query)); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if got := canonicalQuery(url.Values{"flag": {""}}); got != "flag=" {
		t.Errorf("a key without value: %q", got)
	}
	for path, want := range map[string]string{
		"": "/", "/": "/", "/a": "/a/", "/a/": "/a/", "/a b/ü~": "/a%20b/%C3%BC~/",
	} {
		if got := canonicalPath(path); got != want {
			t.Errorf("path %q: got %q, want %q", path, got, want)
		}
	}
	for host, want := range map[string]string{
		"h": "h", "h:443": "h", "h:80": "h", "h:8443": "h:8443", "[::1]:443": "[::1]",
	} {
		if got := signedHost(host); got != want {
			t.Errorf("host %q: got %q, want %q", host, got, want)
		}
	}
}

func FuzzCanonicalization(f *testing.F) {
	f.Add("/v2/p/image/tagging", "limit=1&multi=2", "value")
	f.Add("", "%zz;=&&", "\x00\xff")
	f.Fuzz(func(t *testing.T, path, rawQuery, header string) {
		query, _ := url.ParseQuery(rawQuery)
		s := signable{method: "POST", path: path, query: query, headers: map[string]string{"x": header}, bodyHash: hashOf("")}
		if got := s.authorization("k", "s"); got != s.authorization("k", "s") || !strings.HasPrefix(got, signatureAlgorithm) {
			t.Fatalf("not a function of its arguments: %s", got)
		}
		canonical := canonicalPath(path)
		if !strings.HasSuffix(canonical, "/") {
			t.Fatalf("%q does not end with a slash", canonical)
		}
		back, err := url.ParseQuery(strings.ReplaceAll(canonicalQuery(query), "+", "%2B"))
		if err != nil {
			t.Fatal(err)
		}
		for key, values := range query {
			if len(back[key]) != len(values) {
				t.Fatalf("key %q lost values: %q", key, back[key])
			}
		}
	})
}
