// Package objectstore is an object storage in process, for tests and the demo. It
// speaks the S3 protocol, keeps its objects in memory and verifies signatures.
//
// Temporary access keys are taken as OBS takes them: only together with their
// security token, which is signed as X-Amz-Security-Token, a header or, in a
// signed URL, a parameter.
package objectstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
	"github.com/rclone/gofakes3/signature"
)

// Keys finds the secret of an access key. The security token is the one that
// comes with the request, "" for none. The error is ErrUnknownKey, also for a key
// that has expired, or ErrSecurityToken.
type Keys func(accessKeyID, securityToken string) (secret string, err error)

// Why there is no secret.
var (
	ErrUnknownKey    = errors.New("there is no such access key")
	ErrSecurityToken = errors.New("the security token is not that of the access key")
)

// Permanent are access keys with their secrets, which come without a security
// token.
func Permanent(secrets map[string]string) Keys {
	return func(accessKeyID, securityToken string) (string, error) {
		secret, ok := secrets[accessKeyID]
		switch {
		case !ok:
			return "", ErrUnknownKey
		case securityToken != "":
			return "", ErrSecurityToken
		}
		return secret, nil
	}
}

// AnyOf asks one after the other until a key is known.
func AnyOf(all ...Keys) Keys {
	return func(accessKeyID, securityToken string) (string, error) {
		for _, keys := range all {
			secret, err := keys(accessKeyID, securityToken)
			if !errors.Is(err, ErrUnknownKey) {
				return secret, err
			}
		}
		return "", ErrUnknownKey
	}
}

// Options are what a Store is made of.
type Options struct {
	// Keys are asked anew for every request. Required.
	Keys Keys
	// Buckets are there from the start.
	Buckets []string
	// HostBucket takes the bucket from the host name instead of the path.
	HostBucket bool
}

// Store is the storage: a handler, and what is behind it.
type Store struct {
	// Backend holds the objects. Tests may reach into it past all signatures.
	Backend *s3mem.Backend

	keys    Keys
	handler http.Handler
}

// New makes a Store.
func New(ctx context.Context, o Options) (*Store, error) {
	s := &Store{Backend: s3mem.New(), keys: o.Keys}
	for _, bucket := range o.Buckets {
		if err := s.Backend.CreateBucket(ctx, bucket); err != nil {
			return nil, fmt.Errorf("creating the bucket %s: %w", bucket, err)
		}
	}
	s.handler = gofakes3.New(s.Backend, gofakes3.WithHostBucket(o.HostBucket)).Server()
	return s, nil
}

// ServeHTTP serves a request whose signature is right.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if refusal := s.verify(r); refusal != nil {
		id := rand.Text()
		w.Header().Set("X-Amz-Request-Id", id)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(refusal.HTTPStatusCode)
		_, _ = w.Write(signature.EncodeAPIErrorToResponseWithRequestID(*refusal, id)) // a client that is gone cannot be told
		return
	}
	s.handler.ServeHTTP(w, r)
}

// verify says why a request is refused, nil for one that is not.
func (s *Store) verify(r *http.Request) *signature.APIError {
	token := r.Header.Get("X-Amz-Security-Token")
	if r.Header.Get("Authorization") == "" {
		token = r.URL.Query().Get("X-Amz-Security-Token")
	}
	var keyErr error
	code := signature.V4SignVerifyWithLookup(r, func(accessKeyID string) (secret string, ok bool) {
		secret, keyErr = s.keys(accessKeyID, token)
		return secret, keyErr == nil
	})
	switch {
	case errors.Is(keyErr, ErrSecurityToken):
		return &signature.APIError{
			Code: "InvalidSecurityToken", HTTPStatusCode: http.StatusForbidden,
			Description: "The security token is missing, or does not belong to the access key.",
		}
	case code != signature.ErrNone:
		refusal := signature.GetAPIError(code)
		return &refusal
	}
	return nil
}
