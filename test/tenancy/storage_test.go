package tenancy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// Buckets of every world.
const (
	photos  = "photos"
	results = "results"
)

// testKey is the access key by which the test itself reaches the storage; its requests are not recorded.
const testKey = "THETESTSOWNKEY000000"

// storage is an object storage that both tenants share, with a record of the requests of all others than the test.
type storage struct {
	visits
	*obs.Client
	url   string
	close func() error
}

func newStorage(account enginetest.Account) (*storage, error) {
	s := &storage{}
	backend := s3mem.New()
	for _, bucket := range []string{photos, results} {
		if err := backend.CreateBucket(context.Background(), bucket); err != nil {
			return nil, err
		}
	}
	s3 := gofakes3.New(backend, gofakes3.WithV4Auth(map[string]string{account.AccessKeyID: account.SecretAccessKey, testKey: testKey})).Server()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), testKey) {
			s.add(r)
		}
		s3.ServeHTTP(rw, r)
	}))
	s.url, s.close = server.URL, func() error { server.Close(); return nil }
	var err error
	s.Client, err = obs.New(obs.Config{
		Endpoint: s.url, Region: "test", PathStyle: true, Transport: http.DefaultTransport, AccessKeyID: testKey, SecretAccessKey: testKey,
	})
	return s, err
}
