package obs

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rclone/gofakes3/s3mem"

	"github.com/ais-operator/ais-operator/internal/objectstore"
)

const (
	accessKey = "ACCESSKEY"
	secretKey = "SECRETKEY"
	bucket    = "pictures"
)

// storage is an S3 server that verifies signatures, with one bucket, and a record of the requests that reached it.
type storage struct {
	server   *httptest.Server
	backend  *s3mem.Backend
	requests []*http.Request
}

// keys knows one access key, with any security token or none.
func keys(id, _ string) (string, error) {
	return objectstore.Permanent(map[string]string{accessKey: secretKey})(id, "")
}

// middleware stands between client and server.
type middleware func(http.Handler) http.Handler

func newStorage(t *testing.T, hostBucket, secure bool, wrap middleware) *storage {
	t.Helper()
	store, err := objectstore.New(t.Context(), objectstore.Options{Keys: keys, Buckets: []string{bucket}, HostBucket: hostBucket})
	if err != nil {
		t.Fatal(err)
	}
	handler := http.Handler(store)
	if wrap != nil {
		handler = wrap(handler)
	}
	s := &storage{backend: store.Backend}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests = append(s.requests, r.Clone(context.Background()))
		handler.ServeHTTP(w, r)
	}))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	t.Cleanup(s.server.Close)
	return s
}

// transport leads every host name to the server.
func (s *storage) transport(t *testing.T) *http.Transport {
	t.Helper()
	rt := s.server.Client().Transport.(*http.Transport).Clone()
	rt.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.server.Listener.Addr().String())
	}
	if rt.TLSClientConfig != nil {
		rt.TLSClientConfig.ServerName = "example.com" // what httptest's certificate is for
	}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

func (s *storage) config(t *testing.T) Config {
	t.Helper()
	return Config{Endpoint: s.server.URL, Region: "ap-southeast-1", Keys: Key{ID: accessKey, Secret: secretKey}, Transport: s.transport(t)}
}

func (s *storage) client(t *testing.T, change func(*Config)) *Client {
	t.Helper()
	config := s.config(t)
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plainStorage speaks HTTP with the bucket in the path.
func plainStorage(t *testing.T) *storage {
	t.Helper()
	return newStorage(t, false, false, nil)
}

// answering is a client of a server with one answer.
func answering(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	return newStorage(t, false, false, func(http.Handler) http.Handler { return h }).client(t, nil)
}

func fetch(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}
