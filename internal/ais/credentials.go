package ais

import (
	"context"
	"errors"
	"net/http"
)

// Credentials say who calls: an AccessKey, a Password, a WorkloadIdentity or a
// PodIdentity.
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

// ErrNoIdentity says, in the error of WorkloadIdentity.IDToken or PodIdentity.Token,
// that there is none to be had until somebody acts: a refusal like one of IAM.
var ErrNoIdentity = errors.New("there is no identity to call with")

// WorkloadIdentity exchanges an ID token, which an issuer that IAM trusts has
// signed, for a token of the project (OpenID Connect).
type WorkloadIdentity struct {
	// IdentityProvider is the name of the identity provider in IAM.
	IdentityProvider string
	// IDToken returns an ID token that is still good for minutes. It is called
	// before every exchange.
	IDToken func(context.Context) (Secret, error)
}

// PodIdentity signs with temporary access keys that an agent on the node gives
// to the pod (CCE Pod Identity).
type PodIdentity struct {
	// URI is the agent's address, as the pod's environment gives it.
	URI string
	// Token returns the pod's own token for the agent. It is called before every
	// request, for the token is changed in place.
	Token func() (Secret, error)
	// Transport leads to the agent, which is on an address of the node.
	Transport http.RoundTripper
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
	// storageKeys are for the object storage, which takes access keys only.
	storageKeys() keySource
}

// grant is the right to act in a project.
type grant struct {
	projectID string
	token     Secret    // empty where requests are signed
	key       AccessKey // where they are
}

func (k AccessKey) newAuthenticator(iam *identity) (authenticator, error) {
	if k.ID == "" || k.Secret == "" {
		return nil, errors.New("access key: set both its ID and its secret")
	}
	return &keyAuthenticator{keys: k, iam: iam}, nil
}

func (k AccessKey) secrets() []string {
	return nonEmpty(k.ID, k.Secret.Reveal(), k.SecurityToken.Reveal())
}

func (p Password) newAuthenticator(iam *identity) (authenticator, error) {
	if p.Username == "" || p.DomainName == "" || p.Password == "" {
		return nil, errors.New("password: set user name, password and the name of the account")
	}
	return newTokenAuthenticator(iam, OpCreateToken, func(ctx context.Context) (*lease[grant], error) {
		return iam.createToken(ctx, p)
	}), nil
}

func (p Password) secrets() []string { return nonEmpty(p.Password.Reveal()) }

func (w WorkloadIdentity) newAuthenticator(iam *identity) (authenticator, error) {
	if w.IdentityProvider == "" || w.IDToken == nil {
		return nil, errors.New("workload identity: set the identity provider and where ID tokens come from")
	}
	return newTokenAuthenticator(iam, OpExchangeIDToken, func(ctx context.Context) (*lease[grant], error) {
		return iam.exchangeIDToken(ctx, w)
	}), nil
}

func (w WorkloadIdentity) secrets() []string { return nil }

func (p PodIdentity) newAuthenticator(iam *identity) (authenticator, error) {
	agent, err := newPodAgent(p, iam)
	if err != nil {
		return nil, err
	}
	keys := &temporaryKeys{keeper: keeper[AccessKey]{op: OpGetPodIdentity, iam: iam, obtain: agent.key}}
	return &keyAuthenticator{keys: keys, iam: iam}, nil
}

func (p PodIdentity) secrets() []string { return nil }

// noIdentity is the error for a request that there was no identity for.
func (x *exchange) noIdentity(ctx context.Context, cause error) *Error {
	e := x.unanswered(ctx, cause, false)
	if errors.Is(cause, ErrNoIdentity) {
		e.class, e.Message = ClassCredentials, sanitize(cause.Error(), x.secrets)
	}
	return e
}

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
