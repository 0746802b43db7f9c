package tenancy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/objectstore"
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

func newStorage(engine *enginetest.Server) (*storage, error) {
	s := &storage{}
	s3, err := objectstore.New(context.Background(), objectstore.Options{
		Keys:    objectstore.AnyOf(engine.Keys, objectstore.Permanent(map[string]string{testKey: testKey})),
		Buckets: []string{photos, results},
	})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), testKey) {
			s.add(r)
		}
		s3.ServeHTTP(rw, r)
	}))
	s.url, s.close = server.URL, func() error { server.Close(); return nil }
	s.Client, err = obs.New(obs.Config{
		Endpoint: s.url, Region: "test", PathStyle: true, Transport: http.DefaultTransport, Keys: obs.Key{ID: testKey, Secret: testKey},
	})
	return s, err
}
