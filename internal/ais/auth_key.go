package ais

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// keyAuthenticator signs requests with an access key.
type keyAuthenticator struct {
	key AccessKey
	iam *identity

	flight  flight[string]
	mu      sync.Mutex
	project string // looked up; empty before
}

// grant implements authenticator. The project is looked up once: keys belong
// to a user, and its projects do not change their IDs.
func (k *keyAuthenticator) grant(ctx context.Context) (grant, error) {
	if k.iam.projectID != "" {
		return grant{projectID: k.iam.projectID}, nil
	}
	if id := k.remembered(); id != "" {
		return grant{projectID: id}, nil
	}
	id, err := k.flight.do(ctx, k.lookUp)
	if err != nil {
		return grant{}, k.iam.failure(ctx, OpListProjects, err)
	}
	return grant{projectID: id}, nil
}

func (k *keyAuthenticator) remembered() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.project
}

func (k *keyAuthenticator) lookUp(ctx context.Context) (string, error) {
	if id := k.remembered(); id != "" {
		return id, nil
	}
	return k.verify(ctx)
}

// verify implements authenticator. It asks even when the project is known:
// the answer shows that the key is good.
func (k *keyAuthenticator) verify(ctx context.Context) (string, error) {
	id, err := k.iam.findProject(ctx, k.sign)
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.project = id
	return id, nil
}

// renewable implements authenticator: there is nothing to renew.
func (k *keyAuthenticator) renewable(grant, error) bool { return false }

// authenticate implements authenticator.
func (k *keyAuthenticator) authenticate(x *exchange, g grant) {
	x.header.Set("X-Project-Id", g.projectID)
	k.sign(x)
}

// sign adds date and signature. The signature covers what the service acts on
// and what identifies the caller, and leaves out User-Agent and Content-Type,
// which proxies on the way are known to rewrite.
func (k *keyAuthenticator) sign(x *exchange) {
	at := k.iam.wire.now().UTC().Truncate(time.Second)
	x.signedAt = at
	x.header.Set("X-Sdk-Date", at.Format(signatureTime))
	if k.key.SecurityToken != "" {
		x.header.Set("X-Security-Token", k.key.SecurityToken.Reveal())
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
	authorization := s.authorization(k.key.ID, k.key.Secret)
	x.header.Set("Authorization", authorization)
	if _, signature, ok := strings.Cut(authorization, "Signature="); ok {
		x.secrets = append(slices.Clone(x.secrets), signature) // A server that repeats it in its answer must not get it into status.
	}
}
