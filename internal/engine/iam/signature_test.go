package iam

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	docsSecret   = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
	projectID    = "0123456789abcdef0123456789abcdef"
	taggingBody  = `{"image":"","url":"https://bucket.obs.cn-north-4.myhuaweicloud.com/a.jpg","language":"en","threshold":60,"limit":5}`
	taggingURL   = "https://image.cn-north-4.myhuaweicloud.com/v2/" + projectID + "/image/tagging"
	vectorDate   = "20060102T150405Z"
	emptyDigest  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	sdkSecretKey = "SecretKey"
)

// vector is a request and its signature, published in the vendor's signing
// guide, in the tests of its SDK and of a client that is independent of both.
type vector struct {
	name, method, url, body string
	headers                 map[string]string
	signed                  []string
	secret, want            string
}

func vectors() []vector {
	date := map[string]string{"X-Sdk-Date": vectorDate}
	return []vector{
		{
			"the example of the signing guide", "GET",
			"https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0", "",
			map[string]string{"Content-Type": "application/json", "X-Sdk-Date": "20191115T033655Z"},
			[]string{"content-type", "host", "x-sdk-date"}, docsSecret, "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
		},
		{
			"the SDK's GET with a query", "GET", "https://h/path?limit=1", "", date, []string{"x-sdk-date"},
			sdkSecretKey, "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624",
		},
		{
			"the SDK's POST, whose body ends with a line feed", "POST", "https://h/path?key=value", `{"Name":"test","Id":1}` + "\n", date,
			[]string{"x-sdk-date"}, sdkSecretKey, "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59",
		},
		{
			"a header name with an underscore", "GET", "https://h/path?limit=1", "",
			map[string]string{"X-Sdk-Date": vectorDate, "Test_underscore": "TEST_VALUE"}, []string{"test_underscore", "x-sdk-date"},
			sdkSecretKey, "daeadcf4a306599f7422401cc55d3718a23ef159fed370c62c551a2c45ae9655",
		},
		{
			"a signed content type", "POST", "https://h/path?key=value", `{"Name":"test","Id":1}`,
			map[string]string{"X-Sdk-Date": vectorDate, "Test_underscore": "TEST_VALUE", "Content-Type": "application/json"},
			[]string{"content-type", "test_underscore", "x-sdk-date"},
			sdkSecretKey, "0238c3bedddfe8bf113c7530f783322380dedf720d514861623cfe5f73aa8f64",
		},
		{
			"image tagging in a project", "POST", taggingURL, taggingBody,
			map[string]string{"X-Sdk-Date": vectorDate, "X-Project-Id": projectID}, []string{"host", "x-project-id", "x-sdk-date"},
			sdkSecretKey, "33bcdb7c7b6774eba656661607a7adbf76652945c3a80ba9296f2d7b34aeab10",
		},
		{
			"image tagging with a temporary key", "POST", taggingURL, taggingBody,
			map[string]string{"X-Sdk-Date": vectorDate, "X-Project-Id": projectID, "X-Security-Token": "SecurityToken"},
			[]string{"host", "x-project-id", "x-sdk-date", "x-security-token"},
			sdkSecretKey, "21c832a084b815c9d9ef9d4dbdca743182b0baf5f15ecf84f84fa49c2b799f32",
		},
	}
}

func (v vector) request() *http.Request {
	r := httptest.NewRequest(v.method, v.url, strings.NewReader(v.body))
	for name, value := range v.headers {
		r.Header[name] = []string{value} // as written: Go would not canonicalise an underscore
	}
	return r
}

func TestSignaturesOfKnownRequests(t *testing.T) {
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			r := v.request()
			sum := sha256.Sum256([]byte(v.body))
			canonical := canonicalRequest(r, hostForms(r)[0], v.signed, hex.EncodeToString(sum[:]))
			if got := hex.EncodeToString(sign(v.secret, v.headers["X-Sdk-Date"], canonical)); got != v.want {
				t.Errorf("signature %s, want %s, of\n%s", got, v.want, canonical)
			}
		})
	}
}

func TestTheCanonicalRequestOfTheSigningGuide(t *testing.T) {
	v := vectors()[0]
	r := v.request()
	sum := sha256.Sum256([]byte(canonicalRequest(r, r.Host, v.signed, emptyDigest)))
	const want = "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

func TestCanonicalForms(t *testing.T) {
	query := httptest.NewRequest("GET", "/?test=%E4%B8%80%20(%26%3D%3F!%23%25.*)&path=/tmp/123&multi=3&multi=1&multi=2&limit=1&enable=true", nil)
	const wantQuery = "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29"
	if diff := cmp.Diff(wantQuery, canonicalQuery(query.URL.Query())); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	for path, want := range map[string]string{"": "/", "/": "/", "/a/b": "/a/b/", "/a/": "/a/", "/a b/~+": "/a%20b/~%2B/"} {
		if got := canonicalPath(path); got != want {
			t.Errorf("path %q becomes %q, want %q", path, got, want)
		}
	}
}

func TestParseSignature(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	good := "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=" + sum
	cases := []struct {
		name, header string
		ok           bool
	}{
		{"the form of the SDK", good, true},
		{"no blanks after the commas", strings.ReplaceAll(good, ", ", ","), true},
		{"another algorithm", strings.Replace(good, "SDK-HMAC-SHA256", "AWS4-HMAC-SHA256", 1), false},
		{"the obsolete form with a credential scope", strings.Replace(good, "Access=AK", "Credential=AK/20150907//ec2/sdk_request", 1), false},
		{"the date is not signed", strings.Replace(good, ";x-sdk-date", "", 1), false},
		{"a header is listed twice", strings.Replace(good, "host;", "host;host;", 1), false},
		{"a header in upper case", strings.Replace(good, "host", "Host", 1), false},
		{"a part is there twice", good + ", Access=AK2", false},
		{"a foreign part", good + ", More=1", false},
		{"a part is missing", strings.Replace(good, "Access=AK, ", "", 1), false},
		{"a signature of the wrong length", good + "ab", false},
		{"a signature that is no hexadecimal", strings.Replace(good, "abab", "zzzz", 1), false},
		{"a key with strange characters", strings.Replace(good, "AK", "<script>", 1), false},
		{"nothing after the algorithm", "SDK-HMAC-SHA256 ", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parseSignature(c.header); (err == nil) != c.ok {
				t.Errorf("error %v for %q", err, c.header)
			}
		})
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=" + strings.Repeat("0a", 32))
	f.Add("SDK-HMAC-SHA256 Access=,,=,SignedHeaders=;;")
	f.Add("Basic dXNlcjpwYXNz")
	f.Fuzz(func(t *testing.T, header string) {
		s, err := parseSignature(header)
		if err != nil {
			return
		}
		if len(s.sum) != sha256.Size || !slices.Contains(s.headers, dateHeader) || !idPattern.MatchString(s.accessKeyID) {
			t.Errorf("%q was read as %+v", header, s)
		}
	})
}
