package iam

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// How long a temporary access key may last.
const (
	minKeyLifetime     = 15 * time.Minute
	maxKeyLifetime     = 24 * time.Hour
	defaultKeyLifetime = minKeyLifetime
)

// temporaryPrefix begins the IDs of temporary access keys, as the hosted
// service's do. It only tells what is missing when a security token is.
const temporaryPrefix = "HST"

// Why a request cannot be signed with an access key.
var (
	ErrUnknownKey    = errors.New("the access key does not exist")
	ErrExpiredKey    = errors.New("the temporary access key has expired")
	ErrSecurityToken = errors.New("X-Security-Token and the access key do not belong together")
)

// temporaryKey is an access key that ends by itself.
type temporaryKey struct {
	Access        string `json:"access"`
	ExpiresAt     string `json:"expires_at"`
	Secret        string `json:"secret"`
	SecurityToken string `json:"securitytoken"`
}

// signingKey is an access key that a request is signed with.
type signingKey struct {
	id, secret    string
	securityToken string // that a key of the accounts file has to come with; empty: none
	account       *tenant
	who           principal
	ends          time.Time // zero for a key of the accounts file
}

// newTemporaryKey makes an access key for a principal. As with tokens nothing is
// stored: the security token says what there is to know of the key, and the
// secret is derived from its random ID, so that every replica honours it.
func (s *Service) newTemporaryKey(account *tenant, who principal, lifetime time.Duration) (temporaryKey, error) {
	mark, ok := s.fingerprint(account, who)
	if !ok {
		return temporaryKey{}, ErrUnknownKey
	}
	issued := s.now()
	expires := issued.Add(lifetime)
	id := temporaryPrefix + rand.Text()[:17] // 85 bits, in 20 characters as any other ID
	token, err := s.seal(forSecurityToken, claims{
		principal: who, Access: id, Issued: issued.UnixMicro(), Expires: expires.UnixMicro(), Print: mark,
	})
	if err != nil {
		return temporaryKey{}, err
	}
	return temporaryKey{Access: id, ExpiresAt: stamp(expires), Secret: s.temporarySecret(id), SecurityToken: token}, nil
}

// temporarySecret is the secret of a temporary access key: 40 characters.
func (s *Service) temporarySecret(id string) string {
	return base64.RawURLEncoding.EncodeToString(s.mac("temporary secret", id))[:40]
}

// Secret is the secret of an access key, for whoever else verifies signatures of
// the same keys, such as object storage. The errors are ErrUnknownKey,
// ErrExpiredKey and ErrSecurityToken.
func (s *Service) Secret(accessKeyID, securityToken string) (string, error) {
	key, err := s.signingKey(accessKeyID, securityToken)
	if err != nil {
		return "", err
	}
	return key.secret, nil
}

// signingKey finds an access key. A permanent one comes without a security
// token, a temporary one with its own.
func (s *Service) signingKey(id, securityToken string) (*signingKey, error) {
	if key := s.keys[id]; key != nil {
		switch {
		case sameSecret(securityToken, key.securityToken):
			return key, nil
		case key.securityToken == "":
			return nil, fmt.Errorf("%w: the key is a permanent one", ErrSecurityToken)
		case securityToken == "":
			return nil, fmt.Errorf("%w: the token is missing", ErrSecurityToken)
		}
		return nil, ErrSecurityToken
	}
	if !strings.HasPrefix(id, temporaryPrefix) {
		return nil, ErrUnknownKey
	}
	if securityToken == "" {
		return nil, fmt.Errorf("%w: the token is missing", ErrSecurityToken)
	}
	c, ok := s.unseal(forSecurityToken, securityToken)
	if !ok || c.Access != id {
		return nil, ErrSecurityToken
	}
	if s.expired(c) {
		return nil, ErrExpiredKey
	}
	account, ok := s.holder(c)
	if !ok { // its user, key or rule is gone or has changed
		return nil, ErrUnknownKey
	}
	return &signingKey{id: id, secret: s.temporarySecret(id), account: account, who: c.principal, ends: time.UnixMicro(c.Expires)}, nil
}
