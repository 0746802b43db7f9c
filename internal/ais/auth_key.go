package ais

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// keySource gives the access key to sign with.
type keySource interface {
	key(context.Context) (AccessKey, error)
	// renew reports whether another key can take the place of one that was
	// refused, and forgets that.
	renew(refused AccessKey) bool
}

// key implements keySource: a permanent key is always the same.
func (k AccessKey) key(context.Context) (AccessKey, error) { return k, nil }

// renew implements keySource: there is nothing to renew.
func (k AccessKey) renew(AccessKey) bool { return false }

// temporaryKeys are renewed before they expire.
type temporaryKeys struct{ keeper keeper[AccessKey] }

// key implements keySource.
func (t *temporaryKeys) key(ctx context.Context) (AccessKey, error) { return t.keeper.get(ctx) }

// renew implements keySource.
func (t *temporaryKeys) renew(refused AccessKey) bool {
	t.keeper.drop(refused)
	return true
}

// keyAuthenticator signs requests with an access key.
type keyAuthenticator struct {
	keys keySource
	iam  *identity

	flight  flight[string]
	mu      sync.Mutex
	project string // looked up; empty before
}

// grant implements authenticator. The project is looked up once: keys belong
// to a user, and its projects do not change their IDs.
func (k *keyAuthenticator) grant(ctx context.Context) (grant, error) {
	key, err := k.keys.key(ctx)
	if err != nil {
		return grant{}, err
	}
	if id := k.known(); id != "" {
		return grant{projectID: id, key: key}, nil
	}
	id, err := k.flight.do(ctx, k.lookUp)
	if err != nil {
		return grant{}, k.iam.failure(ctx, OpListProjects, err)
	}
	return grant{projectID: id, key: key}, nil
}

// known is the project that was configured or found before, or "".
func (k *keyAuthenticator) known() string {
	if k.iam.projectID != "" {
		return k.iam.projectID
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.project
}

func (k *keyAuthenticator) lookUp(ctx context.Context) (string, error) {
	if id := k.known(); id != "" {
		return id, nil
	}
	return k.verify(ctx)
}

// verify implements authenticator. It asks even when the project is known:
// the answer shows that the key is good.
func (k *keyAuthenticator) verify(ctx context.Context) (string, error) {
	id, key, err := k.findProject(ctx)
	if err != nil && isCurable(err) && k.keys.renew(key) {
		id, _, err = k.findProject(ctx)
	}
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.project = id
	return id, nil
}

func (k *keyAuthenticator) findProject(ctx context.Context) (string, AccessKey, error) {
	key, err := k.keys.key(ctx)
	if err != nil {
		return "", key, err
	}
	id, err := k.iam.findProject(ctx, func(x *exchange) { k.sign(x, key) })
	return id, key, err
}

// renewable implements authenticator.
func (k *keyAuthenticator) renewable(g grant, err error) bool {
	return isCurable(err) && k.keys.renew(g.key)
}

// authenticate implements authenticator.
func (k *keyAuthenticator) authenticate(x *exchange, g grant) {
	x.header.Set("X-Project-Id", g.projectID)
	k.sign(x, g.key)
}

// storageKeys implements authenticator.
func (k *keyAuthenticator) storageKeys() keySource { return k.keys }

// sign adds date and signature. The signature covers what the service acts on
// and what identifies the caller, and leaves out User-Agent and Content-Type,
// which proxies on the way are known to rewrite.
func (k *keyAuthenticator) sign(x *exchange, key AccessKey) {
	at := k.iam.wire.now().UTC().Truncate(time.Second)
	x.signedAt = at
	x.header.Set("X-Sdk-Date", at.Format(signatureTime))
	if key.SecurityToken != "" {
		x.header.Set("X-Security-Token", key.SecurityToken.Reveal())
	}
	signed := map[string]string{"host": signedHost(x.url.Host)}
	for _, name := range []string{"x-project-id", "x-sdk-date", "x-security-token"} {
		if value := x.header.Get(name); value != "" {
			signed[name] = value
		}
	}
	s := signable{
		method:   x.method,
		path:     x.url.Path,
		query:    x.url.Query(),
		headers:  signed,
		bodyHash: x.body.sum(),
	}
	authorization := s.authorization(key.ID, key.Secret)
	x.header.Set("Authorization", authorization)
	// A server that repeats them in its answer must not get them into status.
	x.secrets = append(slices.Clone(x.secrets), key.secrets()...)
	if _, signature, ok := strings.Cut(authorization, "Signature="); ok {
		x.secrets = append(x.secrets, signature)
	}
}
