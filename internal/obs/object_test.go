package obs

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rclone/gofakes3"
)

var content = bytes.Repeat([]byte("koala"), 1000)

var (
	contentMD5    = md5.Sum(content)
	contentSHA256 = sha256.Sum256(content)
)

func TestObjectsComeBackAsTheyWentIn(t *testing.T) {
	c := plainStorage(t).client(t, nil)
	for _, key := range []string{
		"koala.jpg", "shop/koala bright.jpg", "a+b=c&d?e#f%20g.jpg", "考拉/🐨.jpg", "ü/é.jpg", "a//b", "trailing/", "...", "a/.hidden",
		"~-_.!*'()", `quote"back\slash`, "semi;colon:at@",
	} {
		t.Run(key, func(t *testing.T) {
			o := Object{Data: content, ContentType: "image/jpeg", Metadata: map[string]string{"namespace": "shop", "input-hash": "sha256:12 34"}}
			stored, err := c.Put(t.Context(), bucket, key, o)
			if err != nil {
				t.Fatal(err)
			}
			sum, sha := hex.EncodeToString(contentMD5[:]), hex.EncodeToString(contentSHA256[:])
			wantStored := Stored{ETag: sum, Bytes: 5000, SHA256: sha}
			if diff := cmp.Diff(wantStored, stored, cmpopts.IgnoreFields(Stored{}, "VersionID")); diff != "" {
				t.Errorf("Put (-want +got):\n%s", diff)
			}
			checkObject(t, c, key, Info{
				Bytes: 5000, ETag: sum, ContentType: "image/jpeg",
				Metadata: map[string]string{"namespace": "shop", "input-hash": "sha256:12 34", "sha256": sha},
			})
			for range 2 { // the second finds nothing, which is fine
				if err := c.Delete(t.Context(), bucket, key); err != nil {
					t.Errorf("Delete = %v", err)
				}
			}
			if _, err := c.Head(t.Context(), bucket, key); KindOf(err) != KindNotFound {
				t.Errorf("Head after Delete = %v, want NotFound", err)
			}
		})
	}
}

// checkObject reads content back, and compares what Get and Head say of it but for the version.
func checkObject(t *testing.T, c *Client, key string, want Info) {
	t.Helper()
	data, got, err := c.Get(t.Context(), bucket, key, 5000)
	if err != nil || !bytes.Equal(data, content) || cap(data) != len(content) {
		t.Errorf("Get = %d bytes, capacity %d, %v", len(data), cap(data), err)
	}
	head, err := c.Head(t.Context(), bucket, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, info := range map[string]Info{"Get": got, "Head": head} {
		if diff := cmp.Diff(want, info, cmpopts.IgnoreUnexported(Info{}), cmpopts.IgnoreFields(Info{}, "VersionID")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestVersionsAreTold(t *testing.T) {
	s := plainStorage(t)
	err := s.backend.SetVersioningConfiguration(bucket, gofakes3.VersioningConfiguration{Status: gofakes3.VersioningEnabled})
	if err != nil {
		t.Fatal(err)
	}
	c := s.client(t, nil)
	seen := map[string]bool{}
	for range 2 {
		stored, err := c.Put(t.Context(), bucket, "key", Object{Data: content})
		if err != nil {
			t.Fatal(err)
		}
		info, err := c.Head(t.Context(), bucket, "key")
		if err != nil || info.VersionID != stored.VersionID {
			t.Errorf("Head tells version %q, %v, want %q", info.VersionID, err, stored.VersionID)
		}
		seen[stored.VersionID] = true
	}
	if len(seen) != 2 || seen[""] {
		t.Errorf("two Puts told the versions %v", seen)
	}
}

func TestAnEmptyObjectIsAnObject(t *testing.T) {
	c := plainStorage(t).client(t, nil)
	if _, err := c.Put(t.Context(), bucket, "empty", Object{}); err != nil {
		t.Fatal(err)
	}
	data, info, err := c.Get(t.Context(), bucket, "empty", 0)
	if err != nil || len(data) != 0 || info.ContentType != "application/octet-stream" {
		t.Errorf("Get = %q, %+v, %v", data, info, err)
	}
}

func TestBucketStandsInTheHostNameUnlessToldOtherwise(t *testing.T) {
	for _, tt := range []struct {
		name             string
		secure           bool
		hostBucket       bool
		endpoint         string
		pathStyle        bool
		wantHost, wantAt string
	}{
		{"HTTPS", true, true, "https://obs.example.com", false, "pictures.obs.example.com", "/a%20b/%E8%80%83.jpg"},
		{"HTTPS, path style", true, false, "https://obs.example.com", true, "obs.example.com", "/pictures/a%20b/%E8%80%83.jpg"},
		{"HTTP", false, true, "http://obs.example.com", false, "pictures.obs.example.com", "/a%20b/%E8%80%83.jpg"},
		{"HTTP with a port", false, true, "http://obs.example.com:9000/", false, "pictures.obs.example.com:9000", "/a%20b/%E8%80%83.jpg"},
		{"an endpoint that is an address", false, false, "http://127.0.0.1:9000", false, "127.0.0.1:9000", "/pictures/a%20b/%E8%80%83.jpg"},
		{"the port that HTTPS has anyway", true, true, "https://obs.example.com:443", false, "pictures.obs.example.com", "/a%20b/%E8%80%83.jpg"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStorage(t, tt.hostBucket, tt.secure, nil)
			c := s.client(t, func(c *Config) { c.Endpoint, c.PathStyle = tt.endpoint, tt.pathStyle })
			if _, err := c.Put(t.Context(), bucket, "a b/考.jpg", Object{Data: content}); err != nil {
				t.Fatal(err)
			}
			for _, r := range s.requests {
				if r.Host != tt.wantHost || r.URL.EscapedPath() != tt.wantAt {
					t.Errorf("%s went to %s %s, want %s %s", r.Method, r.Host, r.URL.EscapedPath(), tt.wantHost, tt.wantAt)
				}
			}
			want := tt.endpoint[:strings.Index(tt.endpoint, "://")+3] + tt.wantHost + tt.wantAt
			if got := c.ObjectURL(bucket, "a b/考.jpg"); got != want {
				t.Errorf("ObjectURL = %q, want %q", got, want)
			}
			signed, err := c.PresignGet(t.Context(), bucket, "a b/考.jpg", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if status, body := fetch(t, &http.Client{Transport: s.transport(t)}, signed); status != 200 || body != string(content) {
				t.Errorf("GET of the signed URL = %d, %d bytes", status, len(body))
			}
			if !strings.HasPrefix(signed, want+"?") {
				t.Errorf("PresignGet = %q, want %s?…", signed, want)
			}
		})
	}
}

// TestPutOnTheWire holds the form that OBS takes: one plain body, Content-MD5, no chunk signatures, no checksum headers
// or trailers.
func TestPutOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name    string
		secure  bool
		payload string
	}{
		{"HTTP signs the payload", false, hex.EncodeToString(contentSHA256[:])},
		{"HTTPS leaves it to TLS", true, "UNSIGNED-PAYLOAD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStorage(t, false, tt.secure, nil)
			c := s.client(t, func(c *Config) { c.Keys = Key{ID: accessKey, Secret: secretKey, SecurityToken: "TOKEN"} })
			if _, err := c.Put(t.Context(), bucket, "key", Object{Data: content, ContentType: "image/png"}); err != nil {
				t.Fatal(err)
			}
			put := s.requests[0]
			want := map[string]string{
				"Content-Md5":          base64.StdEncoding.EncodeToString(contentMD5[:]),
				"Content-Type":         "image/png",
				"X-Amz-Content-Sha256": tt.payload,
				"X-Amz-Meta-Sha256":    hex.EncodeToString(contentSHA256[:]),
				"X-Amz-Security-Token": "TOKEN",
			}
			got := map[string]string{}
			for k := range put.Header {
				got[k] = put.Header.Get(k)
			}
			for _, k := range []string{"Accept-Encoding", "Authorization", "Content-Length", "User-Agent", "X-Amz-Date"} {
				delete(got, k)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if put.Method != http.MethodPut || put.ContentLength != int64(len(content)) || len(put.TransferEncoding)+len(put.Trailer) != 0 {
				t.Errorf("%s with length %d, encoding %v, trailer %v", put.Method, put.ContentLength, put.TransferEncoding, put.Trailer)
			}
			if len(s.requests) != 2 || s.requests[1].Method != http.MethodHead {
				t.Errorf("%d requests, want PUT and HEAD", len(s.requests))
			}
		})
	}
}

func TestPutNoticesWhatIsNotOurs(t *testing.T) {
	corrupt := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				data, _ := io.ReadAll(r.Body)
				data[0] ^= 1
				r.Body = io.NopCloser(bytes.NewReader(data))
			}
			next.ServeHTTP(w, r)
		})
	}
	// says answers every HEAD with these headers, as a server does that lost or mixed up something.
	says := func(headers ...string) middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodHead {
					next.ServeHTTP(w, r)
					return
				}
				if len(headers) == 0 {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 12:00:00 GMT")
				for i := 0; i < len(headers); i += 2 {
					w.Header().Set(headers[i], headers[i+1])
				}
			})
		}
	}
	sha, sum := hex.EncodeToString(contentSHA256[:]), hex.EncodeToString(contentMD5[:])
	other := strings.Repeat("0", 32)
	for _, tt := range []struct {
		name string
		wrap middleware
		kind Kind
		code string
	}{
		{"content that changed on its way", corrupt, KindIntegrity, "BadDigest"},
		{"an object that is gone at once", says(), KindIntegrity, ""},
		{"another hash", says("Content-Length", "5000", "X-Amz-Meta-Sha256", other, "ETag", sum), KindIntegrity, ""},
		{"no hash", says("Content-Length", "5000", "ETag", sum), KindIntegrity, ""},
		{"another size", says("Content-Length", "4999", "X-Amz-Meta-Sha256", sha, "ETag", sum), KindIntegrity, ""},
		{"another ETag", says("Content-Length", "5000", "X-Amz-Meta-Sha256", sha, "ETag", other), KindIntegrity, ""},
		{"another ETag of an encrypted object passes", says("Content-Length", "5000", "X-Amz-Meta-Sha256", sha, "ETag", other, "X-Amz-Server-Side-Encryption", "aws:kms"), "", ""},
		{"an ETag that is no MD5 passes", says("Content-Length", "5000", "X-Amz-Meta-Sha256", sha, "ETag", "abc-1"), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// TLS, so that it is not the signature that notices.
			_, err := newStorage(t, false, true, tt.wrap).client(t, nil).Put(t.Context(), bucket, "key", Object{Data: content})
			var e *Error
			errors.As(err, &e)
			if KindOf(err) != tt.kind || (e != nil && e.Code != tt.code) {
				t.Errorf("Put = %v, want %q with code %q", err, tt.kind, tt.code)
			}
		})
	}
}

func TestGetIsBounded(t *testing.T) {
	c := plainStorage(t).client(t, nil)
	if _, err := c.Put(t.Context(), bucket, "key", Object{Data: content}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Get(t.Context(), bucket, "key", 4999); KindOf(err) != KindTooLarge {
		t.Errorf("Get = %v, want TooLarge", err)
	}
	endless := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 12:00:00 GMT")
		for {
			if _, err := w.Write(content); err != nil {
				return
			}
		}
	})
	if _, _, err := endless.Get(t.Context(), bucket, "key", 4999); KindOf(err) != KindTooLarge {
		t.Errorf("Get of an endless object = %v, want TooLarge", err)
	}
	short := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 12:00:00 GMT")
		w.Header().Set("Content-Length", "4000")
		fmt.Fprint(w, "koala")
	})
	if _, _, err := short.Get(t.Context(), bucket, "key", 4999); KindOf(err) != KindUnavailable || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Get of a broken answer = %v, want Unavailable", err)
	}
}

func TestPresignGetBoundsTheTime(t *testing.T) {
	c := plainStorage(t).client(t, nil)
	for ttl, ok := range map[time.Duration]bool{0: false, time.Second - 1: false, time.Second: true, 7 * 24 * time.Hour: true, 7*24*time.Hour + 1: false} {
		if _, err := c.PresignGet(t.Context(), bucket, "key", ttl); (err == nil) != ok {
			t.Errorf("PresignGet for %s = %v, want ok: %t", ttl, err, ok)
		}
	}
}
