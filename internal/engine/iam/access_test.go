package iam

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// apart is what is wrong with a key and a security token that do not match.
const apart = "X-Security-Token and the access key do not belong together"

func TestSignedRequests(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	cases := []struct {
		name        string
		key, secret string
		before      func(*http.Request) // signing
		after       func(*http.Request)
		body, path  string
		want        string // a project, or a failure
	}{
		{name: "a good signature", want: projectID},
		{name: "a project in the path", path: "p2", want: "p2"},
		{name: "a project in X-Project-Id", before: header("X-Project-Id", "p2"), want: "p2"},
		{name: "X-Project-Id is another account's", before: header("X-Project-Id", "foreign"), want: "AIP.0003"},
		{name: "X-Project-Id and the path differ", before: header("X-Project-Id", "p2"), path: projectID, want: "AIP.0003"},
		{name: "the path is another account's", path: "foreign", want: "AIP.0003"},
		{name: "an unknown key", key: "NOBODY", want: "Get secretKey failed,ak:NOBODY,err:ak not exist"},
		{name: "a wrong secret", secret: "wrong", want: "verify aksk signature fail"},
		{name: "a changed body", body: `{"image":""}`, want: "verify aksk signature fail"},
		{name: "a changed path", after: func(r *http.Request) { r.URL.Path += "x" }, want: "verify aksk signature fail"},
		{name: "a changed host", after: func(r *http.Request) { r.Host = "evil" }, want: "verify aksk signature fail"},
		{name: "the default port is in the request, not in the signature", after: func(r *http.Request) { r.Host += ":443" }, want: projectID},
		{name: "the default port is in both", before: func(r *http.Request) { r.Host += ":80" }, want: projectID},
		{name: "14 minutes late", before: header("X-Sdk-Date", "20260501T114600Z"), want: projectID},
		{
			name: "16 minutes late", before: header("X-Sdk-Date", "20260501T114400Z"),
			want: "signature expired, signature time:20260501T114400Z,server time:20260501T120000Z",
		},
		{
			name: "16 minutes early", before: header("X-Sdk-Date", "20260501T121601Z"),
			want: "signature expired, signature time:20260501T121601Z,server time:20260501T120000Z",
		},
		{name: "no date", before: func(r *http.Request) { r.Header.Del("X-Sdk-Date") }, want: "verify aksk signature fail"},
		{name: "no body hash for a form", before: unsigned("multipart/form-data; boundary=x"), want: projectID},
		{name: "no body hash for JSON", before: unsigned("application/json"), want: "verify aksk signature fail"},
		{name: "no body hash and no type", before: unsigned(""), want: "verify aksk signature fail"},
		{name: "a stated hash of another body", before: header(digestHeader, emptyDigest), want: "verify aksk signature fail"},
		{name: "a temporary key with its token", key: "TEMP", before: header(securityHeader, "SecurityToken"), want: projectID},
		{name: "a temporary key without its token", key: "TEMP", want: apart + ": the token is missing"},
		{name: "a temporary key with another token", key: "TEMP", before: header(securityHeader, "x"), want: apart},
		{name: "a token that is not signed", key: "TEMP", after: header(securityHeader, "SecurityToken"), want: "X-Security-Token is not among the signed headers"},
		{name: "a permanent key with a token", before: header(securityHeader, "SecurityToken"), want: apart + ": the key is a permanent one"},
		{name: "another scheme", after: header("Authorization", "Bearer x"), want: "verify aksk signature fail"},
		{name: "nothing at all", after: func(r *http.Request) { r.Header.Del("Authorization") }, want: "x-auth-token not found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			r := w.signed(or(c.key, "AK"), or(c.secret, sdkSecretKey), taggingBody, c.before)
			if c.after != nil {
				c.after(r)
			}
			got, err := w.project(r, []byte(or(c.body, taggingBody)), c.path)
			if err != nil {
				got = code(err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// unsigned states that the body is not signed.
func unsigned(contentType string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set(digestHeader, unsignedPayload)
		r.Header.Set("Content-Type", contentType)
	}
}

func or(value, unset string) string {
	if value == "" {
		return unset
	}
	return value
}

func TestProjects(t *testing.T) {
	type answer struct {
		Projects []struct{ ID, Name string }
		Code     string `json:"error_code"`
		Error    struct{ Message string }
	}
	type project = struct{ ID, Name string }
	ours := []project{{projectID, "ap-southeast-1"}, {"p2", "cn-east-3"}}
	cases := []struct {
		name, url string
		auth      func(*testing.T, *world, *http.Request)
		want      answer
	}{
		{"with a token of the account", "/v3/projects", withToken(`{}`), answer{Projects: ours}},
		{"by name, with a project's token", "/v3/projects?name=cn-east-3", withToken(projectScopeByName), answer{Projects: ours[1:]}},
		{"a name of nothing", "/v3/projects?name=mars", withToken(`{}`), answer{Projects: []project{}}},
		{"the path of the token's projects", "/v3/auth/projects", withToken(`{}`), answer{Projects: ours}},
		{"with a signature", "/v3/projects?name=ap-southeast-1", signWith(sdkSecretKey), answer{Projects: ours[:1]}},
		{"with a wrong signature", "/v3/projects", signWith("wrong"), answer{Code: "APIG.0301"}},
		{
			"with nothing", "/v3/projects", func(*testing.T, *world, *http.Request) {},
			answer{Error: struct{ Message string }{"The request you have made requires authentication."}},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			r := httptest.NewRequest("GET", c.url, nil)
			c.auth(t, w, r)
			var got answer
			if err := json.Unmarshal(w.do(r).Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func withToken(scope string) func(*testing.T, *world, *http.Request) {
	return func(t *testing.T, w *world, r *http.Request) {
		t.Helper()
		r.Header.Set("X-Auth-Token", w.token(t, scope))
	}
}

func signWith(secret string) func(*testing.T, *world, *http.Request) {
	return func(t *testing.T, w *world, r *http.Request) {
		t.Helper()
		s := w.signed("AK", secret, "", func(s *http.Request) { s.Method, s.URL, s.Host = r.Method, r.URL, r.Host })
		r.Header = s.Header
	}
}
