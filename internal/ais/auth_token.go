package ais

import (
	"context"
	"errors"
	"slices"
)

// tokenAuthenticator has a project token from IAM.
type tokenAuthenticator struct {
	iam    *identity
	tokens keeper[grant]
	// temporary are access keys for what takes no tokens.
	temporary temporaryKeys
}

// newTokenAuthenticator makes one that obtains its tokens with logIn.
func newTokenAuthenticator(iam *identity, op string, logIn func(context.Context) (*lease[grant], error)) *tokenAuthenticator {
	t := &tokenAuthenticator{iam: iam, tokens: keeper[grant]{op: op, iam: iam, obtain: logIn}}
	t.temporary.keeper = keeper[AccessKey]{op: OpCreateTemporaryKey, iam: iam, obtain: t.createTemporaryKey}
	return t
}

// grant implements authenticator.
func (t *tokenAuthenticator) grant(ctx context.Context) (grant, error) { return t.tokens.get(ctx) }

// authenticate implements authenticator.
func (t *tokenAuthenticator) authenticate(x *exchange, g grant) {
	x.header.Set("X-Auth-Token", g.token.Reveal())
	x.secrets = append(slices.Clone(x.secrets), nonEmpty(g.token.Reveal())...)
}

// renewable implements authenticator. Only the refused token is dropped.
func (t *tokenAuthenticator) renewable(g grant, err error) bool {
	if !isCurable(err) {
		return false
	}
	t.tokens.drop(g)
	return true
}

// verify implements authenticator.
func (t *tokenAuthenticator) verify(ctx context.Context) (string, error) {
	g, err := t.grant(ctx)
	return g.projectID, err
}

// storageKeys implements authenticator.
func (t *tokenAuthenticator) storageKeys() keySource { return &t.temporary }

// createTemporaryKey asks for an access key with the token, and with a new one
// where that was refused.
func (t *tokenAuthenticator) createTemporaryKey(ctx context.Context) (*lease[AccessKey], error) {
	g, err := t.grant(ctx)
	if err != nil {
		return nil, err
	}
	key, err := t.iam.createTemporaryKey(ctx, t, g)
	if err == nil || !t.renewable(g, err) {
		return key, err
	}
	if g, err = t.grant(ctx); err != nil {
		return nil, err
	}
	return t.iam.createTemporaryKey(ctx, t, g)
}

// isRefusal tells an answer about the credentials from trouble on the way.
func isRefusal(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok && e.Detail == DetailWithheld {
		return false // Nobody was asked.
	}
	return slices.Contains([]Class{ClassCredentials, ClassAccount, ClassRejected}, ClassOf(err))
}

// isCurable tells whether a new token or temporary key may cure the error. A
// lock, the clock, or a code that they have no part in is left alone.
func isCurable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class() != ClassCredentials || e.Detail == DetailLocked || e.Detail == DetailClockSkew || e.Detail == DetailWithheld {
		return false
	}
	row, known := lookUp(e.Code)
	return !known || !row.lasting
}
