package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/objectstore"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// Buckets that the samples name.
const (
	photos  = "photos"
	results = "results"
)

// startStore starts an object storage in this process that takes nothing but requests signed with a key of the account, or with a temporary one that the
// engine has issued.
func (s *stage) startStore(ctx context.Context) error {
	service, err := iam.New(iam.Config{File: s.accounts})
	if err != nil {
		return err
	}
	store, err := objectstore.New(ctx, objectstore.Options{Keys: enginetest.KeysOf(service), Buckets: []string{photos, results}})
	if err != nil {
		return err
	}
	listener, err := s.addresses.listen(ctx, s.tell, storeAddress)
	if err != nil {
		return err
	}
	s.serve(listener, store)
	s.storage, err = obs.New(obs.Config{
		Endpoint: "http://" + listener.Addr().String(), Region: project, PathStyle: true,
		Keys: obs.Key{ID: s.account["accessKeyId"], Secret: s.account["secretAccessKey"]}, Transport: http.DefaultTransport,
	})
	if err == nil {
		s.tell.say("the object storage listens at http://%s, with buckets %s and %s", listener.Addr(), photos, results)
	}
	return err
}

// serve answers on the listener until tearDown.
func (s *stage) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.fail(err)
		}
	}()
	s.onTearDown(server.Close)
}
