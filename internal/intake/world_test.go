package intake_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/objectstore"
	"github.com/ais-operator/ais-operator/internal/session"
)

// maxInline is the largest picture that is sent inline: 10 MiB of Base64.
const maxInline = 10 << 20 / 4 * 3

// picture is a PNG of 4 x 3 px.
var picture = encode(4, 3)

func encode(width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// padded is the picture with bytes after its end.
func padded(size int) []byte {
	return append(append(make([]byte, 0, size), picture...), make([]byte, size-len(picture))...)
}

// host serves pictures, and answers in every way that a host of pictures can.
func host(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/") {
		case "koala.png":
			_, _ = w.Write(picture)
		case "largest.png":
			_, _ = w.Write(padded(maxInline))
		case "too-large.png":
			w.Header().Set("Content-Length", fmt.Sprint(maxInline+1))
		case "denied.png":
			http.Error(w, "no", http.StatusForbidden)
		case "busy.png":
			http.Error(w, "later", http.StatusServiceUnavailable)
		case "compressed.png":
			w.Header().Set("Content-Encoding", "gzip")
		case "page.png":
			fmt.Fprint(w, "<!doctype html><title>Sign in</title>")
		case "metadata.png":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// storage is an object storage with the bucket photos, and a count of the requests that reached it.
type storage struct {
	url      string
	store    *objectstore.Store
	requests atomic.Int64
}

func newStorage(t *testing.T) *storage {
	t.Helper()
	store, err := objectstore.New(t.Context(), objectstore.Options{
		Keys: objectstore.Permanent(map[string]string{"ACCESSKEY": "SECRETKEY"}), Buckets: []string{"photos"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &storage{store: store}
	s.put(t, "koala.png", picture)
	s.put(t, "page.png", []byte("<html>"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *storage) put(t *testing.T, key string, data []byte) {
	t.Helper()
	modified := map[string]string{"Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"}
	if _, err := s.store.Backend.PutObject(t.Context(), "photos", key, modified, bytes.NewReader(data), int64(len(data))); err != nil {
		t.Fatal(err)
	}
}

var (
	accessKey = v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: "keys"}}}
	password  = v1alpha1.Credentials{Password: &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: "keys"}}}
	keys      = &corev1.Secret{Data: map[string][]byte{
		"accessKeyId": []byte("ACCESSKEY"), "secretAccessKey": []byte("SECRETKEY"),
		"username": []byte("jane"), "password": []byte("pass"), "domainName": []byte("acme"),
	}}

	own    = session.Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "default"}
	shared = session.Ref{Kind: v1alpha1.ConnectionKindCluster, Name: "shared"}
)

// nobody listens there.
const nobody = "http://127.0.0.1:1"

// open opens a session for which this machine is a public one.
func open(t *testing.T, ref session.Ref, s *storage, c v1alpha1.Credentials, objects ...v1alpha1.AllowedObjects) *session.Session {
	t.Helper()
	opener := session.Opener{Guard: netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Now: time.Now}
	spec := &v1alpha1.ConnectionSpec{
		Region: "test", Credentials: c, Endpoints: &v1alpha1.Endpoints{OBS: v1alpha1.Endpoint(s.url), IAM: nobody}, Limits: &v1alpha1.Limits{TimeoutSeconds: 120},
	}
	opened, err := opener.Open(ref, spec, objects, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

func object(key string) v1alpha1.ImageSource {
	return v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: "photos", Key: key}}
}
