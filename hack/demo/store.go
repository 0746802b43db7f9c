package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/ais-operator/ais-operator/internal/obs"
)

// Buckets that the samples name.
const (
	photos  = "photos"
	results = "results"
)

// startStore starts an object storage in this process that takes nothing but requests signed with the account's key.
func (s *stage) startStore(ctx context.Context) error {
	backend := s3mem.New()
	for _, bucket := range []string{photos, results} {
		if err := backend.CreateBucket(ctx, bucket); err != nil {
			return err
		}
	}
	listener, err := s.addresses.listen(ctx, s.tell, storeAddress)
	if err != nil {
		return err
	}
	key, secret := s.account["accessKeyId"], s.account["secretAccessKey"]
	s.serve(listener, gofakes3.New(backend, gofakes3.WithV4Auth(map[string]string{key: secret})).Server())
	s.storage, err = obs.New(obs.Config{
		Endpoint: "http://" + listener.Addr().String(), Region: project, PathStyle: true,
		AccessKeyID: key, SecretAccessKey: secret, Transport: http.DefaultTransport,
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
