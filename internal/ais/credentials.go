package ais

import (
	"context"
	"errors"
)

// Credentials say who calls: an AccessKey or a Password.
type Credentials interface {
	// newAuthenticator checks the credentials and binds them to an IAM.
	newAuthenticator(*identity) (authenticator, error)
	// secrets are never to appear in a message.
	secrets() []string
}

// AccessKey signs every request, and sends no secret.
type AccessKey struct {
	// ID is the access key ID, "AK".
	ID string
	// Secret is the secret access key, "SK".
	Secret Secret
	// SecurityToken belongs to a temporary key; empty for a permanent one.
	SecurityToken Secret
}

// Password logs in to IAM for a token of the project. IAM locks an account
// after a few wrong ones, so a refused log-in is for the caller to space out.
type Password struct {
	Username string
	// DomainName is the name of the account that the user belongs to.
	DomainName string
	Password   Secret
}

// authenticator makes requests acceptable to the service.
type authenticator interface {
	// grant returns what a request needs to be authenticated, from memory or
	// from IAM.
	grant(context.Context) (grant, error)
	// authenticate adds the grant to a request that is otherwise complete.
	authenticate(*exchange, grant)
	// renewable reports whether a new grant can cure err, and forgets g if so.
	renewable(g grant, err error) bool
	// verify asks IAM whether the credentials are good, and for which project.
	verify(context.Context) (projectID string, err error)
}

// grant is the right to act in a project.
type grant struct {
	projectID string
	token     Secret // empty where requests are signed
}

func (k AccessKey) newAuthenticator(iam *identity) (authenticator, error) {
	if k.ID == "" || k.Secret == "" {
		return nil, errors.New("access key: set both its ID and its secret")
	}
	return &keyAuthenticator{key: k, iam: iam}, nil
}

func (k AccessKey) secrets() []string {
	return nonEmpty(k.ID, k.Secret.Reveal(), k.SecurityToken.Reveal())
}

func (p Password) newAuthenticator(iam *identity) (authenticator, error) {
	if p.Username == "" || p.DomainName == "" || p.Password == "" {
		return nil, errors.New("password: set user name, password and the name of the account")
	}
	return &tokenAuthenticator{password: p, iam: iam}, nil
}

func (p Password) secrets() []string { return nonEmpty(p.Password.Reveal()) }

// nonEmpty keeps what can be searched for without hiding half of every message.
func nonEmpty(secrets ...string) []string {
	const shortest = 4
	var kept []string
	for _, secret := range secrets {
		if len(secret) >= shortest {
			kept = append(kept, secret)
		}
	}
	return kept
}
